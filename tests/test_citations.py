"""The citation checker: numbers and dates in three languages, and the tool on small texts."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import check_citations as tool
import pytest

OBSERVATION_HEADER = (
    "indicator,period,value,unit,reported,step,base_period,of,document,line,place,use,note"
)
EVENT_HEADER = "date,sector,type,actor,value,unit,document,line,place,note"
RUSSIAN = (
    "Торговля выросла с 21,4 млрд до 47,64 млрд долл. – более чем вдвое4.\n"
    "\n"
    "Стажёров 185 600 чел., мигрантов свыше 0,5\n"
    "млн, доля около четверти, шестое место.\n"
    "Ноябрь 2021. Подписание более 50 документов.\n"
)
UNITS = """
units:
  USD bn: {dimension: currency_usd, scale: 1000000000, label: billion US dollars}
  JPY bn: {dimension: currency_jpy, scale: 1000000000, label: billion yen}
  persons: {dimension: persons, scale: 1, label: persons}
  percent: {dimension: ratio, scale: 0.01, label: percent}
  rank: {dimension: rank, scale: 1, label: rank}
  documents: {dimension: documents, scale: 1, label: documents}
  index: {dimension: index, scale: 1, label: index}
indicators: {}
"""


REGISTER = """
coverage:
  trade: {what: Trade has grown., kind: figure, lines: {made: "1-2"}, status: modelled}
  documents: {what: Documents are signed., kind: figure, lines: {made: "5"}, status: modelled}
"""


USD_BN = tool.Unit("currency_usd", Decimal(10**9))
JPY_MN = tool.Unit("currency_jpy", Decimal(10**6))
PERSONS = tool.Unit("persons", Decimal(1))
PERCENT = tool.Unit("ratio", Decimal("0.01"))
RANK = tool.Unit("rank", Decimal(1))
VESSELS = tool.Unit("vessels", Decimal(1))


@pytest.mark.parametrize(
    ("value", "unit", "text", "language"),
    [
        ("47.64", USD_BN, "вырос до 47,64 млрд долл.", "ru"),
        ("185600", PERSONS, "(185 600 чел.), квалифицированные", "ru"),
        ("185600", PERSONS, "(185\u00a0600 чел.)", "ru"),
        ("500000", PERSONS, "свыше 0,5 млн вьетнамцев", "ru"),
        ("22000", PERSONS, "направлено 22 тыс. специалистов", "ru"),
        ("6.8", PERCENT, "(до 6,8 % от общего объёма)", "ru"),
        ("25", PERCENT, "составляют около четверти всех", "ru"),
        ("6", RANK, "лишь шестой", "ru"),
        ("4", RANK, "четвертое по торговле", "ru"),
        ("6", VESSELS, "получил шесть судов", "ru"),
        ("4978", PERSONS, "with 4,978 valid projects", "en"),
        ("78.6", USD_BN, "a total of US$78.6 billion, ranking", "en"),
        ("27", USD_BN, "more than 27 billion USD in loans", "en"),
        ("59.5", PERCENT, "that 59.5% of enterprises", "en"),
        ("3", RANK, "the third-largest investor", "en"),
        ("1", RANK, "the largest donor", "en"),
        ("5.5", tool.Unit("currency_usd", Decimal(10**6)), "khoảng 5,5 triệu USD", "vi"),
        ("500", JPY_MN, "trị giá 500 triệu Yên", "vi"),
        ("2", VESSELS, "02 trong số 06 tàu", "vi"),
        ("2", VESSELS, "bàn giao thêm hai tàu", "vi"),
        ("1", VESSELS, "tàu đầu tiên được chuyển giao", "vi"),
        ("1200", VESSELS, "tới 1.200 chiếc", "vi"),
    ],
)
def test_printed_values_are_recognised(value: str, unit: object, text: str, language: str) -> None:
    assert tool.prints_value(Decimal(value), unit, tool.figures(text, language))


@pytest.mark.parametrize(
    ("value", "unit", "text", "language"),
    [
        ("47.64", USD_BN, "вырос до 47,64 млн долл.", "ru"),
        ("47.6", USD_BN, "вырос до 47,64 млрд долл.", "ru"),
        ("600", PERSONS, "(185 600 чел.)", "ru"),
        ("0.5", PERSONS, "свыше 0,5 млн вьетнамцев", "ru"),
        ("6", PERCENT, "на 6 млрд", "ru"),
        ("4.978", PERSONS, "with 4,978 valid projects", "en"),
        ("1", RANK, "the third-largest investor", "en"),
        ("200", JPY_MN, "trị giá 200 tỷ Yên", "vi"),
        ("2", VESSELS, "lần đầu tiên", "vi"),
    ],
)
def test_other_values_are_refused(value: str, unit: object, text: str, language: str) -> None:
    assert not tool.prints_value(Decimal(value), unit, tool.figures(text, language))


@pytest.mark.parametrize(
    ("rate", "text", "language"),
    [
        ("900", "вырос к 2022 г. в 10 раз", "ru"),
        ("100", "более чем вдвое4", "ru"),
        ("500", "marking a six-fold increase", "en"),
        ("20.6", "investment rose 20.6% year on year", "en"),
    ],
)
def test_growth_may_be_printed_as_a_multiple(rate: str, text: str, language: str) -> None:
    printed = tool.figures(text, language)
    assert tool.prints_value(Decimal(rate), PERCENT, printed, is_growth=True)
    assert not tool.prints_value(Decimal(rate) + 1, PERCENT, printed, is_growth=True)


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("2006-10", "Nguyễn Tấn Dũng (10/2006; 5/2009)"),
        ("2009-05", "Nguyễn Tấn Dũng (10/2006; 5/2009)"),
        ("2017-02-28", "thăm Việt Nam (28/2-5/3/2017)"),
        ("2020-10-19", "ngày 19/10/2020, Thủ tướng"),
        ("2010-10", "Tháng 10/2010, hai nước"),
        ("2023-12-16", "[Thủ tướng: 16.12.2023]"),
        ("2023-11-27", "27 ноября 2023 г."),
        ("2023-11", "В ноябре-декабре 2023 г."),
        ("2022-05", "Май 2022. Визит"),
        ("2025-04-27", "an official visit on April 27 As of March 31, 2025"),
        ("1973-09-21", "relations on September 21, 1973"),
        ("2011", "переход (2011) и подъём"),
    ],
)
def test_printed_dates_are_recognised(date: str, text: str) -> None:
    assert tool.prints_date(date, text)


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("2009-10", "Nguyễn Tấn Dũng (10/2006; 5/2009)"),
        ("2009-04", "In April 2002 a partnership, in 2009 another"),
        ("2017-03-28", "thăm Việt Nam (28/2-5/3/2017)"),
        ("2023-11-28", "27 ноября 2023 г."),
        ("2012", "переход (2011) и подъём"),
    ],
)
def test_other_dates_are_refused(date: str, text: str) -> None:
    assert not tool.prints_date(date, text)


def write_models(folder: Path, observations: list[str], events: list[str]) -> Path:
    texts = folder / "texts"
    models = folder / "models"
    (models / "observations").mkdir(parents=True)
    texts.mkdir()
    (texts / "made.txt").write_text(RUSSIAN, encoding="utf-8")
    digest = hashlib.sha256(RUSSIAN.encode()).hexdigest()
    (models / "documents.yml").write_text(
        f"documents:\n  made:\n    file: made.txt\n    sha256: {digest}\n    language: ru\n",
        encoding="utf-8",
    )
    (models / "indicators.yml").write_text(UNITS, encoding="utf-8")
    (models / "coverage.yml").write_text(REGISTER, encoding="utf-8")
    rows = "\n".join([OBSERVATION_HEADER, *observations])
    (models / "observations" / "trade.csv").write_text(rows + "\n", encoding="utf-8")
    (models / "events.csv").write_text("\n".join([EVENT_HEADER, *events]) + "\n", encoding="utf-8")
    return texts


def observation(
    value: str, unit: str, line: str, *, reported: str = "exact", document: str = "made"
) -> str:
    return f"trade_turnover,2022,{value},{unit},{reported},,,,{document},{line},Text,calibrate,"


def event(date: str, value: str, unit: str, line: str) -> str:
    return f"{date},diplomacy,agreement,Both,{value},{unit},made,{line},Text,"


def test_true_rows_pass_and_uncited_lines_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = write_models(
        tmp_path,
        [
            observation("47.64", "USD bn", "1"),
            observation("100", "percent", "1", reported="growth"),
            observation("500000", "persons", "3;4"),
        ],
        [event("2021-11", "50", "documents", "5")],
    )
    assert tool.check(texts, tmp_path / "models") == 0
    assert "3 observations, 1 events: 0 failures; 0 lines" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (observation("47.6", "USD bn", "1"), "47.6 USD bn is not printed on line 1"),
        (observation("47.64", "USD bn", "2"), "not printed on line 2"),
        (observation("47.64", "USD bn", "6"), "line '6' is not one of the 5 lines"),
        (observation("47.64", "USD bn", "0"), "line '0' is not one of"),
        (observation("47.64", "USD bn", "one"), "line 'one' is not one of"),
        (observation("47.64", "EUR bn", "1"), "unit 'EUR bn' is not in indicators.yml"),
        (observation("much", "USD bn", "1"), "value 'much' is not a number"),
        (
            observation("47.64", "USD bn", "1", document="lost"),
            "document 'lost' is not in documents.yml",
        ),
    ],
)
def test_false_observation_is_named_with_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, fault: str
) -> None:
    texts = write_models(tmp_path, [observation("21.4", "USD bn", "1"), row], [])
    assert tool.check(texts, tmp_path / "models") == 1
    output = capsys.readouterr().out
    assert output.startswith("trade.csv:3: ")
    assert fault in output


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (event("2021-12", "50", "documents", "5"), "date 2021-12 is not printed"),
        (event("2021-11", "51", "documents", "5"), "51 documents is not printed"),
    ],
)
def test_false_event_is_named_with_its_row(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, fault: str
) -> None:
    texts = write_models(tmp_path, [], [row])
    assert tool.check(texts, tmp_path / "models") == 1
    assert f"events.csv:2: {fault}" in capsys.readouterr().out


def test_position_on_own_scale_needs_only_its_date(tmp_path: Path) -> None:
    texts = write_models(tmp_path, [], [event("2021-11", "4", "index", "5")])
    assert tool.check(texts, tmp_path / "models") == 0


def test_altered_text_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = write_models(tmp_path, [observation("47.64", "USD bn", "1")], [])
    (texts / "made.txt").write_text(RUSSIAN + "2\n", encoding="utf-8")
    assert tool.check(texts, tmp_path / "models") == 1
    assert "documents.yml: made: SHA-256 is" in capsys.readouterr().out


def test_missing_text_is_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = write_models(tmp_path, [observation("47.64", "USD bn", "1")], [])
    (texts / "made.txt").unlink()
    assert tool.check(texts, tmp_path / "models") == 1
    assert "does not exist" in capsys.readouterr().out


def test_ragged_row_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = write_models(tmp_path, ["trade_turnover,2022"], [])
    assert tool.main([str(texts), "--models", str(tmp_path / "models")]) == 1
    assert "trade.csv:2: 2 cells where the header has 13" in capsys.readouterr().err


def test_blocks_that_the_register_leaves_out_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = write_models(tmp_path, [observation("47.64", "USD bn", "1")], [])
    assert tool.check(texts, tmp_path / "models") == 0
    output = capsys.readouterr().out
    assert "made.txt:3-4: Стажёров 185 600 чел., мигрантов свыше 0,5" in output
    assert "2 rows of the register, 1 blocks of text that none of them cites" in output


def test_command_line_lists_uncited_lines(tmp_path: Path) -> None:
    texts = write_models(tmp_path, [observation("47.64", "USD bn", "1")], [])
    command = [sys.executable, tool.__file__, str(texts), "--models", str(tmp_path / "models")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 0
    assert "made.txt:5: Ноябрь 2021." in done.stdout
    assert "0 failures; 2 lines" in done.stdout

"""Documents, observations and events: what is refused, with which words, and what is read."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import cases
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.vocabulary import FIRST_YEAR, LAST_YEAR, parse_day, parse_period
from vnjp_sim.inputs import csv_rows
from vnjp_sim.inputs.events import EVENT_COLUMNS
from vnjp_sim.inputs.evidence import Evidence, read_evidence
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.observations import last_digit
from vnjp_sim.simulation.model_data import Model

EVENTS = ",".join(EVENT_COLUMNS) + "\n"
OBSERVATIONS = ",".join(OBSERVATION_COLUMNS) + "\n"
CELLS = {
    "indicator": "investment_stock",
    "period": "2022",
    "value": "69.2",
    "unit": "USD bn",
    "reported": "exact",
    "document": "press_2023",
    "line": "3",
    "place": "Paragraph 1",
    "use": "calibrate",
}


def row(**cells: str) -> str:
    known = CELLS | cells
    return ",".join(known.get(column, "") for column in OBSERVATION_COLUMNS) + "\n"


@pytest.fixture
def models(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A models folder with the shipped documents, one figure and no event; the current folder."""
    (tmp_path / "observations").mkdir()
    for file in (repository / "models" / "observations").iterdir():
        (tmp_path / "observations" / file.name).write_text(OBSERVATIONS)
    (tmp_path / "observations" / "investment.csv").write_text(OBSERVATIONS + row(period="2021"))
    (tmp_path / "events.csv").write_text(EVENTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(models: Path, model: Model) -> Evidence:
    return read_evidence(models, model.registry)


def refusal(models: Path, model: Model) -> InputError:
    with pytest.raises(InputError) as refused:
        read(models, model)
    return refused.value


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("observations"))
def test_bad_observations_are_refused(name: str, models: Path, shipped_model: Model) -> None:
    shutil.copy(cases.case("observations", name), models / "observations" / "case.csv")
    cases.assert_refused(refusal(models, shipped_model), "observations", name)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("events"))
def test_bad_events_are_refused(name: str, models: Path, shipped_model: Model) -> None:
    shutil.copy(cases.case("events", name), models / "events.csv")
    cases.assert_refused(refusal(models, shipped_model), "events", name)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("documents"))
def test_bad_documents_are_refused(name: str, models: Path, shipped_model: Model) -> None:
    shutil.copy(cases.case("documents", name), models / "documents.yml")
    cases.assert_refused(refusal(models, shipped_model), "documents", name)


@pytest.mark.fuzz
@pytest.mark.parametrize(
    ("content", "told"),
    [
        ((OBSERVATIONS + row()).encode("utf-16"), "1: is not UTF-8; save it as UTF-8"),
        ((OBSERVATIONS + row(place="Caf\xe9")).encode("latin-1"), "2: is not UTF-8; save …"),
        (
            (OBSERVATIONS + row(place="a\0b")).encode(),
            "2:58: holds the control character U+0000; delete it",
        ),
        (
            (OBSERVATIONS + row() + row(value="\x1b[31m5")).encode(),
            "3:23: holds the control character U+001B; delete it",
        ),
        (
            (OBSERVATIONS + row(note="x" * 200_000)).encode(),
            "2: has a cell of over 131072 characters; shorten it",
        ),
    ],
)
def test_bad_bytes_are_refused(
    content: bytes, told: str, models: Path, shipped_model: Model
) -> None:
    (models / "observations" / "case.csv").write_bytes(content)
    last = refusal(models, shipped_model).refusals[-1]
    cases.assert_same([str(last).removeprefix("observations/case.csv:")], [told])


def test_rows_have_a_greatest_number(
    models: Path, shipped_model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_ROWS", 3)
    rows = [row(period=str(year)) for year in range(2000, 2010)]
    (models / "observations" / "case.csv").write_text(OBSERVATIONS + "".join(rows))
    message = str(refusal(models, shipped_model))  # beside it, of the shipped official tables
    assert "observations/case.csv:5: has more than 3 rows; split it" in message


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(
    ending: str, models: Path, shipped_model: Model
) -> None:
    text = OBSERVATIONS + row(note='"one\ntwo"') + "\n" + "," * 12 + "\n" + row(value="many")
    (models / "observations" / "case.csv").write_bytes(text.replace("\n", ending).encode())
    (fault,) = refusal(models, shipped_model).refusals
    assert fault.place.line == 6


def test_formulas_in_text_stay_text(models: Path, shipped_model: Model) -> None:
    file = models / "observations" / "case.csv"
    file.write_text(OBSERVATIONS + row(note="=1+1", place="@SUM(A1)"))
    read_one = next(o for o in read(models, shipped_model).observations if o.row == 2 and o.note)
    assert (read_one.note, read_one.place) == ("=1+1", "@SUM(A1)")


def test_byte_order_mark_blank_rows_and_spaces_are_left_out(
    models: Path, shipped_model: Model
) -> None:
    text = "\ufeff" + OBSERVATIONS + "\n" + "," * 12 + "\n" + row(value=" 69.2 ")
    (models / "observations" / "case.csv").write_text(text, encoding="utf-8")
    assert [o.value for o in read(models, shipped_model).observations] == [69.2, 69.2]


def test_order_of_rows_and_names_of_files_do_not_count(models: Path, shipped_model: Model) -> None:
    rows = [row(period=str(year)) for year in (2019, 2020, 2022)]
    file = models / "observations" / "zulu.csv"
    file.write_text(OBSERVATIONS + "".join(rows))
    first = [o.key for o in read(models, shipped_model).observations]
    file.unlink()
    (models / "observations" / "alpha.csv").write_text(OBSERVATIONS + "".join(reversed(rows)))
    assert [o.key for o in read(models, shipped_model).observations] == first


def test_value_is_in_the_unit_of_the_indicator(models: Path, shipped_model: Model) -> None:
    file = models / "observations" / "case.csv"
    file.write_text(OBSERVATIONS + row(value="69200", unit="USD mn"))
    found = next(o for o in read(models, shipped_model).observations if o.unit == "USD mn")
    assert (found.value, found.step) == (pytest.approx(69.2), pytest.approx(0.1))


def test_a_folder_is_no_table(models: Path, shipped_model: Model) -> None:
    (models / "observations" / "case.csv").mkdir()
    told = str(refusal(models, shipped_model)).splitlines()
    assert "observations/case.csv: is a folder, not a file; name a file in it" in told


def test_a_day_before_all_documents_is_refused(shipped_model: Model) -> None:
    with pytest.raises(InputError) as refused:
        shipped_model.evidence.as_of(date(1990, 1, 1))
    assert str(refused.value) == (
        "as_of: no document had been published before 1990-01-01; give a day after 2021-12-31"
    )


def test_a_day_leaves_later_documents_out(shipped_model: Model) -> None:
    known = shipped_model.evidence.as_of(date(2023, 11, 15))
    assert 0 < len(known.documents) < len(shipped_model.evidence.documents)
    assert {o.document for o in known.observations} <= set(known.documents)
    assert {e.document for e in known.events} <= set(known.documents)


@pytest.mark.parametrize(
    ("printed", "step"),
    [
        ("20.0", 0.1),
        ("185600", 100.0),
        ("5", 1.0),
        ("0", 1.0),
        ("100", 100.0),
        ("-1250", 10.0),
        ("0.25", 0.01),
    ],
)
def test_last_digit(printed: str, step: float) -> None:
    assert last_digit(printed) == pytest.approx(step)


@given(
    st.integers(1, 10**6).filter(lambda n: n % 10 != 0), st.integers(0, 8), st.sampled_from("+-")
)
def test_last_digit_of_whole_numbers(digits: int, zeros: int, sign: str) -> None:
    printed = sign.replace("+", "") + str(digits * 10**zeros)
    assert last_digit(printed) == 10.0**zeros


@given(st.integers(0, 10**6), st.text("0123456789", min_size=1, max_size=8))
def test_last_digit_of_decimals(whole: int, decimals: str) -> None:
    assert last_digit(f"{whole}.{decimals}") == pytest.approx(10.0 ** -len(decimals))


YEARS = st.integers(FIRST_YEAR, LAST_YEAR - 1)
MONTHS = st.integers(1, 12)


@given(YEARS, YEARS, MONTHS, MONTHS)
def test_periods_are_read_back(first: int, last: int, month: int, end: int) -> None:
    year = parse_period(f"{first}")
    assert (year.kind, year.start, year.end, year.last_year) == ("year", first, first + 1, first)
    fiscal = parse_period(f"FY{first}")
    assert (fiscal.kind, fiscal.year, fiscal.last_year) == ("fiscal", first, first + 1)
    assert (fiscal.start, fiscal.end) == (first + 0.25, first + 1.25)
    one = parse_period(f"{first}-{month:02}")
    assert (one.kind, one.year, one.months) == ("month", first, (month, month))
    assert one.within_one_year
    span = f"{min(first, last)}-01/{max(first, last)}-{end:02}"
    months = parse_period(span)
    assert (months.kind, months.text, months.last_year) == ("months", span, max(first, last))
    assert months.end == pytest.approx(max(first, last) + end / 12)
    if first != last:
        years = parse_period(f"{min(first, last)}/{max(first, last)}")
        assert (years.kind, years.year, years.last_year) == (
            "years",
            min(first, last),
            max(first, last),
        )


@given(st.text(max_size=20) | st.from_regex(r"(FY)?[0-9]{4}([-/][0-9]{2,4}){0,3}", fullmatch=True))
def test_no_text_breaks_the_reading_of_periods(text: str) -> None:
    try:
        period = parse_period(text)
    except ValueError as error:
        what, dash, remedy = str(error).partition(" — ")
        told = bool(what and dash and remedy)
    else:
        told = FIRST_YEAR <= period.start < period.end <= LAST_YEAR + 1.25
    assert told


@given(st.dates() | st.text(max_size=12))
def test_days_are_read_in_one_form_only(day: date | str) -> None:
    try:
        found = parse_day(str(day)).isoformat()
    except ValueError as error:
        found = ""
        told = str(error).endswith(" — write it as 2024-01-31")
    else:
        told = True
    assert told
    assert found in ("", str(day))
    assert found or isinstance(day, str)

"""Numbers as people read them: every digit and sign, the unit, no digit beyond the error."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vnjp_sim.foundation.vocabulary import QUANTILES
from vnjp_sim.inputs import number_text
from vnjp_sim.inputs.number_text import (
    MINUS,
    alike,
    chance_error,
    chance_text,
    exact,
    fixed,
    grouped,
    measure_of,
    places_of,
    quantile_errors,
    significant,
)
from vnjp_sim.simulation.model_data import Model

PRINTED = st.from_regex(r"[+−-]?[0-9]{1,20}(\.[0-9]{0,12})?(e[+-]?[0-9]{1,3})?", fullmatch=True)
NUMBERS = st.floats(-1e300, 1e300)


def read(text: str) -> float:
    """Return the number that a text shows."""
    return float(text.replace(MINUS, "-").replace(",", ""))


@given(PRINTED)
@example("-0")
@example("-0.5")
@example("-0.0")
@example("007")
@example("20.0")
@example("0012345.6700")
@example("1e3")
@example("-1234567.0000001e-12")
def test_grouping_keeps_every_digit_and_the_sign(printed: str) -> None:
    told = grouped(printed)
    assert told.replace(",", "").replace(MINUS, "-") == printed.replace(MINUS, "-")
    assert "-" not in told
    whole = re.match(r"[+−]?([0-9,]+)", told)
    assert whole is not None
    assert re.fullmatch(r"[0-9]{1,3}(,[0-9]{3})*", whole[1])


@given(st.text(max_size=30))
def test_grouping_takes_any_text(text: str) -> None:
    assert grouped(text).replace(",", "").replace(MINUS, "-") == text.replace(",", "").replace(
        MINUS, "-"
    )


@given(NUMBERS, st.integers(0, 9))
def test_fixed_is_the_rounded_number_with_its_sign(value: float, places: int) -> None:
    told = fixed(value, places)
    if abs(value) < number_text.LARGEST_WRITTEN_OUT:
        assert read(told) == float(f"{value:.{places}f}")
        assert told.startswith(MINUS) == (float(f"{value:.{places}f}") < 0)
        assert len(told.partition(".")[2]) == places
    else:
        assert read(told) == pytest.approx(value, rel=0.005)
    assert "-" not in told


@given(NUMBERS.filter(lambda x: abs(x) < 1e15), st.integers(0, 6), st.floats(0, 1e12))
def test_significant_is_right_to_three_figures_or_to_the_error(
    value: float, decimals: int, error: float
) -> None:
    shown = read(significant(value, decimals, error))
    leading = math.floor(math.log10(abs(value))) if value else 0
    finest = max(10.0 ** (leading - 2), 10.0**-decimals, 10.0 ** -places_of(error) if error else 0)
    assert abs(shown - value) <= 0.5001 * finest * (1 + 1e-9) + 1e-12 * abs(value)


@given(NUMBERS.filter(lambda x: abs(x) < 1e15), st.floats(1e-6, 1e9))
def test_no_digit_stands_below_the_leading_place_of_the_error(value: float, error: float) -> None:
    told = significant(value, 9, error)
    place = 10.0 ** math.floor(math.log10(error))
    if place < 1:
        assert len(told.partition(".")[2]) <= round(-math.log10(place))
    else:
        assert "." not in told
        assert int(read(told)) % round(place) == 0


@pytest.mark.parametrize(
    ("value", "decimals", "error", "expected"),
    [
        (59.123, 2, 0.0, "59.1"),
        (59.123, 2, 0.5, "59.1"),
        (59.123, 2, 1.2, "59"),
        (59.123, 2, 12.0, "60"),
        (3.0, 2, 12.0, "0"),
        (99.96, 2, 0.0, "100"),
        (9.996, 2, 0.0, "10.0"),
        (-0.004, 2, 0.0, "0.00"),
        (-0.5, 2, 0.0, "−0.50"),
        (123456.0, 0, 0.0, "123,000"),
        (math.nan, 2, 0.0, "—"),
        (1.0, 2, math.nan, "1.00"),
        (5e-324, 2, 0.0, "0.00"),
        (1.797e308, 2, 0.0, "1.80e+308"),
    ],
)
def test_significant(value: float, decimals: int, error: float, expected: str) -> None:
    assert significant(value, decimals, error) == expected


@pytest.mark.parametrize(
    ("values", "decimals", "signed", "expected"),
    [
        ([34.9, 83.2, 217.4], 2, False, ["35", "83", "217"]),
        ([-5.51, 1.45, 11.1], 2, False, ["−5.5", "1.4", "11.1"]),
        ([1234567.0], 0, False, ["1,234,567"]),
        ([0.5, -0.25], 2, True, ["+0.50", "−0.25"]),
        ([0.0, -0.0001], 2, True, ["0.00", "0.00"]),
    ],
)
def test_labels_have_equal_decimals(
    values: list[float], decimals: int, signed: bool, expected: list[str]
) -> None:
    assert alike(values, decimals, signed=signed) == expected


def test_labels_are_no_finer_than_the_largest_error() -> None:
    assert alike([1.234, 2.345], 6, [0.01, 0.3]) == ["1.2", "2.3"]
    assert alike([1.234, 2.345], 6, [0.01, math.nan]) == ["1.23", "2.35"]


@given(NUMBERS)
def test_exact_reads_back(value: float) -> None:
    assert float(exact(value)) == value


def test_quantile_errors_are_those_of_many_samples() -> None:
    draws = 400
    samples = np.random.default_rng(5).normal(10.0, 3.0, (4_000, draws))
    found = np.quantile(samples, list(QUANTILES.values()), axis=1)
    told = np.array([quantile_errors(tuple(row), draws) for row in found.T]).mean(axis=0)
    assert told == pytest.approx(found.std(axis=1), rel=0.08)


def test_quantile_errors_of_too_few_draws_are_unknown() -> None:
    errors = quantile_errors((math.nan, 1.0, 2.0, 3.0, math.nan), 10)
    assert [math.isnan(error) for error in errors] == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("held", "draws", "expected"),
    [
        (860, 2_000, "43 ± 1 %"),
        (5_000, 10_000, "50.0 ± 0.5 %"),
        (8, 20, "40 ± 10 %"),
        (0, 1, "< 95 %"),
        (1, 1, "> 5 %"),
        (0, 20, "< 14 %"),
        (20, 20, "> 86 %"),
        (0, 2_000, "< 0.15 %"),
        (2_000, 2_000, "> 99.85 %"),
        (1, 2_000, "0.05 ± 0.07 %"),
        (math.nan, 20, "—"),
    ],
)
def test_chances(held: float, draws: int, expected: str) -> None:
    assert chance_text(held / draws, draws) == expected


@given(st.integers(1, 5_000), st.floats(0, 1))
def test_chances_never_claim_certainty(draws: int, part: float) -> None:
    chance = round(part * draws) / draws
    told = chance_text(chance, draws)
    assert 0 < chance_error(chance, draws) <= 0.3
    if chance in {0.0, 1.0}:
        bound = float(told.split()[1])
        assert told[0] == ("<" if chance == 0.0 else ">")
        missed = bound / 100 if chance == 0.0 else 1 - bound / 100
        assert (1 - missed) ** draws <= 0.0501
    else:
        assert " ± " in told


@pytest.mark.parametrize(
    ("indicator", "largest", "unit", "shown"),
    [
        ("trade_turnover", 9_999.0, "USD bn", "10,000 USD bn"),
        ("trade_turnover", 12_345.0, "USD tn", "12.3 USD tn"),
        ("oda_commitments", 23_450.0, "JPY tn", "23.4 JPY tn"),
        ("labour_stock", 600_000.0, "thousand persons", "600 thousand persons"),
        ("labour_stock", 3_456_000.0, "million persons", "3.46 million persons"),
        ("investment_projects", 12_000.0, "thousand projects", "12.0 thousand projects"),
        ("macro_vn_gdp_per_capita", 12_345.0, "thousand USD", "12.3 thousand USD"),
        ("macro_jpy_per_usd", 25_000.0, "JPY per USD", "25,000 JPY per USD"),
        ("trade_turnover_gdp", 25_000.0, "percent", "25,000 percent"),
        ("diplomacy_visits", 25_000.0, "count", "25,000"),
        ("index_partnership", 25_000.0, "index", "25,000 points"),
    ],
)
def test_value_and_unit_are_one(
    indicator: str, largest: float, unit: str, shown: str, shipped_model: Model
) -> None:
    known = shipped_model.registry.indicators[indicator]
    measure = measure_of(known, shipped_model.registry.units, [largest])
    assert measure.unit == unit
    assert measure.with_unit(largest) == shown


@given(st.floats(1e-3, 1e17), st.booleans())
def test_number_times_unit_is_the_value(shipped_model: Model, value: float, negative: bool) -> None:
    sign = -1.0 if negative else 1.0
    scales = {"": 1.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
    for unit, known in shipped_model.registry.units.items():
        indicator = shipped_model.registry.indicators["trade_balance"].model_copy(
            update={"unit": unit, "decimals": 6}
        )
        measure = measure_of(indicator, shipped_model.registry.units, [sign * value])
        first = measure.words.partition(" ")[0]
        scale = scales.get(first, known.scale)
        number = read(measure.with_unit(sign * value).removesuffix(measure.behind))
        assert number * scale == pytest.approx(sign * value * known.scale, rel=0.006, abs=1e-6)
        base = unit.rpartition(" ")[0] if unit[-3:] in {" bn", " mn"} else unit
        assert base in measure.unit


def test_interval_of_too_few_draws_is_the_median_alone(shipped_model: Model) -> None:
    known = shipped_model.registry.indicators["trade_turnover"]
    measure = measure_of(known, shipped_model.registry.units, [50.0])
    nothing = math.nan
    assert measure.interval((40.0, 45.0, 50.0, 55.0, 60.0), 2_000) == "50.0 [40.0, 60.0]"
    assert measure.interval((nothing, 45.0, 50.0, 55.0, nothing), 10) == "50"
    assert measure.interval((nothing, nothing, 50.0, nothing, nothing), 1) == "50.0"


FOR_MACHINES = {
    "charts/quantities.py": "data of charts, and steps of axes",
    "exchange/iamc.py": "names of variables of the format",
    "scoring/synthetic.py": "figures made up for a test of the model",
}


PAGES = ("data_pages.py", "reference_pages.py", "sector_pages.py")
"""The tools that write the pages of the docs on what the model holds."""


def test_numbers_are_printed_by_one_module(repository: Path) -> None:
    package = repository / "vnjp_sim"
    files = [
        file
        for file in sorted(package.rglob("*.py"))
        if file.name != "number_text.py"
        and file.relative_to(package).as_posix() not in FOR_MACHINES
    ]
    files += [file for name in PAGES if (file := repository / "tools" / name).is_file()]
    files += sorted((repository / "docs" / "_ext").glob("*.py"))
    found = [
        f"{file.relative_to(repository)}:{node.lineno}: {{{ast.unparse(node.value)}:{spec}}}"
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
        if not re.search(r"[dxXs<>^]'?\Z", spec := ast.unparse(node.format_spec).removeprefix("f"))
    ]
    assert not found, "use vnjp_sim.inputs.number_text:\n" + "\n".join(found)

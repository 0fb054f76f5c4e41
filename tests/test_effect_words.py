"""Effects in words: hand-made draws whose chances are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from vnjp_sim.analysis.effect_words import (
    amount_words,
    cell_lines,
    effect_measure,
    effect_sentence,
    finding,
    futures_words,
    part_words,
    scenario_words,
)
from vnjp_sim.analysis.effects import Effect, effect_of
from vnjp_sim.analysis.marks import NONE, NOT_NOW, PRIOR_DRIVEN, SET, TOO_FEW, UNSURE
from vnjp_sim.inputs.number_text import Measure
from vnjp_sim.simulation.model_data import Model

NORMAL = ndtri((np.arange(10_000) + 0.5) / 10_000)


def effect(
    difference: np.ndarray, indicator: str = "oda_disbursements", base: float = 75.0
) -> Effect:
    """Return the effect of draws of a difference on a baseline that is the same in each."""
    start = np.full(difference.size, base)
    return effect_of("oda_expansion", indicator, 2040, start + difference, start, never=False)


def parts(*shares: tuple[float, float], draws: int = 1_000) -> np.ndarray:
    """Return draws of which each share has a value."""
    return np.concatenate([np.full(round(draws * share), value) for share, value in shares])


RISES = 69.0 + 20.0 * NORMAL.clip(-3.0, 3.0)
MOSTLY_RISES = 1.554774 + NORMAL  # 94 % above zero
COUNTED = parts((0.6, 0.0), (0.3, 1.0), (0.1, 3.0))


@pytest.mark.parametrize(
    ("difference", "indicator", "words"),
    [
        (
            RISES,
            "oda_disbursements",
            """+69.0 [36.1, 102]
            ODA disbursements, gross in 2040: JPY 69.0 bn higher (90 %: 36.1 to 102; +92.0 %);
            rises in every draw.
            ODA expansion raises ODA disbursements, gross, by JPY 69.0 bn in 2040
            (90 %: 36.1 to 102)""",
        ),
        (
            -MOSTLY_RISES,
            "trade_balance",
            """−1.55 [−3.20, 0.09]; falls in 94 %
            Vietnam's balance of goods trade with Japan in 2040: USD 1.55 bn lower
            (90 %: −0.09 to 3.20; −2.1 %); the sign is uncertain: falls in 94 %.
            ODA expansion may lower Vietnam's balance of goods trade with Japan by USD 1.55 bn in
            2040 (90 %: −0.09 to 3.20); the sign is uncertain: falls in 94 %""",
        ),
        (
            COUNTED,
            "security_exchanges",
            """+0.6 on average; some more in 4 of 10
            Defence exchanges of ministers and dialogues in 2040: 0.6 more on average; at least
            one more in 4 of 10 futures.
            ODA expansion raises defence exchanges of ministers and dialogues by 0.6 on average in
            2040; at least one more in 4 of 10 futures""",
        ),
        (
            parts((0.6, 0.0), (0.4, 1.5)),
            "security_osa_grants",
            """+0.60 on average; some more in 4 of 10
            Official Security Assistance grants in 2040: JPY 0.60 bn higher on average; some more
            in 4 of 10 futures.
            ODA expansion raises Official Security Assistance grants by JPY 0.60 bn on average in
            2040; some more in 4 of 10 futures""",
        ),
        (
            parts((0.97, 0.0), (0.03, -10.5)),
            "oda_commitments",
            """−0.32 on average; some less in 3 %
            ODA committed, loans and grants in 2040: JPY 0.32 bn lower on average; some less in 3 %
            of futures.
            ODA expansion lowers ODA committed, loans and grants, by JPY 0.32 bn on average in
            2040; some less in 3 % of futures""",
        ),
        (
            np.full(1_000, 8.0),
            "security_vessels",
            """+8; in every draw
            Patrol vessels from Japan in service in 2040: 8 more in every draw.
            ODA expansion raises patrol vessels from Japan in service by 8 in 2040, in every
            draw""",
        ),
        (
            0.002 * np.exp(0.4 * NORMAL),
            "trade_turnover",
            """+2.00 [1.04, 3.86]
            Trade turnover in goods in 2040: USD 2.00 mn higher (90 %: 1.04 to 3.86; < 0.1 %);
            rises in every draw.
            ODA expansion raises trade turnover in goods by USD 2.00 mn in 2040 (90 %: 1.04 to
            3.86)""",
        ),
        (
            0.0004 * np.exp(0.4 * NORMAL),
            "index_partnership",
            """+0.00040 [0.00021, 0.00077]
            Index of the partnership in 2040: 0.00040 points higher (90 %: 0.00021 to 0.00077;
            < 0.1 %); rises in every draw.
            ODA expansion raises the index of the partnership by 0.00040 points in 2040 (90 %:
            0.00021 to 0.00077)""",
        ),
    ],
)
def test_effects_in_words(
    difference: np.ndarray, indicator: str, words: str, shipped_model: Model
) -> None:
    found, registry = effect(difference, indicator), shipped_model.registry
    measure = effect_measure(registry.indicators[indicator], registry, [found])
    told = (cell(found, measure), effect_sentence(found, registry), finding(found, registry))
    assert " ".join(" ".join(told).split()) == " ".join(words.split())


def cell(found: Effect, measure: Measure) -> str:
    """Return an effect as the overview of a comparison has it."""
    return "; ".join(cell_lines(found, measure))


def test_a_number_is_never_rounded_to_nothing(shipped_model: Model) -> None:
    """Neither for its own size nor for its Monte Carlo error, whatever the row is shown in."""
    registry = shipped_model.registry
    turnover = registry.indicators["trade_turnover"]
    wide = Measure("USD bn", "billion US dollars", 1.0, 2)
    for size in 10.0 ** np.arange(-9.0, 3.0):
        found = effect(size * np.exp(NORMAL), "trade_turnover")
        for measure in (wide, effect_measure(turnover, registry, [found])):
            middle = cell(found, measure).split(" [")[0]
            assert middle.strip("+0.,") not in {"", "≈"}, size
    unclear = effect(0.001 + np.sort(NORMAL)[::50], "trade_turnover")
    assert cell(unclear, wide).startswith(("under 0.1 [", "+0.0", "−0.0"))
    assert amount_words(wide, "under 0.1") == "under USD 0.1 bn"


@pytest.mark.parametrize(
    ("difference", "mark", "told"),
    [
        (parts((0.96, 1.0), (0.04, -1.0)), "", "rises in 96 %"),
        (parts((0.94, 20.0), (0.06, -20.0)), UNSURE, "the sign is uncertain: rises in 94 %"),
        (parts((0.9, 0.0), (0.1, 1.0)), "", "at least one more in 1 of 10 futures"),
        (parts((0.99, 0.0), (0.01, 1.0)), TOO_FEW, "at least one more in 1 % of futures"),
        (parts((0.6, 0.0), (0.3, 2.5), (0.1, -2.5)), UNSURE, "some less in 1 of 10 futures"),
        (np.zeros(100), NOT_NOW, "no effect"),
    ],
)
def test_signs_and_chances(
    difference: np.ndarray, mark: str, told: str, shipped_model: Model
) -> None:
    found = effect(difference)
    assert found.mark == mark
    if mark == "" and not found.by_chance:
        assert found.sure
    assert told in effect_sentence(found, shipped_model.registry) or found.by_chance
    if not told.startswith(("rises", "the sign")):
        assert told in effect_sentence(found, shipped_model.registry)


def test_what_else_is_to_be_known_is_told_in_the_same_words(shipped_model: Model) -> None:
    from dataclasses import replace

    registry = shipped_model.registry
    driven = replace(effect(RISES), mark=PRIOR_DRIVEN)
    assert effect_sentence(driven, registry).endswith("in every draw; rests mostly on assumptions.")
    by_itself = replace(effect(-MOSTLY_RISES), mark=SET)
    told = effect_sentence(by_itself, registry)
    assert told.endswith("the sign is uncertain: falls in 94 %; set by the scenario itself.")
    none = replace(effect(np.zeros(10)), mark=NONE)
    assert cell(none, Measure("JPY bn", "", 1.0, 1)) == "0"
    assert finding(none, registry, "It") == "It leaves ODA disbursements, gross, as it is in 2040"


@pytest.mark.parametrize(
    ("chance", "draws", "part", "futures"),
    [
        (0.38, 2_000, "38 %", "4 of 10 futures"),
        (0.9996, 10_000, "over 99 %", "over 99 % of futures"),
        (0.0004, 10_000, "under 1 %", "under 1 % of futures"),
        (0.6, 5, "60 %", "6 of 10 futures"),
        (0.94, 0, "94 %", "9 of 10 futures"),
        (1.0, 100, "100 %", "every draw"),
    ],
)
def test_chances_in_words(chance: float, draws: int, part: str, futures: str) -> None:
    assert part_words(chance, draws) == part
    assert futures_words(chance, draws) == futures


def test_scenarios_have_names_in_words() -> None:
    assert scenario_words("oda_expansion") == "ODA expansion"
    assert scenario_words("ageing_japan") == "Ageing Japan"
    assert scenario_words("oda_expansion@low") == "ODA expansion (low)"

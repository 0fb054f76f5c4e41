"""Every figure is used by a law, or told as unused; one figure an indicator never crashes."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from vnjp_sim.calibration.calibrating import _generator, calibrate_group
from vnjp_sim.calibration.levels import documented_levels
from vnjp_sim.calibration.plan import Plan, make_plan
from vnjp_sim.calibration.posteriors import GrowthPosterior, LawPosterior, named
from vnjp_sim.exchange import NewDocument
from vnjp_sim.exchange.contradictions import contradictions
from vnjp_sim.exchange.scales import scale_warnings
from vnjp_sim.foundation.errors import Refusal
from vnjp_sim.inputs.csv_rows import Row
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.inputs.observations import Observation, check_observation
from vnjp_sim.sectors.growth import FORMS
from vnjp_sim.simulation.figure_uses import figure_uses
from vnjp_sim.simulation.model_data import Model

SEED = 20_251
SAMPLE, BANK = 256, 64
OWN = {"own": NewDocument(title="Own figures", published="2025-06-30")}
PERIODS = ("2023", "FY2023", "2023-06", "2023-01/2023-07", "2019/2021", "2014", "2005")
REPORTED = ("exact", "rounded", "about", "nearly", "over", "at_least", "at_most", "growth", "share")
SIZES = ("0", "-1", "1", "0.001", "1000", "1000000", "1000000000", "1e-7", "200")
"""Times the typical value, or the number itself where there is none."""


def written(model: Model, indicator: str, **cells: str) -> tuple[Observation | None, list[Refusal]]:
    """Return an own figure as an import would read it, or its faults."""
    given = dict.fromkeys(OBSERVATION_COLUMNS, "") | {
        "indicator": indicator,
        "unit": model.registry.indicators[indicator].unit,
        "reported": "exact",
        "document": "vov_2025",
        "line": "9999",
        "place": "Line 9999",
        "use": "calibrate",
    }
    return check_observation(
        Row("own.csv", 2, given | cells), model.registry, model.evidence.documents
    )


def typical(model: Model, indicator: str) -> float:
    """Return the size of the indicator's latest figure, or 7."""
    known = [
        o
        for o in model.evidence.observations
        if o.indicators == (indicator,) and o.reported not in ("growth", "share")
    ]
    return max(known, key=lambda o: (o.use == "calibrate", o.period.end)).value if known else 7.0


def plain(value: float) -> str:
    """Return a number as a table of figures writes it."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def added(model: Model, *figures: Observation) -> Model:
    evidence = model.evidence
    observations = tuple(sorted((*evidence.observations, *figures), key=lambda o: o.key))
    return replace(model, evidence=replace(evidence, observations=observations))


def plan_of(model: Model) -> Plan:
    return make_plan(model.evidence, model.parameters)


def inputs(model: Model, names: Sequence[str] | None = None) -> dict[str, bytes]:
    """Return what a calibration draws for a few scores, by group, and the documented levels."""
    plan, found = plan_of(model), {}
    first_years: dict[str, int] = {}
    for group in plan.groups:
        problem = group.build(group.forms[0])
        first_years |= problem.first_years
        rng = np.random.default_rng(1)
        with np.errstate(all="ignore"):
            weights, known = problem.evaluate(rng.standard_normal((problem.dimension, 8)), rng)
        kept = named(known)
        arrays = [weights, *(kept[name] for name in sorted(kept))]
        found[group.name] = b"".join(np.ascontiguousarray(a).tobytes() for a in arrays)
    rng = np.random.default_rng(1)
    levels = documented_levels(model.evidence, plan.course, 8, rng, first_years)
    course = {"course": json.dumps(plan.course.content).encode()}
    return found | course | {name: array.tobytes() for name, array in levels.items()}


# ---------------------------------------------------------------------- used or told


@pytest.mark.parametrize("period", ["2023", "FY2023", "2025-03"])
def test_a_figure_moves_the_calibration_or_is_told_as_unused(
    period: str, shipped_model: Model
) -> None:
    before = inputs(shipped_model)
    wrong = []
    for name in shipped_model.registry.indicators:
        value = plain(typical(shipped_model, name) + 1.0)  # not what a document says
        figure, faults = written(shipped_model, name, period=period, value=value)
        assert figure is not None, faults
        model = added(shipped_model, figure)
        (use,) = figure_uses(model, [figure])
        assert use.used != bool(use.why)
        if (inputs(model) != before) != use.used:
            wrong.append(name)
    assert wrong == []


@pytest.mark.parametrize(
    "cells",
    [
        {"reported": "growth", "base_period": "2018", "unit": "percent"},
        {"reported": "at_least", "unit": "JPY bn"},
    ],
)
def test_levels_of_disbursements_alone_are_read(
    cells: dict[str, str], shipped_model: Model
) -> None:
    name = "oda_disbursements"
    figure, faults = written(shipped_model, name, period="2021", value="60", **cells)
    assert figure is not None, faults
    model = added(shipped_model, figure)
    (use,) = figure_uses(model, [figure])
    assert not use.used
    assert inputs(model) == inputs(shipped_model)


def test_unused_figures_say_why(shipped_model: Model) -> None:
    told = {}
    for name in (
        "energy_investment",
        "macro_vn_growth",
        "trade_partner_rank",
        "security_exchanges",
    ):
        figure, _ = written(shipped_model, name, period="2023", value="3")
        assert figure is not None
        (use,) = figure_uses(added(shipped_model, figure), [figure])
        told[name] = use.text
    assert told == {
        "energy_investment": "not used, since the indicator follows from others (the worth of "
        "the projects, spent evenly while they are built)",
        "macro_vn_growth": "not used, since the central course takes the published series, and "
        "figures of the years after it",
        "trade_partner_rank": "not used, since the indicator is not projected",
        "security_exchanges": "not used, since its law counts the dated events of the documents",
    }


def test_a_count_is_not_counted_twice(shipped_model: Model) -> None:
    """A second source of a number of documents, or their total beside its parts, adds none."""
    (before,) = (g for g in plan_of(shipped_model).groups if g.name == "diplomacy_documents")
    figure = next(f for f in before.taken if f.indicators == ("diplomacy_documents",))
    again = replace(figure, document="vov_2025", lines=(9999,), row=9999)
    model = added(shipped_model, again)
    (after,) = (g for g in plan_of(model).groups if g.name == "diplomacy_documents")
    counts = [getattr(g.build("damped"), "counts") for g in (before, after)]  # noqa: B009
    assert counts[0] == counts[1]
    assert sum(use.used for use in figure_uses(model, [figure, again])) == 1


def test_shares_of_another_whole_are_not_taken_for_those_of_the_law(shipped_model: Model) -> None:
    figure, _ = written(
        shipped_model,
        "trade_exports_textiles",
        period="2022",
        value="3",
        unit="percent",
        reported="share",
        of="macro_vn_exports",
    )
    assert figure is not None
    (use,) = figure_uses(added(shipped_model, figure), [figure])
    assert use.why == "its law uses only levels and shares of trade_exports"


# ---------------------------------------------------------------------- one figure an indicator


@dataclass(frozen=True)
class Tried:
    """One figure as a user might bring it, and what came of it: used, unused, refused, gate."""

    cells: dict[str, str]
    outcome: str


def one_figure(model: Model, name: str, rng: Random) -> dict[str, str]:
    """Return the cells of a figure that may be wrong in any way."""
    reported = rng.choices(REPORTED, [6, 1, 2, 1, 1, 1, 1, 2, 2])[0]
    factor = rng.choice(SIZES)
    value = plain(float(factor) * typical(model, name))
    cells = {"period": rng.choice(PERIODS), "reported": reported, "value": value}
    units = model.registry.units
    own = units[model.registry.indicators[name].unit]
    if reported in ("growth", "share"):
        cells |= {"unit": "percent", "value": rng.choice(("-99.9", "-5", "0", "3", "100", "90000"))}
        if reported == "growth":
            cells["base_period"] = rng.choice(("2022", "FY2010", "2001", "2018-01/2018-07"))
        else:
            cells["of"] = rng.choice([*model.registry.indicators, "trade_exports", "labour_stock"])
    elif rng.random() < 0.3:
        cells["unit"] = rng.choice([n for n, u in units.items() if u.dimension == own.dimension])
    if rng.random() < 0.3:
        cells["step"] = rng.choice(("0.0001", "1", "1000000"))
    return cells


def tried(model: Model, name: str, cells: dict[str, str]) -> str:
    """Return what becomes of a figure; anything but a refusal or a failed gate is raised."""
    figure, faults = written(model, name, **cells)
    if figure is None:
        assert all(fault.what and fault.remedy for fault in faults)
        return "refused"
    evidence = model.evidence
    others = evidence.observations
    scale_warnings([figure], others, model.registry)
    documents = evidence.documents
    found = list(contradictions([figure], others, documents, model.parameters, model.registry))
    if found:
        return "refused"
    whole = added(model, figure)
    plan = plan_of(whole)
    takers = plan.takes(figure)
    (use,) = figure_uses(whole, [figure])
    assert use.text
    first_years: dict[str, int] = {}
    outcome = "used" if takers else "unused"
    for group in plan.groups:
        problem = group.build(group.forms[0])
        first_years |= problem.first_years
        if group.name in takers:
            result = calibrate_group(group, SAMPLE, BANK)
            outcome = "gate" if result.diagnostics.impossible else outcome
            for law in result.posteriors.values():
                unused = unused_draws(law)
                for part, array in law.arrays.items():
                    finite = np.isfinite(array.astype(np.float64))
                    assert (finite | unused.get(part, False)).all()
    rng = _generator("levels")
    levels = documented_levels(whole.evidence, plan.course, BANK, rng, first_years)
    assert all(np.isfinite(array.astype(np.float64)).all() for array in levels.values())
    return outcome


def unused_draws(law: LawPosterior) -> dict[str, NDArray[np.bool_]]:
    """Return by parameter the draws whose growth form does not use it."""
    if not isinstance(law, GrowthPosterior):
        return {}
    logistic = law.form == FORMS.index("logistic")
    return {"half_life": logistic, "slowdown": ~logistic}


@pytest.mark.fuzz
def test_one_figure_an_indicator_is_used_told_or_refused(
    shipped_model: Model, sized: Callable[[int, int], int], prove: Callable[..., None]
) -> None:
    rng = Random(SEED)  # noqa: S311 - no secrets
    outcomes: dict[str, int] = {}
    crashes = []
    for _ in range(sized(1, 30)):
        for name in shipped_model.registry.indicators:
            cells = one_figure(shipped_model, name, rng)
            try:
                outcome = tried(shipped_model, name, cells)
            except Exception as error:  # noqa: BLE001 - every crash is told
                crashes.append((name, cells, repr(error)))
            else:
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
    prove("one_figure", outcomes)
    assert crashes == []
    assert set(outcomes) >= {"used", "unused", "refused"}


def test_a_model_with_its_plan_goes_to_another_process(shipped_model: Model) -> None:
    assert figure_uses(shipped_model)
    assert pickle.dumps(shipped_model)

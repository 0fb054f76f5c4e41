"""The residents group: workers by status, students and others, and the intake that they imply.

A figure of the workers sent conditions the share in which entries are counted as sent.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.conditioning import BY_SEASONS, BY_VALUES
from vnjp_sim.calibration.evaluation import Draws, Layout, Method
from vnjp_sim.calibration.figures import indicators_of, levels_of, periods_of, sharpest_first
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import value_at
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.planning import (
    NO_LEVEL,
    STATUS_AVERAGED,
    STATUS_DAMPED,
    WHOLE_YEARS,
    Planned,
    Selection,
    guess_of,
    place_law,
    status_of,
)
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.declarations import laws, outputs, summands
from vnjp_sim.sectors.labour import (
    CONVERTED,
    COUNTED,
    EXITS,
    FROM_ABROAD,
    INTAKE,
    STOCK,
)
from vnjp_sim.sectors.people import OTHERS, RESIDENTS
from vnjp_sim.sectors.worker_flows import HAND_OVER, WORKERS, flows_of_course

RESIDENT_PARTS = tuple(law.name for law in laws().values() if law.group == "residents")
RESIDENT_SUMS = {name: summands(name, HAND_OVER.year - 1) for name in (RESIDENTS, STOCK)}
FLOWS_OF_WORKERS = outputs()[INTAKE].learnt

FloatArray = NDArray[np.float64]


def plan_residents(selection: Selection) -> Planned | None:
    """Return the plan of the residents group; None without a level of any part."""
    figures = selection.of(*RESIDENT_PARTS, *RESIDENT_SUMS)
    parts = _parts(selection, figures)
    known = selection.parameters.laws
    selection.missing += [n for n in RESIDENT_PARTS if n not in parts and n in known]
    if not parts:
        selection.pass_by(figures, NO_LEVEL)
        return None
    sums = {name: own for name, own in RESIDENT_SUMS.items() if set(own) <= set(parts)}
    names = {*parts, *sums}
    figures = selection.only(figures, lambda f: set(indicators_of(f)) <= names, NO_LEVEL)
    workers = set(WORKERS) <= set(parts)
    intake = selection.only(
        selection.of(INTAKE),
        lambda f: workers and all(p.kind == "year" for p in periods_of(f)),
        WHOLE_YEARS if workers else NO_LEVEL,
    )
    if not workers or not levels_of(intake, INTAKE):
        selection.missing.append(INTAKE)

    def build(form: str, last_year: int) -> Group:
        flows = FLOWS_OF_WORKERS if workers else ()
        return Group(
            "residents",
            _laws(selection, parts, figures, intake, form, last_year),
            sorted([*figures, *intake], key=lambda f: f.key),
            selection.document_sd,
            last_year,
            sums=sums,
            residual=(RESIDENTS, OTHERS) if OTHERS in parts else None,
            extra={n: selection.parameters.single[n] for n in flows},
            method=RESIDENTS_METHOD,
            lags=selection.release_lags(*parts, *sums),
        )

    taken = (*figures, *intake)
    status = {name: _status(name, figures) for name in parts}
    return Planned("residents", ("damped",), build, len(taken), status, taken)


def _parts(selection: Selection, figures: list[Observation]) -> list[str]:
    """Return the parts that have a law: others as the residual, if all the rest have a level."""
    laws = selection.parameters.laws
    known = [name for name in RESIDENT_PARTS if name in laws and levels_of(figures, name)]
    with_residual = len(known) == len(RESIDENT_PARTS) - 1 and bool(levels_of(figures, RESIDENTS))
    return [*known, OTHERS] if with_residual and OTHERS in laws else known


def _status(name: str, figures: list[Observation]) -> str:
    own = [f for f in figures if name in f.indicators]
    if name == OTHERS:
        own = [f for f in figures if f.indicators == (RESIDENTS,)]
    status = status_of(own)
    return STATUS_DAMPED if status == STATUS_AVERAGED else status


def _laws(
    selection: Selection,
    parts: list[str],
    figures: list[Observation],
    intake: list[Observation],
    form: str,
    last_year: int,
) -> list[PathLaw]:
    """Return the laws of all parts, each beginning with the first figure of the group."""
    laws = []
    for name in parts:
        source = RESIDENTS if name == OTHERS else name
        spec = selection.parameters.growth(name)
        own = [f for f in figures if f.indicators == (source,)]
        law = place_law(name, spec, own, False, form)
        origins = [place_law(name, spec, figures, False, form).origin, law.origin]
        begins = [p.start for f in intake for p in periods_of(f)]
        origin = min(*origins, *begins, float(last_year))
        guess = guess_of(figures, source)
        laws.append(PathLaw(name, law.spec, False, 1.0, form, origin, law.plateau, guess))
    return laws


def by_intake(draws: Draws) -> None:
    """Condition the counted share on the sharpest figure of the intake."""
    figures = levels_of(draws.open, INTAKE)
    prior = draws.layout.extra.get(COUNTED)
    if not figures or prior is None or prior.prior.lognormal is None:
        return
    figure = sharpest_first(figures)[0]
    level = draws.true_level(figure)
    share = level / _entries(draws, figure.period.year)
    sigma = prior.prior.lognormal.sigma
    score = np.log(share / prior.prior.lognormal.median) / sigma
    draws.log_weight = draws.log_weight + (
        -0.5 * score**2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)
    )
    draws.extra[COUNTED] = share
    draws.use(figure, np.log(level) + draws.error(figure))


def _intake(draws: Draws, period: Period) -> FloatArray:
    """Return the workers sent in a year, (draw,)."""
    return draws.extra[COUNTED] * _entries(draws, period.year)


def _entries(draws: Draws, year: int) -> FloatArray:
    """Return the entries from abroad of a year, (draw,), all statuses."""
    before = {n: value_at(draws, n, float(year)) for n in WORKERS}
    after = {n: value_at(draws, n, year + 1.0) for n in WORKERS}
    rates = {n: draws.extra[EXITS[n]] for n in WORKERS}
    flows = flows_of_course(before, after, rates, draws.extra[CONVERTED], draws.extra[FROM_ABROAD])
    return flows.abroad[0] + flows.abroad[1] + flows.abroad[2]


def _ends_of_intake(layout: Layout, law: PathLaw) -> set[float]:
    """Return the dates between which the workers of a law changed by the intake of figures."""
    own = [f for f in layout.figures if law.name in WORKERS and INTAKE in f.indicators]
    return {time for f in own for p in periods_of(f) for time in (p.start, p.end)}


RESIDENTS_METHOD = Method(
    steps=BY_VALUES,
    afterwards=(by_intake, *BY_SEASONS),
    measures={INTAKE: _intake},
    further_times=_ends_of_intake,
)

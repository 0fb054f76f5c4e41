"""How figures condition unknowns: levels, shares, growth rates, and parts of a year.

A *conditioning figure* determines one unknown (a law's value at a time, the season's share of a
year, the base of a stock): the unknown is drawn from what the figure says, and the draw is weighed
by the model's density at it, divided by the derivative of the figure's truth with respect to it. A
figure that has conditioned an unknown is used; each step looks only at those still open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.candidates import CANDIDATES, choose
from vnjp_sim.calibration.evaluation import OWN_ERROR, Draws, Known
from vnjp_sim.calibration.figures import (
    levels_of,
    repeats_of,
    sharpest_first,
    year_fractions,
)
from vnjp_sim.calibration.measures import (
    flow_of,
    share_of_year,
    value_at,
    year_flow,
)
from vnjp_sim.calibration.observation_model import (
    log_likelihood,
    log_mass,
    sample_truth,
    sharpness,
    two_sided,
)
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.stocks import by_dated_stocks, by_stocks
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation

FloatArray = NDArray[np.float64]
Levels = dict[str, FloatArray]

VAGUE = 0.05
"""A figure of a sum that is less sharp, see :func:`observation_model.sharpness`, conditions the
residual part only where nothing else does: the law and the other parts know it better."""
TRACE = 1e-3
"""What a difference that cannot be negative is taken for, of the level, where it is."""

# ---------------------------------------------------------------------- a law's values


def by_levels(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition a law's values on its own levels, the sharpest of each time."""
    for figure in sharpest_first(levels_of(draws.open, law.name)):
        time = law.time_of(figure.period)
        if time is not None and time not in known:
            known[time] = np.log(drawn_level(draws, figure))


def by_residual(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition the residual part of a sum on figures of the sum; the other parts are drawn.

    Vague figures weigh the draws instead, once a sharper one has conditioned the part.
    """
    if draws.layout.residual is None or draws.layout.residual[1] != law.name:
        return
    total, part = draws.layout.residual
    others = [name for name in draws.layout.sums[total] if name != part]
    for figure in sharpest_first(levels_of(draws.open, total)):
        time = law.time_of(figure.period)
        if time is None or time in known or (known and sharpness(figure) > VAGUE):
            continue
        level = draws.true_level(figure)
        rest = sum(value_at(draws, name, time) for name in others)
        known[time] = np.log(_positive(draws, level - rest, level))
        draws.use(figure, known[time] + draws.error(figure))


def by_shares(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition a law on its share of a whole that is drawn already."""
    for figure in draws.open:
        if figure.indicators != (law.name,) or figure.reported != "share":
            continue
        time, whole = law.time_of(figure.period), draws.layout.laws.get(figure.of)
        if time is None or time in known or whole is None or figure.of not in draws.paths:
            continue
        of_whole = whole.time_of(figure.period)
        if of_whole is None or of_whole not in draws.layout.times[figure.of]:
            continue
        percent = np.maximum(sample_truth(figure, draws.rng, draws.size), 1e-9)
        known[time] = np.log(percent / 100.0 * value_at(draws, figure.of, of_whole))
        draws.use(figure, np.log(percent))


def by_growth(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition one end of a growth rate whose other end is known."""
    for figure in draws.open:
        if figure.indicators != (law.name,) or figure.reported != "growth":
            continue
        assert figure.base_period is not None  # noqa: S101 - the reader saw to it
        time, base = law.time_of(figure.period), law.time_of(figure.base_period)
        if time is None or base is None or (time in known) == (base in known):
            continue
        step = np.log1p(_rate(draws, figure) / 100.0)
        if base in known:
            known[time] = known[base] + step
        else:
            known[base] = known[time] - step
        draws.use(figure, np.log(100.0) + step)


def _positive(draws: Draws, difference: FloatArray, level: FloatArray) -> FloatArray:
    """Return a difference, (draw,), as a trace of `level` where it is not positive: no weight."""
    possible = difference > 0
    draws.require(possible)
    return np.where(possible, difference, TRACE * level)


def _rate(draws: Draws, figure: Observation) -> FloatArray:
    """Draw the growth rate that a figure says, in percent, (draw,)."""
    return np.maximum(sample_truth(figure, draws.rng, draws.size), -99.9)


# ---------------------------------------------------------------------- repeated figures


def drawn_level(draws: Draws, figure: Observation) -> FloatArray:
    """Draw the level, (draw,), that a figure conditions on the log scale, and use the figure."""
    repeated = repeats_of(figure, draws.open) if draws.layout.many_repeated else []
    if repeated:
        name = figure.indicators[0]
        return chosen_levels(draws, [figure], repeated, lambda x: (x, np.log(x[name])))[name]
    level = draws.true_level(figure)
    draws.use(figure, np.log(level) + draws.error(figure))
    return level


def chosen_levels(
    draws: Draws,
    conditioning: Sequence[Observation],
    repeated: Sequence[Observation],
    implied: Callable[[Levels], tuple[Levels, FloatArray]],
) -> Levels:
    """Draw the levels of conditioning figures, chosen among candidates by repeated figures.

    Parameters
    ----------
    draws : Draws
        The evaluation; all these figures are used.
    conditioning, repeated : sequence of Observation
        The figures that the candidates are drawn from, and those that weigh them.
    implied : callable
        Gets the candidate levels by indicator, and returns the level of every repeated figure, and
        the log derivative of the conditioning figures with respect to the unknowns; a level below
        zero is impossible.
    """
    wide = draws.widened(CANDIDATES)
    levels = {f.indicators[0]: wide.true_level(f) for f in conditioning}
    truths, log_derivative = implied(levels)
    log_weight = -log_derivative
    for figure in conditioning:
        log_weight = log_weight - wide.error(figure)
    for figure in repeated:
        truth = truths[figure.indicators[0]] * np.exp(wide.document_error[figure.document])
        sd = OWN_ERROR * draws.layout.document_sd[figure.document]
        log_weight = log_weight + log_likelihood(figure, truth, sd)
    log_weight = np.where(np.isnan(log_weight), -np.inf, log_weight)
    shape = (CANDIDATES, draws.size)
    mean, chosen = choose(
        draws.rng,
        log_weight.reshape(shape),
        {name: level.reshape(shape) for name, level in levels.items()},
    )
    draws.log_weight = draws.log_weight + mean + sum(log_mass(f) for f in conditioning)
    draws.mark(*conditioning, *repeated)
    return chosen


# ---------------------------------------------------------------------- parts of a year


def by_flows_of_parts(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition the flow of a year on the flow of a part of it, where nothing else tells it."""
    for figure in draws.open:
        if figure.indicators != (law.name,) or not _part_of_year(draws, figure):
            continue
        rate = figure.reported == "growth"
        time = _open_year(draws, law, known, figure.base_period if rate else figure.period)
        if time is None:
            continue
        if not rate:
            level = draws.true_level(figure)
            known[time] = np.log(level / _share(draws, law, figure.period))
            draws.use(figure, np.log(level) + draws.error(figure))
        elif (later := figure.period.year + law.offset) in known:
            step = np.log1p(_rate(draws, figure) / 100.0)
            assert figure.base_period is not None  # noqa: S101 - the reader saw to it
            shares = [_share(draws, law, p) for p in (figure.period, figure.base_period)]
            known[time] = known[later] + np.log(shares[0] / shares[1]) - step
            draws.use(figure, np.log(100.0) + step)


def _open_year(draws: Draws, law: PathLaw, known: Known, period: Period | None) -> float | None:
    """Return the time of the year that holds a period if its flow is still to be known."""
    assert period is not None  # noqa: S101 - the reader saw to it
    time = period.year + law.offset
    return time if time in draws.layout.times[law.name] and time not in known else None


def _share(draws: Draws, law: PathLaw, period: Period) -> FloatArray | float:
    """Return the share of its year's flow, (draw,), that falls in a part of the year."""
    return share_of_year(draws, law.name, period.year, *year_fractions(period))


def by_parts_of_years(draws: Draws) -> None:
    """Condition the seasons on flows of a part of a year, then on their growth rates."""
    for figure in draws.open:
        if _part_of_year(draws, figure) and figure.reported != "growth":
            _condition_season(draws, figure)
    for figure in draws.open:
        if _part_of_year(draws, figure) and figure.reported == "growth":
            _condition_season_of_base(draws, figure)


def _part_of_year(draws: Draws, figure: Observation) -> bool:
    law = draws.layout.laws.get(figure.indicators[0])
    return (
        law is not None
        and law.flow
        and len(figure.indicators) == 1
        and figure.period.within_one_year
        and two_sided(figure)
    )


def _condition_season(draws: Draws, figure: Observation) -> None:
    name, year = figure.indicators[0], figure.period.year
    start, end = year_fractions(figure.period)
    season = draws.season(name, year)
    if start > 0.0 or end in season.known:
        return
    flow = year_flow(draws, name, year)
    season.fix(end, draws.true_level(figure) / flow)
    draws.use(figure, np.log(flow) + draws.error(figure))


def _condition_season_of_base(draws: Draws, figure: Observation) -> None:
    assert figure.base_period is not None  # noqa: S101 - the reader saw to it
    name, year = figure.indicators[0], figure.base_period.year
    start, end = year_fractions(figure.base_period)
    season = draws.season(name, year)
    known = draws.season(name, figure.period.year).known
    if start > 0.0 or end in season.known or year_fractions(figure.period)[1] not in known:
        return
    part = flow_of(draws, name, figure.period)
    base = part / (1.0 + _rate(draws, figure) / 100.0)
    share = base / year_flow(draws, name, year)
    season.fix(end, share)
    draws.use(figure, np.log(100.0) + np.log(part / base) - np.log(share))


BY_VALUES = (
    by_levels,
    by_residual,
    by_shares,
    by_growth,
    by_flows_of_parts,
    by_stocks,
)
BY_SEASONS = (by_parts_of_years, by_dated_stocks)

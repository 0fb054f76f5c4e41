"""The trade group: one law for turnover, one for the log ratio of exports to imports.

Two of turnover T, exports X and imports M in one year condition both laws in that year: the
determinant of the derivative of any two of them with respect to (log T, r), with r = log(X / M), is
X · M. A part of a year has its own ratio, r plus a seasonal deviation. Exports and imports follow
from T and r by the identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.conditioning import (
    BY_SEASONS,
    Levels,
    by_growth,
    chosen_levels,
    drawn_level,
)
from vnjp_sim.calibration.evaluation import Draws, Known, Layout, Method
from vnjp_sim.calibration.figures import (
    is_rate,
    levels_of,
    round_fraction,
    sharpest_first,
    year_fractions,
)
from vnjp_sim.calibration.groups import Group
from vnjp_sim.calibration.measures import part_flow, state_at, year_flow
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.calibration.planning import (
    NO_LEVEL,
    STATUS_REVERTING,
    Planned,
    Selection,
    forms_of,
    place_law,
    status_of,
)
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.identities import split_turnover
from vnjp_sim.sectors.trade import (
    BALANCE,
    COVER,
    EXPORTS,
    IMPORTS,
    MEASURED,
    RATIO,
    SEASON_OF_RATIO,
    TURNOVER,
)

FloatArray = NDArray[np.float64]


def plan_trade(selection: Selection) -> Planned | None:
    """Return the plan of the trade group; None without its laws or any level."""
    parameters = selection.parameters
    if not {TURNOVER, RATIO} <= set(parameters.laws):
        return None
    figures = selection.of(*MEASURED)
    if not levels_of(figures, TURNOVER, EXPORTS, IMPORTS):
        selection.missing += [TURNOVER, RATIO]
        selection.pass_by(figures, NO_LEVEL)
        return None

    def build(form: str, last_year: int) -> Group:
        spec = parameters.growth(TURNOVER)
        turnover = place_law(TURNOVER, spec, figures, True, form, selection.course)
        reverting = parameters.reverting(RATIO)
        ratio = PathLaw(RATIO, reverting, True, 0.5, origin=turnover.origin, plateau=0.0)
        return Group(
            "trade",
            [ratio, turnover],
            figures,
            selection.document_sd,
            last_year,
            extra={SEASON_OF_RATIO: parameters.single[SEASON_OF_RATIO]},
            method=TRADE_METHOD,
        )

    status = {TURNOVER: status_of(figures), RATIO: STATUS_REVERTING}
    return Planned("trade", forms_of(figures), build, len(figures), status, tuple(figures))


# ---------------------------------------------------------------------- whole years


def by_pairs(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition the ratio, and turnover ahead, on two of turnover, exports, imports of a year."""
    del law
    turnover = draws.ahead.setdefault(TURNOVER, {})
    by_year: dict[int, list[Observation]] = {}
    figures = _whole_years(draws)
    if draws.layout.many_repeated:
        # exports and imports say more of their sum than it says of either
        figures.sort(key=lambda f: (f.step, f.indicators == (TURNOVER,)))
    for figure in figures:
        pair = by_year.setdefault(figure.period.year, [])
        if len(pair) < 2 and all(f.indicators != figure.indicators for f in pair):
            pair.append(figure)
    for year, pair in sorted(by_year.items()):
        if len(pair) == 2:
            exports, imports = _of_pair(draws, pair)
            turnover[year + 0.5] = np.log(exports + imports)
            known[year + 0.5] = np.log(exports / imports)


def _of_pair(draws: Draws, pair: list[Observation]) -> tuple[FloatArray, FloatArray]:
    """Return exports and imports, each (draw,), that two figures of a year condition."""
    if draws.layout.many_repeated:
        repeated = [
            f
            for f in draws.open
            if _measures_year(f) and f.period == pair[0].period and f not in pair
        ]
        return _both_ways(chosen_levels(draws, pair, repeated, _implied_by_pair))
    exports, imports = _both_ways({f.indicators[0]: draws.true_level(f) for f in pair})
    possible = (exports > 0) & (imports > 0)
    draws.require(possible)
    exports, imports = np.where(possible, exports, 1.0), np.where(possible, imports, 1.0)
    errors = [draws.error(f) for f in pair]
    draws.use(pair[0], np.log(exports) + np.log(imports) + errors[0])
    draws.use(pair[1], errors[1])
    return exports, imports


def by_directions(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition turnover on the sharpest of turnover, exports and imports of further years."""
    del law
    for figure in _whole_years(draws):
        time = figure.period.start + 0.5
        if time not in known:
            share = _share(draws, figure.indicators[0], time)
            known[time] = np.log(drawn_level(draws, figure) / share)


def _share(draws: Draws, name: str, time: float) -> FloatArray:
    """Return what part of turnover is turnover itself, exports or imports, (draw,)."""
    if name == TURNOVER:
        return np.ones(draws.size)
    exports, imports = split_turnover(np.ones(draws.size), state_at(draws, RATIO, time))
    return exports if name == EXPORTS else imports


def _whole_years(draws: Draws) -> list[Observation]:
    levels = levels_of(draws.open, TURNOVER, EXPORTS, IMPORTS)
    return sharpest_first(f for f in levels if f.period.kind == "year")


def _measures_year(figure: Observation) -> bool:
    return (
        len(figure.indicators) == 1
        and figure.indicators[0] in MEASURED
        and figure.period.kind == "year"
        and not is_rate(figure)
    )


def count_repeated_years(layout: Layout) -> int:
    """Return how many whole-year figures are more than the two that condition a year."""
    by_year: dict[str, int] = {}
    for figure in layout.figures:
        if _measures_year(figure):
            by_year[figure.period.text] = by_year.get(figure.period.text, 0) + 1
    return sum(max(count - 2, 0) for count in by_year.values())


def _both_ways(level: Levels) -> tuple[FloatArray, FloatArray]:
    """Return exports and imports, each (draw,), from two of turnover, exports and imports."""
    if TURNOVER not in level:
        return level[EXPORTS], level[IMPORTS]
    if EXPORTS in level:
        return level[EXPORTS], level[TURNOVER] - level[EXPORTS]
    return level[TURNOVER] - level[IMPORTS], level[IMPORTS]


def _implied_by_pair(level: Levels) -> tuple[Levels, FloatArray]:
    """Return all that follows from two of them, and log |∂(pair)/∂(log T, r)| = log X + log M."""
    exports, imports = _both_ways(level)
    levels = {TURNOVER: exports + imports, EXPORTS: exports, IMPORTS: imports}
    levels |= {BALANCE: exports - imports, COVER: exports / imports}
    with np.errstate(invalid="ignore"):
        return levels, np.log(exports) + np.log(imports)


# ---------------------------------------------------------------------- parts of a year


def by_pairs_of_parts(draws: Draws) -> None:
    """Condition the season, and the ratio of a part of a year, on its exports and imports."""
    for _, period in sorted({f.period.text: f.period for f in draws.layout.figures}.items()):
        if period.within_one_year:
            _condition_part(draws, period)


def _condition_part(draws: Draws, period: Period) -> None:
    start, end = year_fractions(period)
    season = draws.season(TURNOVER, period.year)
    figures = {
        f.indicators[0]: f for f in levels_of(draws.open, EXPORTS, IMPORTS) if f.period == period
    }
    if len(figures) < 2 or start > 0.0 or end in season.known:
        return
    exports, imports = (draws.true_level(figures[name]) for name in (EXPORTS, IMPORTS))
    turnover = year_flow(draws, TURNOVER, period.year)
    ratio = np.log(exports / imports)
    deviation = ratio - _ratio(draws, period.year, 0.0, 1.0)
    spread = draws.extra[SEASON_OF_RATIO]
    draws.log_weight = draws.log_weight + (
        -0.5 * (deviation / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
    )
    season.fix(end, (exports + imports) / turnover)
    draws.parts[RATIO, period.year, end] = ratio
    errors = [draws.error(figures[name]) for name in (EXPORTS, IMPORTS)]
    # |∂(X, M)/∂(C, r)| = T · X M / (X + M)
    derivative = np.log(turnover) + np.log(exports) + np.log(imports)
    draws.use(figures[EXPORTS], derivative - np.log(exports + imports) + errors[0])
    draws.use(figures[IMPORTS], errors[1])


# ---------------------------------------------------------------------- what follows


def _ratio(draws: Draws, year: int, start: float, end: float) -> FloatArray:
    """Return the log ratio, (draw,), between two fractions of a year."""
    ratio = state_at(draws, RATIO, year + 0.5)
    if start <= 0.0 and end >= 1.0:
        return ratio
    key = (RATIO, year, round_fraction(end))
    if key not in draws.parts:
        noise = draws.rng.standard_normal(draws.size)
        draws.parts[key] = ratio + draws.extra[SEASON_OF_RATIO] * noise
    return draws.parts[key]


def _directions(draws: Draws, period: Period) -> tuple[FloatArray, FloatArray]:
    """Return exports and imports over a period, each (draw,)."""
    exports, imports = np.zeros(draws.size), np.zeros(draws.size)
    for year in range(period.year, period.last_year + 1):
        start, end = max(period.start - year, 0.0), min(period.end - year, 1.0)
        turnover = part_flow(draws, TURNOVER, year, start, end)
        out, back = split_turnover(turnover, _ratio(draws, year, start, end))
        exports, imports = exports + out, imports + back
    return exports, imports


FOLLOWING: Mapping[str, Callable[[Draws, Period], FloatArray]] = {
    EXPORTS: lambda draws, period: _directions(draws, period)[0],
    IMPORTS: lambda draws, period: _directions(draws, period)[1],
    BALANCE: lambda draws, period: np.subtract(*_directions(draws, period)),
    COVER: lambda draws, period: np.divide(*_directions(draws, period)),
}
TRADE_METHOD = Method(
    of_law={RATIO: (by_pairs,), TURNOVER: (by_directions, by_growth)},
    afterwards=(by_pairs_of_parts, *BY_SEASONS),
    measures=FOLLOWING,
    askable=frozenset(FOLLOWING),
    count_repeated=count_repeated_years,
)

"""The trade group: one law for turnover, one for the log ratio of exports to imports."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.groups import Group, State, round_fraction, year_fractions
from vnjp_sim.calibration.observation_model import sharpness, two_sided
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.identities import split_turnover

FloatArray = NDArray[np.float64]

TURNOVER, RATIO = "trade_turnover", "trade_balance_ratio"
EXPORTS, IMPORTS = "trade_exports", "trade_imports"
SEASON_OF_RATIO = "trade_balance_season"
MEASURED = (TURNOVER, EXPORTS, IMPORTS, "trade_balance", "trade_cover_ratio")


class TradeGroup(Group):
    """Turnover T and r = log(X / M); exports and imports follow by the identity.

    Two of T, X and M in one year pin both laws in that year: the determinant of the derivative of
    any two of them with respect to (log T, r) is X · M. A part of a year has its own ratio,
    r plus a seasonal deviation.
    """

    @property
    def measured(self) -> frozenset[str]:
        """The indicators that a draw of the group says something of."""
        return frozenset((*MEASURED, RATIO))

    def draw_path(self, state: State, law: PathLaw) -> None:
        """Pin what pairs of figures pin, then draw the path (the ratio comes first)."""
        if law.name == RATIO:
            self._pairs: dict[int, tuple[FloatArray, FloatArray]] = {}
            self._pin_pairs(state)
        super().draw_path(state, law)

    def anchors(self, state: State, law: PathLaw) -> dict[float, FloatArray]:
        """Return the pinned values of a law by time."""
        if law.name == RATIO:
            return {year + 0.5: ratio for year, (_, ratio) in self._pairs.items()}
        found = {year + 0.5: np.log(turnover) for year, (turnover, _) in self._pairs.items()}
        for figure in self._whole_years(state, (TURNOVER, EXPORTS, IMPORTS)):
            time = figure.period.start + 0.5
            if time in found:
                continue
            share = self._share(state, figure.indicators[0], time)
            level = self.draw_level(state, figure)
            found[time] = np.log(level / share)
        self._pin_growth(state, law, found)
        return found

    def pin_shares(self, state: State) -> None:
        """Pin the season by pairs of part-year exports and imports, then by the rest."""
        self._part_ratios: dict[tuple[int, float], FloatArray] = {}
        for period in sorted({f.period.text: f.period for f in self.figures}.items()):
            self._pin_part_pair(state, period[1])
        super().pin_shares(state)

    def measure(self, state: State, name: str, period: Period) -> FloatArray:
        """Return turnover or what follows from it over a period, (draw,)."""
        if name == TURNOVER:
            return super().measure(state, name, period)
        exports, imports = np.zeros(state.size), np.zeros(state.size)
        for year in range(period.year, period.last_year + 1):
            start, end = max(period.start - year, 0.0), min(period.end - year, 1.0)
            turnover = self.part_flow(state, TURNOVER, year, start, end)
            out, back = split_turnover(turnover, self._ratio(state, year, start, end))
            exports, imports = exports + out, imports + back
        parts = {
            EXPORTS: exports,
            IMPORTS: imports,
            "trade_balance": exports - imports,
            "trade_cover_ratio": exports / imports,
        }
        return parts[name]

    def _whole_years(self, state: State, names: tuple[str, ...]) -> list[Observation]:
        figures = [
            f
            for f in self._open(state)
            if len(f.indicators) == 1
            and f.indicators[0] in names
            and f.period.kind == "year"
            and two_sided(f)
            and f.reported not in ("growth", "share")
        ]
        return sorted(figures, key=lambda f: (sharpness(f), f.key))

    def count_twins(self) -> int:
        """Return how many whole-year figures are more than the two that pin a year."""
        by_year: dict[str, int] = {}
        for figure in self.figures:
            if self._measures_year(figure):
                by_year[figure.period.text] = by_year.get(figure.period.text, 0) + 1
        return sum(max(count - 2, 0) for count in by_year.values())

    def _measures_year(self, figure: Observation) -> bool:
        return (
            len(figure.indicators) == 1
            and figure.indicators[0] in MEASURED
            and figure.period.kind == "year"
            and figure.reported not in ("growth", "share")
        )

    def _pin_pairs(self, state: State) -> None:
        by_year: dict[int, list[Observation]] = {}
        figures = self._whole_years(state, (TURNOVER, EXPORTS, IMPORTS))
        if self.many_twins:  # exports and imports tell their sum better than it tells either
            figures.sort(key=lambda f: (f.step, f.indicators == (TURNOVER,)))
        for figure in figures:
            pair = by_year.setdefault(figure.period.year, [])
            if len(pair) < 2 and all(f.indicators != figure.indicators for f in pair):
                pair.append(figure)
        for year, pair in sorted(by_year.items()):
            if len(pair) == 2:
                self._pairs[year] = self._pin_pair(state, pair)

    def _pin_pair(self, state: State, pair: list[Observation]) -> tuple[FloatArray, FloatArray]:
        if self.many_twins:
            twins = [
                f
                for f in self._open(state)
                if self._measures_year(f) and f.period == pair[0].period and f not in pair
            ]
            level = self.choose_levels(state, pair, twins, _told_by_pair)
            exports, imports = _both_ways(level)
            return exports + imports, np.log(exports / imports)
        exports, imports = _both_ways({f.indicators[0]: self.true_level(state, f) for f in pair})
        possible = (exports > 0) & (imports > 0)
        state.log_weight = np.where(possible, state.log_weight, -np.inf)
        exports, imports = np.where(possible, exports, 1.0), np.where(possible, imports, 1.0)
        errors = [self.error(state, f) for f in pair]
        self.use(state, pair[0], np.log(exports) + np.log(imports) + errors[0])
        self.use(state, pair[1], errors[1])
        return exports + imports, np.log(exports / imports)

    def _share(self, state: State, name: str, time: float) -> FloatArray:
        if name == TURNOVER:
            return np.ones(state.size)
        ratio: FloatArray = state.paths[RATIO].value[self.times[RATIO].index(time)]
        exports, imports = split_turnover(np.ones(state.size), ratio)
        part: FloatArray = exports if name == EXPORTS else imports
        return part

    def _ratio(self, state: State, year: int, start: float, end: float) -> FloatArray:
        ratio: FloatArray = state.paths[RATIO].value[self.times[RATIO].index(year + 0.5)]
        if start <= 0.0 and end >= 1.0:
            return ratio
        key = (year, round_fraction(end))
        if key not in self._part_ratios:
            noise = state.rng.standard_normal(state.size)
            self._part_ratios[key] = ratio + state.extra[SEASON_OF_RATIO] * noise
        return self._part_ratios[key]

    def _pin_part_pair(self, state: State, period: Period) -> None:
        if not period.within_one_year:
            return
        start, end = year_fractions(period)
        season = self.season(state, TURNOVER, period.year)
        figures = {
            f.indicators[0]: f
            for f in self._open(state)
            if f.period == period
            and f.indicators in ((EXPORTS,), (IMPORTS,))
            and two_sided(f)
            and f.reported not in ("growth", "share")
        }
        if len(figures) < 2 or start > 0.0 or end in season.known:
            return
        exports = self.true_level(state, figures[EXPORTS])
        imports = self.true_level(state, figures[IMPORTS])
        turnover = self.year_flow(state, TURNOVER, period.year)
        share = (exports + imports) / turnover
        ratio = np.log(exports / imports)
        deviation = ratio - self._ratio(state, period.year, 0.0, 1.0)
        spread = state.extra[SEASON_OF_RATIO]
        state.log_weight = state.log_weight + (
            -0.5 * (deviation / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
        )
        season.pin(end, share)
        self._part_ratios[(period.year, end)] = ratio
        errors = [self.error(state, figures[name]) for name in (EXPORTS, IMPORTS)]
        # |∂(X, M)/∂(C, r)| = T · X M / (X + M)
        derivative = np.log(turnover) + np.log(exports) + np.log(imports)
        self.use(state, figures[EXPORTS], derivative - np.log(exports + imports) + errors[0])
        self.use(state, figures[IMPORTS], errors[1])


def _both_ways(level: dict[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
    """Return exports and imports, each (draw,), from two of turnover, exports and imports."""
    if TURNOVER not in level:
        return level[EXPORTS], level[IMPORTS]
    if EXPORTS in level:
        return level[EXPORTS], level[TURNOVER] - level[EXPORTS]
    return level[TURNOVER] - level[IMPORTS], level[IMPORTS]


def _told_by_pair(level: dict[str, FloatArray]) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return all that two of them tell, and log |∂(pair)/∂(log T, r)| = log X + log M."""
    exports, imports = _both_ways(level)
    turnover = exports + imports
    told = (turnover, exports, imports, exports - imports, exports / imports)
    with np.errstate(invalid="ignore"):
        return dict(zip(MEASURED, told, strict=True)), np.log(exports) + np.log(imports)

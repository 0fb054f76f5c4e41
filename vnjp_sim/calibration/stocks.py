"""How figures of a stock condition its base, the flows into it, and its revisions.

The first level is the base. Each later one says what came in between: if the flow of one year is
unknown so far, that flow; if none is, the revisions (see :mod:`revisions`). Where a few flows are
unknown, all but the last are guessed around an even share, and the guess is weighed out again;
where many are, the levels wait until the path of the flow is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.evaluation import Accumulation, Draws, Known
from vnjp_sim.calibration.figures import levels_of, rounded_time, stock_time
from vnjp_sim.calibration.measures import kept_share, parts_of_years, share_of_year
from vnjp_sim.calibration.paths import PathLaw
from vnjp_sim.inputs.observations import Observation

FloatArray = NDArray[np.float64]
Part = tuple[int, float, float]
"""A year, and the fractions of it from which to which."""

MOST_UNKNOWN = 4
"""In so many years between two levels at most, unknown flows are guessed but for the last one."""
SPREAD_OF_GUESS, SPREAD_OF_PART, LEAST_GAIN = 0.5, 0.15, 0.01
"""Log spread of a guessed flow, about that of flows, or of years beside a part of them; and the
least even share, of the stock."""
TRACE = 1e-3
"""What a flow that cannot be negative is taken for, of the stock, where it is."""


def by_stocks(draws: Draws, law: PathLaw, known: Known) -> None:
    """Condition the flows of a law, and revisions, on the levels of its stock."""
    for stock in draws.layout.accumulations:
        if stock.flow == law.name and stock.exit_rate:
            _Account(draws, stock, known).condition()


def by_dated_stocks(draws: Draws) -> None:
    """Condition the base of each stock, and its revisions once the path of the flow is drawn."""
    for stock in draws.layout.accumulations:
        path = draws.paths[stock.flow].value
        known = dict(zip(draws.layout.times[stock.flow], path, strict=True))
        account = _Account(draws, stock, known)
        if stock.exit_rate:
            account.condition()


@dataclass
class _Account:
    """A stock as its levels tell it, one after another.

    `known` are the log flows of years that are known so far, by their time.
    """

    draws: Draws
    stock: Accumulation
    known: Known

    def __post_init__(self) -> None:
        self.offset = self.draws.layout.laws[self.stock.flow].offset
        base = self.draws.layout.base_of(self.stock.stock)
        if self.stock.stock not in self.draws.bases:
            self.draws.bases[self.stock.stock] = self.draws.true_level(base)
            self.draws.use(base, self.draws.error(base))
        self.level = self.draws.bases[self.stock.stock]
        self.time = stock_time(base.period)

    def condition(self) -> None:
        """Go through the levels that have conditioned nothing so far."""
        begun = self.draws.layout.base_of(self.stock.stock).period.end
        levels = levels_of(self.draws.open, self.stock.stock)
        for figure in sorted(levels, key=lambda f: (f.period.end, f.key)):
            if figure.period.end <= begun:
                continue
            parts = parts_of_years(self.time, stock_time(figure.period))
            unknown = [number for number, part in enumerate(parts) if not self._is_known(part)]
            if len(unknown) > MOST_UNKNOWN:
                break
            unknown.sort(key=lambda number: self._told(parts[number][0]) is None)
            for number in unknown[:-1]:
                self._guess_flow(figure, parts, number)
            if unknown:
                self._find_flow(figure, parts, unknown[-1])
            elif parts:
                self._find_revision(figure, parts)
            for year, begin, end in parts:
                if end == 1.0:
                    self.level = self._after(self.level, (year, begin, end))
                    self.time = year + 1.0

    def _guess_flow(self, figure: Observation, parts: list[Part], number: int) -> None:
        """Draw an unknown flow around what a part of its year tells, and weigh the draw.

        Where nothing is told, around an even share of what known flows leave of the gain.
        """
        year = parts[number][0]
        guess, spread = self._told(year), SPREAD_OF_PART
        if guess is None:
            base = float(np.median(self.level))
            flows = [float(np.median(self._flow(p))) for p in parts if self._is_known(p)]
            even = (figure.value - base - sum(flows)) / (len(parts) - len(flows))
            guess, spread = max(even, LEAST_GAIN * base), SPREAD_OF_GUESS
        score = self.draws.rng.standard_normal(self.draws.size)
        self.known[year + self.offset] = np.log(guess) + spread * score
        density = -0.5 * score**2 - np.log(spread * np.sqrt(2.0 * np.pi))
        self.draws.log_weight = self.draws.log_weight - density

    def _told(self, year: int) -> float | None:
        """Return the flow of a year at the pace of a documented part of it, if there is one."""
        for figure in levels_of(self.draws.layout.figures, self.stock.flow):
            if figure.period.within_one_year and figure.period.year == year:
                return figure.value / (figure.period.end - figure.period.start)
        return None

    def _find_flow(self, figure: Observation, parts: list[Part], number: int) -> None:
        """Condition the flow of the one year of `parts` that is unknown."""
        before, after = self.level, self.draws.true_level(figure)
        level, left = after, np.ones(self.draws.size)
        for part in parts[:number]:
            before = self._after(before, part)
        for part in reversed(parts[number + 1 :]):
            kept = self._kept(part)
            after, left = (after - self._flow(part)) / kept, left * kept
        gained = after - before * self._kept(parts[number])
        self.draws.require(gained > 0.0)
        gained = np.where(gained > 0.0, gained, TRACE * level)
        flow = np.log(gained / self._share(parts[number]))
        self.known[parts[number][0] + self.offset] = flow
        self.draws.use(figure, np.log(gained * left) + self.draws.error(figure))

    def _find_revision(self, figure: Observation, parts: list[Part]) -> None:
        """Condition the revisions of the last of `parts`, unless an earlier level has."""
        revision = self.draws.revision(self.stock.stock)
        year, begin, end = parts[-1]
        time = rounded_time(year + end)
        if time in revision.known:
            return
        before = self.level
        for part in parts[:-1]:
            before = self._after(before, part)
        extra = self.draws.extra
        rate, spread = extra[self.stock.exit_rate], extra[self.stock.revision_spread]
        kept = (self.draws.true_level(figure) - self._flow(parts[-1])) / before
        begun = revision.at(rounded_time(year + begin), self.draws.rng)
        revision.fix(time, begun + (kept - 1.0 + rate * (end - begin)) / spread)
        self.draws.use(figure, np.log(spread * before) + self.draws.error(figure))

    def _is_known(self, part: Part) -> bool:
        return part[0] + self.offset in self.known

    def _after(self, level: FloatArray, part: Part) -> FloatArray:
        """Return the stock, (draw,), after a part of a year at whose start it was `level`."""
        return level * self._kept(part) + self._flow(part)

    def _kept(self, part: Part) -> FloatArray | float:
        year, begin, end = part
        return kept_share(self.draws, self.stock, year + begin, year + end)

    def _flow(self, part: Part) -> FloatArray:
        flow: FloatArray = np.exp(self.known[part[0] + self.offset]) * self._share(part)
        return flow

    def _share(self, part: Part) -> FloatArray | float:
        return share_of_year(self.draws, self.stock.flow, *part)

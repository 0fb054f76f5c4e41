"""What figures say of the truth, as linear inequalities in amounts that add up.

The identities of the laws are linear: turnover is exports plus imports, residents are the sum of
their parts, a stock is what it was plus what came since, a year is the sum of its months. Every
figure then bounds a sum of *amounts* (an indicator's flow between two dates, its level on one),
each from its rounding, its hedge and the error of its document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vnjp_sim.calibration.observation_model import ANNOUNCED_SD, PIECES, rule
from vnjp_sim.foundation.vocabulary import Period
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.parameters import AccrualLaw, Parameters, SharesLaw
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.sectors.declarations import laws, outputs
from vnjp_sim.sectors.oda import CUMULATIVE
from vnjp_sim.sectors.trade import BALANCE, COVER, EXPORTS, IMPORTS

Terms = dict[int, float]
"""A sum of amounts: how often each is in it."""

FARTHEST = 6.0 / 2**0.5
"""Standard deviations of its document's error by which a figure may be off: two figures of one
quantity exclude each other from six of their common standard deviations on."""


@dataclass(frozen=True)
class Inequality:
    """The sum of `terms` is at most `bound`; `figure` says so, or an identity if None."""

    terms: Mapping[int, float]
    bound: float
    figure: Observation | None


@dataclass
class Inequalities:
    """Amounts, and the inequalities between them.

    Parameters
    ----------
    figures : Sequence[Observation]
        All that take part: their dates cut time into the spans over which flows are amounts.
    registry, parameters
        Of the model.
    document_sd : Mapping[str, float]
        Log standard deviation of each document's error.
    """

    figures: Sequence[Observation]
    registry: Registry
    parameters: Parameters
    document_sd: Mapping[str, float]
    rows: list[Inequality] = field(default_factory=list)
    amounts: dict[tuple[str, str], int] = field(default_factory=dict)
    free: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        periods = [p for f in self.figures for p in (f.period, f.base_period) if p is not None]
        self.dates = sorted({_months(t) for p in periods for t in (p.start, p.end)})
        self.parts = _parts(self.parameters)
        self.begins = {output.name: float(output.begins) for output in outputs().values()}
        self.inflows = _inflows(self.parameters)
        for figure in self.figures:
            self._add(figure)

    # ------------------------------------------------------------------ what a figure says

    def _add(self, figure: Observation) -> None:
        low, high = self._bounds(figure)
        if figure.indicators == (COVER,):
            exports, imports = (self.terms(name, figure.period) for name in (EXPORTS, IMPORTS))
            self._ratio(figure, exports, imports, low, high)
        elif figure.reported == "share":
            part, whole = self._total(figure, figure.period), self.terms(figure.of, figure.period)
            self._ratio(figure, part, whole, low / 100.0, high / 100.0)
        elif figure.reported == "growth":
            assert figure.base_period is not None  # noqa: S101 - the reader saw to it
            now, base = (self._total(figure, p) for p in (figure.period, figure.base_period))
            if all(self.registry.indicators[n].sign != "any" for n in figure.indicators):
                self._ratio(figure, now, base, 1.0 + low / 100.0, 1.0 + high / 100.0)
        else:
            total = self._total(figure, figure.period)
            if high < float("inf"):
                self.rows.append(Inequality(total, high, figure))
            if low > float("-inf"):
                self.rows.append(Inequality(_times(total, -1.0), -low, figure))

    def _bounds(self, figure: Observation) -> tuple[float, float]:
        """Return the least and the largest truth that a figure allows, in its unit."""
        pieces = PIECES.get(rule(figure), (-0.5, 0.5))
        low = figure.value + figure.step * pieces[0]
        high = figure.value + figure.step * pieces[-1]
        if figure.wording == "at_least":
            low, high = figure.value, float("inf")
        elif figure.wording == "at_most":
            low, high = float("-inf"), figure.value
        if figure.reported in ("growth", "share"):
            return low, high
        sd = self.document_sd[figure.document] + ANNOUNCED_SD * figure.announced
        room = FARTHEST * sd * abs(figure.value)
        return low - room, high + room

    def _ratio(
        self, figure: Observation, part: Terms, whole: Terms, low: float, high: float
    ) -> None:
        """Say that `part` is between `low` and `high` times `whole`."""
        if high < float("inf"):
            self.rows.append(Inequality(_sum(part, _times(whole, -high)), 0.0, figure))
        if low > float("-inf"):
            self.rows.append(Inequality(_sum(_times(whole, low), _times(part, -1.0)), 0.0, figure))

    def _total(self, figure: Observation, period: Period) -> Terms:
        return _sum(*(self.terms(name, period) for name in figure.indicators))

    # ------------------------------------------------------------------ what an indicator is

    def terms(self, name: str, period: Period) -> Terms:
        """Return the amounts that an indicator is the sum of, over a period or at its end."""
        if name == BALANCE:
            imports = self.terms(IMPORTS, period)
            return _sum(self.terms(EXPORTS, period), _times(imports, -1.0))
        if name in self.parts:
            begun = (part for part in self.parts[name] if self.begins.get(part, 0) < period.end)
            return _sum(*(self.terms(part, period) for part in begun))
        if name in self.inflows:
            return self._stock(name, period)
        indicator = self.registry.indicators.get(name)
        free = indicator is not None and indicator.sign == "any"
        free = free and name not in self.parameters.laws  # a law knows positive amounts alone
        if indicator is not None and indicator.kind != "flow":
            return {self._amount(name, period.text, free=free): 1.0}
        return self._flow(name, period.start, period.end, free=free)

    def _flow(self, name: str, start: float, end: float, *, free: bool = False) -> Terms:
        """Return a flow between two dates as the sum over the spans between all dates."""
        first, last = (self.dates.index(_months(time)) for time in (start, end))
        return {
            self._amount(name, f"{self.dates[i]}-{self.dates[i + 1]}", free=free): 1.0
            for i in range(first, last)
        }

    def _stock(self, name: str, period: Period) -> Terms:
        """Return a stock that only grows: what it was at first, and what came in since."""
        flow, first = self.inflows[name], self.dates[0] / 12.0
        if period.kind != "months":
            return {self._amount(name, "first"): 1.0} | self._flow(flow, first, period.end)
        # on some date in the span: a part of what comes in between
        within = self._flow(flow, period.start, period.end)
        part = self._amount(name, f"within {period.text}")
        self.rows.append(Inequality(_sum({part: 1.0}, _times(within, -1.0)), 0.0, None))
        before = {self._amount(name, "first"): 1.0} | self._flow(flow, first, period.start)
        return before | {part: 1.0}

    def _amount(self, name: str, when: str, *, free: bool = False) -> int:
        number = self.amounts.setdefault((name, when), len(self.amounts))
        if free:
            self.free.add(number)
        return number


def _parts(parameters: Parameters) -> dict[str, tuple[str, ...]]:
    """Return the indicators, and other amounts, that an indicator is the sum of."""
    parts = {output.name: output.parents for output in outputs().values() if output.is_sum}
    for law in parameters.laws.values():
        if isinstance(law, SharesLaw):
            parts[law.whole] = (*law.groups, law.rest)
    return parts


def _inflows(parameters: Parameters) -> dict[str, str]:
    """Return the stocks that only grow, each with the flow into it."""
    inflows = {law.stock: law.name for law in laws().values() if law.stock and not law.exit_rate}
    inflows[CUMULATIVE] = "loans in dollars"
    accruals = [name for name, law in parameters.laws.items() if isinstance(law, AccrualLaw)]
    return inflows | {name: f"new {name}" for name in accruals}


def _months(time: float) -> int:
    return round(12.0 * time)


def _times(terms: Mapping[int, float], factor: float) -> Terms:
    return {amount: factor * count for amount, count in terms.items()}


def _sum(*sums: Mapping[int, float]) -> Terms:
    total: Terms = {}
    for terms in sums:
        for amount, count in terms.items():
            total[amount] = total.get(amount, 0.0) + count
    return total


def together(rows: Iterable[Inequality]) -> list[list[Inequality]]:
    """Return the inequalities in sets that have no amount in common."""
    sets: dict[int, tuple[set[int], list[Inequality]]] = {}
    for row in rows:
        amounts, joined = set(row.terms), [row]
        for other in {id(sets[a]): sets[a] for a in row.terms if a in sets}.values():
            amounts |= other[0]
            joined += other[1]
        whole = amounts, joined
        sets |= dict.fromkeys(amounts, whole)
    return list({id(joined): joined for _, joined in sets.values()}.values())

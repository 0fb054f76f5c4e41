"""Figures that stand beside others of their quantity as if in another unit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vnjp_sim.inputs.number_text import exact, grouped
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.registry import Registry

SAME_PERIOD = 5.0
OTHER_PERIOD = 100.0
"""Times by which figures of one period, or of different ones, may differ without a word."""
GROWTH, DECLINE = 0.15, 0.03
"""Log points a year by which a quantity may besides grow or fall from one period to the other."""
OTHER_PERIOD_OF_RATE = 10.0
"""The same for rates, which neither grow nor fall for long."""
SET_ASIDE = ("implausible", "disputed")


@dataclass(frozen=True)
class ScaleWarning:
    """A figure that is far from one of the same quantity.

    Attributes
    ----------
    figure : Observation
        The new figure.
    beside : Observation
        The figure that it replaces or stands next to.
    factor : float
        How many times as large it is, per year for flows of periods of unequal length.
    """

    figure: Observation
    beside: Observation
    factor: float

    @property
    def text(self) -> str:
        """The warning in words."""
        figure, beside = self.figure, self.beside
        return (
            f"{figure.file}:{figure.row}: {'+'.join(figure.indicators)} {figure.period.text} is "
            f"{figure.printed} {figure.unit}, where {beside.file}:{beside.row} has "
            f"{beside.printed} {beside.unit} for {beside.period.text}: {self.size}; check the unit"
        )

    @property
    def size(self) -> str:
        """The factor in words: 1,000 times as large."""
        size = "as large" if self.factor > 1.0 else "smaller"
        return f"{_rounded(max(self.factor, 1.0 / self.factor))} times {size}"


def scale_warnings(
    new: Sequence[Observation], others: Iterable[Observation], registry: Registry
) -> tuple[ScaleWarning, ...]:
    """Return the new figures that are out of scale, each with the figure that tells it best.

    That is the nearest in time among `others` of the same indicators, and the one before among the
    new ones.
    """
    return tuple(_warnings(new, [o for o in others if _compared(o)], registry))


def _warnings(
    new: Sequence[Observation], others: Sequence[Observation], registry: Registry
) -> Iterator[ScaleWarning]:
    known = _by_indicators(others)
    for indicators, figures in _by_indicators(f for f in new if _compared(f)).items():
        kinds = {registry.indicators[name].kind for name in indicators}
        before: Observation | None = None
        for figure in sorted(figures, key=lambda f: (f.period.start, f.row)):
            beside = min(
                known.get(indicators, []),
                key=lambda o: (abs(_middle(o) - _middle(figure)), o.use != "calibrate", o.key),
                default=None,
            )
            warnings = [_compare(figure, o, kinds) for o in (beside, before) if o is not None]
            warning = next((w for w in warnings if w is not None), None)
            if warning is not None:
                yield warning
            else:
                before = figure


def _compare(
    figure: Observation, beside: Observation, kinds: Collection[str]
) -> ScaleWarning | None:
    """Return a warning if the two are farther apart than rounding, growth and a margin explain."""
    years = _middle(figure) - _middle(beside)
    factors = [figure.value / beside.value]
    if kinds == {
        "flow"
    }:  # some flows are counted by the occasion: either way of comparing may clear it
        spans = (f.period.end - f.period.start for f in (beside, figure))
        factors.append(factors[0] * next(spans) / next(spans))
    factor = min(factors, key=lambda x: abs(math.log(abs(x))))
    if factor < 0.0:
        return None
    later = math.log(factor) * (1.0 if years >= 0.0 else -1.0)
    allowed = SAME_PERIOD if figure.period == beside.period else OTHER_PERIOD
    room = math.log(allowed) + abs(years) * (GROWTH if later > 0.0 else DECLINE)
    if "rate" in kinds:
        room = math.log(min(allowed, OTHER_PERIOD_OF_RATE))
    room += math.log1p(figure.step / abs(figure.value)) + math.log1p(
        beside.step / abs(beside.value)
    )
    return ScaleWarning(figure, beside, factor) if abs(later) > room else None


def _compared(figure: Observation) -> bool:
    return (
        figure.value != 0.0
        and figure.use not in SET_ASIDE
        and figure.wording not in ("growth", "share", "at_least", "at_most", "pledge")
    )


def _by_indicators(figures: Iterable[Observation]) -> dict[tuple[str, ...], list[Observation]]:
    by_indicator: dict[tuple[str, ...], list[Observation]] = {}
    for figure in figures:
        by_indicator.setdefault(figure.indicators, []).append(figure)
    return by_indicator


def _middle(figure: Observation) -> float:
    return 0.5 * (figure.period.start + figure.period.end)


def _rounded(factor: float) -> str:
    """Return a factor with two digits, such as 1,000 or 5.3."""
    size = math.floor(math.log10(factor))
    return grouped(exact(round(factor, 1 - size)))

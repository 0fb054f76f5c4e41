"""Which figures the calibration uses, and why it does not use the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vnjp_sim.calibration.plan import Plan
from vnjp_sim.calibration.planning import ANOTHER_TELLS
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.sectors.declarations import level_figures, outputs
from vnjp_sim.simulation.model_data import Model


@dataclass(frozen=True)
class FigureUse:
    """What becomes of one figure.

    Attributes
    ----------
    figure : Observation
        The figure.
    by : tuple[str, ...]
        The groups of the calibration, and the documented levels, that take it.
    why : str
        Why none does; empty if one does, or if the figure's own `use` sets it aside.
    """

    figure: Observation
    by: tuple[str, ...]
    why: str

    @property
    def used(self) -> bool:
        """Whether the calibration uses it."""
        return bool(self.by)

    @property
    def unused(self) -> bool:
        """Whether it is marked to calibrate and no law uses it."""
        return not self.by and self.figure.use == "calibrate"

    @property
    def text(self) -> str:
        """What becomes of it, in words."""
        if self.by:
            return "used by " + ", ".join(self.by)
        return f"not used, since {self.why}" if self.unused else "set aside"


def figure_uses(
    model: Model, figures: Iterable[Observation] | None = None
) -> tuple[FigureUse, ...]:
    """Return what becomes of figures, by default of all that are marked to calibrate.

    The statement of the calibration's plan is the only source; see :class:`Plan`.
    """
    plan = model.plan
    chosen = model.evidence.calibrating() if figures is None else figures
    return tuple(
        FigureUse(figure, by, "" if by or figure.use != "calibrate" else _why(figure, plan))
        for figure in chosen
        for by in [plan.takes(figure)]
    )


def by_period(use: FigureUse) -> tuple[float, bool, tuple[str, ...]]:
    """Return what orders figures in a list: the period, then those marked to calibrate."""
    return use.figure.period.start, use.figure.use != "calibrate", use.figure.key


def unused_by_reason(uses: Iterable[FigureUse]) -> Mapping[str, tuple[Observation, ...]]:
    """Return the figures that are marked to calibrate and not used, by the reason."""
    by_reason: dict[str, tuple[Observation, ...]] = {}
    for use in uses:
        if use.unused:
            by_reason[use.why] = (*by_reason.get(use.why, ()), use.figure)
    return by_reason


def use_lines(uses: Sequence[FigureUse]) -> list[str]:
    """Return in words how many figures the calibration uses, and which ones it does not."""
    count = sum(use.used for use in uses)
    marked = sum(use.used or use.unused for use in uses)
    lines = [f"used by the calibration: {count} of {counted(marked)} marked to calibrate"]
    for why, figures in unused_by_reason(uses).items():
        names = ", ".join(dict.fromkeys("+".join(f.indicators) for f in figures))
        lines.append(f"not used, since {why}: {counted(len(figures))} of {names}")
    return lines


def counted(number: int) -> str:
    """Return a number of figures in words."""
    return count_text(number, "figure")


def _why(figure: Observation, plan: Plan) -> str:
    """Return why neither a group nor a documented level takes a figure that calibrates."""
    if figure.key in plan.passed:
        return plan.passed[figure.key]
    projected, levels = outputs(), level_figures()
    names = figure.indicators
    if len(names) > 1 and set(names) <= set(projected):
        return "no law relates these indicators to their sum"
    strange = [name for name in names if name not in projected and name not in levels]
    if strange:
        return "the indicator is not projected"
    if set(names) <= levels:
        return ANOTHER_TELLS if _is_level(figure) else "its level is taken from an annual figure"
    text = projected[names[0]].text
    return f"the indicator follows from others ({text})" if text else "no law uses the indicator"


def _is_level(figure: Observation) -> bool:
    return figure.wording not in ("growth", "share", "at_least", "at_most")

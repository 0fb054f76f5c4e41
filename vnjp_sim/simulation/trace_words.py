"""What is said of an indicator beside its figures: what it is, and how it is projected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vnjp_sim.sectors.provenance import made_of, trace_lines

if TYPE_CHECKING:
    from vnjp_sim.simulation.model_data import Model


@dataclass(frozen=True)
class TraceWords:
    """What is said of an indicator.

    Attributes
    ----------
    title : str
        Its id, label and unit.
    about : tuple[str, ...]
        What it means, its official counterpart, and that no document holds a figure, if none does.
    after : tuple[str, ...]
        What it follows from: official series, laws, priors and links; or why it is not projected.
    """

    title: str
    about: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def before(self) -> tuple[str, ...]:
        """What stands above the figures."""
        return (self.title, *self.about)


def words_behind(
    model: Model, indicator: str, period: str | None = None, *, figures: bool
) -> TraceWords:
    """Return what is said of an indicator; `figures` says whether any touches the period."""
    known = model.registry.indicators[indicator]
    about = [known.meaning, f"Official counterpart: {known.counterpart}"]
    if not figures:
        touching = f" whose period overlaps {period}" if period else ""
        about.append(f"No document holds a figure{touching}.")
    after = [*_figures_of_others(model, indicator, period)]
    after += model.evidence.official.citations(_in_course_behind(indicator))
    if known.context:
        after.append("Context: no lever, event or link moves it.")
    said = (model.parameters, model.links, model.instruments, known.not_projected)
    after += trace_lines(indicator, *said)
    return TraceWords(f"{indicator} — {known.label}, {known.unit}", tuple(about), tuple(after))


def _figures_of_others(model: Model, indicator: str, period: str | None) -> Iterator[str]:
    """Yield which other indicators have figures that reach one, with how many they are."""
    levels, ancestors = made_of(indicator)
    for what, names in (
        ("Its level is also taken from the figures of", levels),
        ("Figures of what it follows from, which `vnjp_sim trace NAME` shows", ancestors),
    ):
        counts = {name: len(model.evidence.figures_of(name, period)) for name in names}
        told = ", ".join(f"{name} ({count})" for name, count in counts.items() if count)
        if told:
            yield f"{what}: {told}."


def _in_course_behind(indicator: str) -> list[str]:
    """Return an indicator that is projected, and all that it follows from in the same year."""
    from vnjp_sim.sectors.declarations import behind, outputs

    return [output.name for output in behind(indicator)] if indicator in outputs() else []

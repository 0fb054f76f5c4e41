"""When what waits in a scenario begins, in how many futures, and what waiting saves.

Both follow from the projections alone: a draw's own values say when it has seen what is waited for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.inputs.conditions import When
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.inputs.number_text import grouped, measure_of, short
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario_differences import event_of, lever_of
from vnjp_sim.inputs.scenario_event import ScenarioEvent
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.sectors.declarations import stated_by
from vnjp_sim.simulation.triggers import trigger_of

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Of = Callable[[str], FloatArray | None]
"""Gives an indicator of a scenario, (year, draw); None where it was not projected."""

NEVER = 0
"""The year of the beginning in a draw where nothing begins."""


@dataclass(frozen=True)
class Beginning:
    """When one lever or event that waits begins.

    Attributes
    ----------
    scenario, kind, name : str
        Of what waits: a lever by its id, an event by its type.
    when : When
        What it waits for.
    years : tuple[int, ...]
        The years in which it may begin.
    first : IntArray
        (draw,) the year in which it does, :data:`NEVER` where it does not.
    in_use : IntArray
        (draw,) in how many years it acts, up to the last; of an event, 1 where it happens.
    fixed_use : int
        The same of the scenario in which nothing waits.
    """

    scenario: str
    kind: str
    name: str
    when: When
    years: tuple[int, ...]
    first: IntArray
    in_use: IntArray
    fixed_use: int

    def share(self, year: int) -> float:
        """Return the share of the futures in which it has begun by the end of a year."""
        return float(np.mean((self.first != NEVER) & (self.first <= year)))

    @property
    def middle(self) -> int | None:
        """The median year of the beginning, of the futures that have one; None if none does."""
        begun = self.first[self.first != NEVER]
        return None if begun.size == 0 else int(np.quantile(begun, 0.5, method="lower"))


def waited_words(when: When, registry: Registry) -> str:
    """Return what is waited for, such as "Trade turnover in goods is above 55 USD bn"."""
    entry = registry.indicators.get(when.indicator)
    if entry is None:
        return when.words
    limit = when.threshold(registry)
    if isinstance(limit, str):
        told = f"{grouped(short(when.number))} {when.unit}"
    else:
        told = measure_of(entry, registry.units, [limit]).with_unit(limit)
    return f"{entry.label} is {when.side} {told}"


def beginnings_of(
    scenario: str, content: Mapping[str, Any], years: Sequence[int], of: Of, registry: Registry
) -> tuple[Beginning, ...]:
    """Return when what waits in a scenario begins.

    Parameters
    ----------
    content : Mapping[str, Any]
        What the scenario does, as in the manifest of its run.
    years : Sequence[int]
        Of the projections.
    of : Of
        Gives an indicator of the scenario.

    What waits for an indicator that was not projected, or for a year before the projections, is
    left out.
    """
    last = min(int(content["horizon"][1]), years[-1])
    found = []
    for kind, name, one in _waiting(content):
        when, year = one.condition, one.first_year if isinstance(one, LeverPath) else one.on.year
        assert when is not None  # noqa: S101 - it waits
        fired = _fired(when, years, of, registry, last)
        if fired is None or year > last:
            continue
        assert when.first is not None  # noqa: S101 - settled
        first = np.where(fired == NEVER, NEVER, fired + year - when.first)
        first[first > last] = NEVER
        use = np.array([0, *(_use(one, begun, last) for begun in range(year, last + 1))])
        in_use = use[np.where(first == NEVER, 0, first - year + 1)]
        found.append(
            Beginning(
                scenario, kind, name, when, tuple(range(year, last + 1)), first, in_use, int(use[1])
            )
        )
    return tuple(found)


def _waiting(content: Mapping[str, Any]) -> Iterator[tuple[str, str, LeverPath | ScenarioEvent]]:
    for name, dumped in content["levers"].items():
        path = lever_of(dumped)
        if path.when:
            yield "lever", name, path
    for event in map(event_of, content["events"]):
        if event.when:
            yield "event", event.type, event


def _fired(
    when: When, years: Sequence[int], of: Of, registry: Registry, last: int
) -> IntArray | None:
    """Return the year after the one in which each draw first sees what is waited for, (draw,)."""
    if when.indicator not in registry.indicators:
        return None
    trigger = trigger_of(when, registry, last)
    values, rates = of(trigger.indicator), of(RATE) if trigger.needs_rate else None
    if values is None or (trigger.needs_rate and rates is None) or trigger.first - 1 < years[0]:
        return None
    fired = np.full(values.shape[1], NEVER, np.int64)
    for year in range(trigger.first, last + 1):
        row = year - 1 - years[0]
        holds = trigger.holds(values[row], None if rates is None else rates[row])
        fired[(fired == NEVER) & holds] = year
    return fired


def _use(one: LeverPath | ScenarioEvent, begun: int, last: int) -> int:
    """Return in how many years up to the last something acts that begins in a year."""
    if not isinstance(one, LeverPath):
        return 1
    ends = one.path in ("step", "pulse") and one.to is not None
    end = one.to + begun - one.first_year if ends and one.to is not None else last
    return min(end, last) - begun + 1


def is_fixed_of(content: Mapping[str, Any], waiting: Mapping[str, Any]) -> bool:
    """Whether a scenario does what another one does, with nothing that waits."""
    levers = {name: lever_of(path).at_once() for name, path in waiting["levers"].items()}
    events = sorted(event_of(event).at_once() for event in waiting["events"])
    return (
        any(path.get("when") for path in waiting["levers"].values())
        or any(event_of(event).when for event in waiting["events"])
    ) and (
        levers == {name: lever_of(path) for name, path in content["levers"].items()}
        and events == sorted(map(event_of, content["events"]))
        and waiting["parameters"] == content["parameters"]
    )


@dataclass(frozen=True)
class Saving:
    """What a scenario changes of what it sets, over all years, beside the same without waiting.

    Attributes
    ----------
    scenario, fixed : str
        The one in which something waits, and the same in which nothing does.
    indicator : str
        A flow that the scenario sets.
    years : tuple[int, int]
        The first and last that are summed.
    change, fixed_change : FloatArray
        (draw,) the sums over the years, less those of the baseline, in the indicator's unit times
        a year.
    """

    scenario: str
    fixed: str
    indicator: str
    years: tuple[int, int]
    change: FloatArray
    fixed_change: FloatArray

    @property
    def saved(self) -> FloatArray:
        """How much less is spent, or done, than without waiting, (draw,)."""
        return self.fixed_change - self.change

    @property
    def nothing(self) -> float:
        """The share of the futures in which nothing is saved, as where all begins at once."""
        return float(np.mean(self.saved == 0.0))

    @property
    def part(self) -> float:
        """What is saved as a part of what the fixed one spends, both in the mean of the draws."""
        whole = float(np.mean(self.fixed_change))
        return float("nan") if whole == 0.0 else float(np.mean(self.saved)) / whole


def savings_of(
    contents: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]] | None],
    baseline: str,
    years: Sequence[int],
    of: Callable[[str, str], FloatArray],
    registry: Registry,
    discount: float = 0.0,
) -> Iterator[Saving]:
    """Yield what waiting saves in each scenario that stands beside the same without it.

    Parameters
    ----------
    contents : Mapping
        What each scenario and the baseline do.
    of : Callable[[str, str], FloatArray]
        Gives an indicator of a scenario, (year, draw).
    discount : float
        By which part a year later counts less; the first year counts in full.
    """
    weights = (1.0 + discount) ** -np.arange(len(years), dtype=float)
    for name, both in contents.items():
        for other, theirs in contents.items():
            if both is None or theirs is None or not is_fixed_of(theirs[0], both[0]):
                continue
            for indicator in sorted(stated_by(*both)):
                entry = registry.indicators.get(indicator)
                if entry is None or entry.kind != "flow":
                    continue
                try:
                    base = of(baseline, indicator)
                except KeyError:
                    continue
                sums = [weights @ (of(one, indicator) - base) for one in (name, other)]
                if np.any(sums[1] != 0.0):
                    yield Saving(name, other, indicator, (years[0], years[-1]), sums[0], sums[1])


def beginnings_table(beginnings: Sequence[Beginning]) -> pd.DataFrame:
    """Return beginnings with one row a scenario, part and year, see `Comparison.beginnings`."""
    import pandas as pd

    rows = [
        {
            "scenario": one.scenario,
            "kind": one.kind,
            "name": one.name,
            "when": one.when.text,
            "year": year,
            "begun": one.share(year),
        }
        for one in beginnings
        for year in one.years
    ]
    return pd.DataFrame(rows, columns=["scenario", "kind", "name", "when", "year", "begun"])


def savings_table(savings: Sequence[Saving]) -> pd.DataFrame:
    """Return savings as a table, see `Comparison.savings`."""
    import pandas as pd

    columns = ["scenario", "fixed", "indicator", "from", "to", "spent", "spent_fixed", "saved"]
    rows = []
    for one in savings:
        quantiles = map(float, np.quantile(one.saved, [0.05, 0.5, 0.95]))
        means = [float(np.mean(x)) for x in (one.change, one.fixed_change, one.saved)]
        numbers = [*one.years, *means, *quantiles, one.part, one.nothing]
        rows.append([one.scenario, one.fixed, one.indicator, *numbers])
    columns += ["saved_p05", "saved_p50", "saved_p95", "part", "nothing_saved"]
    return pd.DataFrame(rows, columns=columns)

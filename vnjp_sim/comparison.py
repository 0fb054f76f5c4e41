"""Comparing scenarios: effects draw by draw, how sure they are, and what the inputs differ in.

Draw i is the same luck in every scenario, so that an effect is the difference of two paired values
and its spread holds only what the difference depends on.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.budget import ASSUMED, Budget
from vnjp_sim.errors import InputError, did_you_mean
from vnjp_sim.levers import LeverPath
from vnjp_sim.model import Model
from vnjp_sim.parameters import Distribution
from vnjp_sim.projection import read_projection
from vnjp_sim.registry import Registry
from vnjp_sim.runs import (
    DEFAULT_OUT,
    PROJECTION,
    QUIET,
    Options,
    Progress,
    gather,
    prepare_scenario,
    run_prepared,
)
from vnjp_sim.scenario import Scenario, ScenarioEvent
from vnjp_sim.scenario_requests import (
    Request,
    beside_others,
    chosen_baseline,
    distinct_scenarios,
)
from vnjp_sim.store import MANIFEST, check_run
from vnjp_sim.summaries import quantiles
from vnjp_sim.vocabulary import QUANTILES, SCENARIO, YEAR

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]

NONE = "none by construction"
UNSURE = "indistinguishable from zero"
PRIOR_DRIVEN = "prior-driven"
SURE = 0.95
"""An effect is told apart from zero where its sign is the same in more than this part of the draws
that are moved at all, and most are."""
MOSTLY = 0.5
"""An effect is prior-driven where assumptions give more than this part of its variance."""

PAIRED_BY = ("draws", "seed", "as_of", "calibration", "priors", "links", "sources", "versions")
"""What two runs must have in common, so that draw i is the same luck in both."""


@dataclass(frozen=True)
class Effect:
    """The effect of a scenario on an indicator in a year: summaries over the draws.

    Attributes
    ----------
    mean, sd, quantiles : of the difference, in the unit of the indicator; the levels of the
        quantiles are those of :data:`vocabulary.QUANTILES`.
    relative : quantiles of the ratio less one, in percent; None where the baseline can be zero or
        negative.
    positive, negative : part of the draws in which the effect is above and below zero.
    mark : why it is to be read with care; empty if its sign is sure.
    """

    scenario: str
    indicator: str
    year: int
    mean: float
    sd: float
    quantiles: tuple[float, ...]
    relative: tuple[float, ...] | None
    positive: float
    negative: float
    mark: str


@dataclass(frozen=True, repr=False)
class Comparison:
    """Scenarios beside their baseline, draw by draw.

    Attributes
    ----------
    runs : projections, dims (scenario, year, draw), the baseline among the scenarios.
    baseline : what the effects are measured against.
    registry : labels and units.
    manifests : what each run was made of, by scenario; empty if unknown.
    budgets : uncertainty budgets of the effects by scenario, which mark what is prior-driven.
    """

    runs: xr.Dataset
    baseline: str
    registry: Registry
    manifests: Mapping[str, Mapping[str, Any]]
    budgets: Mapping[str, Budget] = field(default_factory=dict)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Every scenario but the baseline."""
        names = (str(name) for name in self.runs[SCENARIO].to_numpy())
        return tuple(name for name in names if name != self.baseline)

    @property
    def years(self) -> tuple[int, ...]:
        """The years that every scenario has."""
        return tuple(int(year) for year in self.runs[YEAR].to_numpy())

    def require_scenarios(self) -> Comparison:
        """Return itself; raises InputError if there is nothing beside the baseline."""
        if not self.scenarios:
            remedy = "name a scenario that departs from it"
            raise InputError.single(self.baseline, "is the baseline: nothing to compare", remedy)
        return self

    def effects(self, *, relative: bool = False) -> xr.Dataset:
        """Return scenario less baseline, dims (scenario, year, draw), without the baseline.

        If `relative`, the ratio less one, for the indicators whose baseline is positive in every
        draw; the others are left out.
        """
        base = self.runs.sel(scenario=self.baseline, drop=True)
        others = self.runs.sel(scenario=list(self.scenarios))
        if not relative:
            found = others - base
        else:
            positive = [str(n) for n in base.data_vars if bool((base[n] > 0).all())]
            found = others[positive] / base[positive] - 1.0
        for name in found.data_vars:
            found[name].attrs = dict(self.runs[name].attrs)
            if relative:
                found[name].attrs["units"] = "1"
        return found

    def summaries(
        self, indicators: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> tuple[Effect, ...]:
        """Return the effects by scenario, indicator and year.

        Parameters
        ----------
        indicators : all by default.
        years : all by default.

        Raises InputError for an indicator or a year that the runs do not have.
        """
        return tuple(self._summaries(self._indicators(indicators), self._years(years)))

    def table(
        self, indicators: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the effects as a table with one row a scenario, indicator and year.

        Columns: scenario, indicator, label, unit, year, mean, sd, p05 … p95 (of the difference),
        relative_p05 … relative_p95 (percent), positive, negative (part of the draws), mark.
        """
        import pandas as pd

        rows = []
        for effect in self.summaries(indicators, years):
            known = self.registry.indicators[effect.indicator]
            relative = effect.relative or (np.nan,) * len(QUANTILES)
            rows.append(
                {
                    "scenario": effect.scenario,
                    "indicator": effect.indicator,
                    "label": known.label,
                    "unit": known.unit,
                    "year": effect.year,
                    "mean": effect.mean,
                    "sd": effect.sd,
                    **dict(zip(QUANTILES, effect.quantiles, strict=True)),
                    **dict(zip((f"relative_{q}" for q in QUANTILES), relative, strict=True)),
                    "positive": effect.positive,
                    "negative": effect.negative,
                    "mark": effect.mark,
                }
            )
        return pd.DataFrame(rows)

    def overview(self, year: int, indicators: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the effects in a year as text to be read: a row an indicator, a column a scenario.

        A cell holds the median, the interval of 90 % of the draws, and in brackets why it is to be
        read with care. :meth:`table` has the numbers.
        """
        import pandas as pd

        cells: dict[str, dict[str, str]] = {name: {} for name in self.scenarios}
        for effect in self.summaries(indicators, [year]):
            known = self.registry.indicators[effect.indicator]
            cells[effect.scenario][f"{known.label}, {known.unit}"] = _cell(effect)
        return pd.DataFrame(cells).rename_axis(f"effect in {year}")

    def differences(self, scenario: str, other: str | None = None) -> tuple[str, ...]:
        """Return in words what the inputs of a scenario depart by from `other`, or the baseline."""
        first, second = (self.manifests.get(s) for s in (scenario, other or self.baseline))
        if first is None or second is None:
            return ()
        notes = (first.get("notes", ()), second.get("notes", ()))
        return input_differences(first["scenario"], second["scenario"], *notes)

    def __repr__(self) -> str:
        count, draws = len(self.runs.data_vars), self.runs.sizes["draw"]
        return (
            f"<Comparison of {', '.join(self.scenarios)} with {self.baseline}: {count} indicators, "
            f"{self.years[0]}–{self.years[-1]}, {draws:,} draws>"
        )

    def _summaries(self, indicators: Sequence[str], years: Sequence[int]) -> Iterator[Effect]:
        positions = [self.years.index(year) for year in years]
        for scenario in self.scenarios:
            for name in indicators:
                values = self.runs[name].sel(scenario=scenario).to_numpy()
                base = self.runs[name].sel(scenario=self.baseline).to_numpy()
                never = bool(np.array_equal(values, base, equal_nan=True))
                for year, row in zip(years, positions, strict=True):
                    effect = effect_of(scenario, name, year, values[row], base[row], never)
                    driven = not effect.mark and self._assumed(scenario, name, year) > MOSTLY
                    yield replace(effect, mark=PRIOR_DRIVEN) if driven else effect

    def _assumed(self, scenario: str, indicator: str, year: int) -> float:
        """Return the part of an effect's variance that assumptions give, 0 if unknown."""
        budget = self.budgets.get(scenario)
        if budget is None or indicator not in budget.first_order or year not in budget.years:
            return 0.0
        return float(budget.share(indicator, ASSUMED)[budget.years.index(year)])

    def _indicators(self, asked: Sequence[str] | None) -> list[str]:
        known = [str(name) for name in self.runs.data_vars]
        for name in asked or ():
            if name not in known:
                raise InputError.single(name, "no such indicator here", did_you_mean(name, known))
        return list(asked) if asked is not None else known

    def _years(self, asked: Sequence[int] | None) -> list[int]:
        for year in asked or ():
            if year not in self.years:
                span = f"{self.years[0]} to {self.years[-1]}"
                raise InputError.single(str(year), "is outside the runs", f"choose from {span}")
        return list(asked) if asked is not None else list(self.years)


def compare_requests(
    requests: Sequence[Request],
    model: Model,
    options: Options,
    out: Path = DEFAULT_OUT,
    baseline: str | None = None,
    progress: Progress = QUIET,
) -> Comparison:
    """Compare scenario files and stored runs, see :func:`vnjp_sim.compare`."""
    stored = [Path(r) for r in requests if (Path(r) / MANIFEST).is_file()]
    asked = distinct_scenarios([r for r in requests if Path(r) not in stored], model, options)
    parts = {}
    for folder in stored:
        check_run(folder)
        part = read_projection(folder / PROJECTION)
        parts[str(part[SCENARIO].to_numpy()[0])] = part
    options = _options_of_stored(parts, options)
    for name, scenario in asked.items():
        if name in parts:
            raise InputError.single(scenario.file, f"the scenario '{name}' is there twice")
        result = run_prepared(scenario, model, options, out, progress)
        parts[name] = read_projection(result.folder / PROJECTION)
    root = baseline if baseline in parts else _root(asked, parts) if baseline is None else None
    if root not in parts:
        other = _baseline(baseline, asked, parts, model, options)
        result = run_prepared(other, model, options, out, progress)
        parts[other.name] = read_projection(result.folder / PROJECTION)
        root = other.name
    ordered = {root: parts[root], **parts}
    return comparison_of(gather(list(ordered.values())), model.registry, root)


def comparison_of(runs: xr.Dataset, registry: Registry, baseline: str | None = None) -> Comparison:
    """Return the comparison of projections, dims (scenario, year, draw).

    Years that a scenario lacks are left out. Raises InputError if the runs are not paired.
    """
    names = [str(name) for name in np.atleast_1d(runs[SCENARIO].to_numpy())]
    manifests = json.loads(runs.attrs.get("manifests", "{}"))
    chosen = baseline or next((m["chain"][0] for m in manifests.values()), names[0])
    if chosen not in names:
        remedy = did_you_mean(chosen, names)
        raise InputError.single(str(chosen), "the baseline is not among the runs", remedy)
    for name in names:
        if name in manifests and chosen in manifests:
            _check_paired(name, manifests[name], chosen, manifests[chosen])
            _check_root(name, manifests[name]["scenario"], manifests[chosen]["scenario"])
    return Comparison(runs.isel(year=_common_years(runs)), chosen, registry, manifests)


def effect_of(
    scenario: str,
    indicator: str,
    year: int,
    values: FloatArray,
    base: FloatArray,
    never: bool,
) -> Effect:
    """Return the effect in one year from (draw,) arrays; `never` says that no year has any."""
    difference = values - base
    positive = float(np.mean(difference > 0))
    negative = float(np.mean(difference < 0))
    relative = None
    if bool((base > 0).all()):
        relative = _levels(100.0 * (values / base - 1.0))
    moved = positive + negative
    sure = moved > MOSTLY and max(positive, negative) > SURE * moved
    mark = NONE if never else "" if sure else UNSURE
    return Effect(
        scenario,
        indicator,
        year,
        float(difference.mean()),
        float(difference.std()),
        _levels(difference),
        relative,
        positive,
        negative,
        mark,
    )


def input_differences(
    scenario: Mapping[str, Any],
    other: Mapping[str, Any],
    notes: Sequence[str] = (),
    other_notes: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return in words what the content of one scenario departs by from another's.

    Both are as in the manifest of a run: levers, events and parameters; the notes are those of
    their events, in the same order.
    """
    told = []
    for name in sorted({*scenario["levers"], *other["levers"]}):
        mine, theirs = scenario["levers"].get(name), other["levers"].get(name)
        if mine != theirs:
            told.append(f"lever {name}: {_instead(_lever_text(mine), _lever_text(theirs))}")
    added, gone = _other_events(_events(scenario, notes), _events(other, other_notes))
    told += [f"event {event.noted}" for event in added]
    told += [f"without the event {event.text}" for event in gone]
    for name in sorted({*scenario["parameters"], *other["parameters"]}):
        mine, theirs = scenario["parameters"].get(name), other["parameters"].get(name)
        if mine != theirs:
            told.append(f"parameter {name}: {_instead(_prior_text(mine), _prior_text(theirs))}")
    return tuple(told)


def _cell(effect: Effect) -> str:
    """Return an effect as text: median, interval, mark."""
    if effect.mark == NONE:
        return NONE
    low, _, middle, _, high = effect.quantiles
    whole = all(q.is_integer() for q in (low, middle, high))
    largest = max(abs(low), abs(high))
    places = 0 if whole else max(0, 2 - math.floor(math.log10(largest)))
    low_text, middle_text, high_text = (
        f"{value:{'+' if value else ''},.{places}f}".replace("-", "−")
        for value in (round(q, places) + 0.0 for q in (low, middle, high))
    )
    told = f"{middle_text} [{low_text}, {high_text}]"
    return f"{told} ({effect.mark})" if effect.mark else told


def _levels(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(q) for q in quantiles(np.sort(values)[None])[:, 0])


def _common_years(runs: xr.Dataset) -> NDArray[np.bool_]:
    """Return which years no scenario lacks altogether, (year,)."""
    lacking = np.ones((runs.sizes[SCENARIO], runs.sizes[YEAR]), bool)
    for array in runs.data_vars.values():
        lacking &= np.isnan(array.to_numpy()).all(axis=2)
        if not lacking.any():
            break
    return np.logical_not(lacking.any(axis=0))


def _check_paired(
    name: str, mine: Mapping[str, Any], baseline: str, theirs: Mapping[str, Any]
) -> None:
    unlike = [key for key in PAIRED_BY if mine[key] != theirs[key]]
    if unlike:
        told = ", ".join(f"{key} {mine[key]} and {theirs[key]}" for key in unlike)
        raise InputError.single(
            name,
            f"is not paired with {baseline}: {told}",
            "run both with the same options, models and version",
        )


def _check_root(name: str, mine: Mapping[str, Any], baseline: Mapping[str, Any]) -> None:
    """Refuse a baseline that has the name of a scenario's root, and is another one."""
    root = mine["baseline"]
    if root is None or root["name"] != baseline["name"] or _steers_alike(root, baseline):
        return
    what = f"departs from another '{root['name']}' than the one beside it"
    raise InputError.single(name, what, "run both from the same files, or name another baseline")


def _steers_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[key] == other[key] for key in ("levers", "events", "parameters"))


def _options_of_stored(parts: Mapping[str, xr.Dataset], options: Options) -> Options:
    """Return the options with draws and seed of the stored runs, if there are any."""
    if not parts:
        return options
    manifest = json.loads(next(iter(parts.values())).attrs["manifest"])
    return replace(options, draws=int(manifest["draws"]), seed=int(manifest["seed"]))


def _baseline(
    baseline: str | None,
    asked: Mapping[str, Scenario],
    parts: Mapping[str, xr.Dataset],
    model: Model,
    options: Options,
) -> Scenario:
    """Return the baseline to run, over the years that any of the runs has."""
    years = np.concatenate([part[YEAR].to_numpy() for part in parts.values()])
    first = next(iter(asked.values()), None)
    if baseline is not None:
        found = chosen_baseline(baseline, asked, model, options)
    elif first is not None:
        found = first.baseline or first
    else:
        found = _stored_baseline(parts, model, options)
    return beside_others(found, int(years.min()), int(years.max()), model)


def _stored_baseline(parts: Mapping[str, xr.Dataset], model: Model, options: Options) -> Scenario:
    """Return the root of the first stored run; raises InputError if it is not what it was."""
    manifest = json.loads(next(iter(parts.values())).attrs["manifest"])
    before = manifest["scenario"]["baseline"] or manifest["scenario"]
    found = prepare_scenario(manifest["chain"][0], model, options)
    now = json.loads(json.dumps(found.content))
    if not _steers_alike(now, before):
        what = f"is not the baseline '{found.name}' with which the run was made"
        remedy = "give the baseline as --baseline, by its file or its stored run"
        raise InputError.single(found.file, what, remedy)
    return found


def _root(asked: Mapping[str, Scenario], parts: Mapping[str, xr.Dataset]) -> str:
    for scenario in asked.values():
        return scenario.chain[0]
    manifest = json.loads(next(iter(parts.values())).attrs["manifest"])
    return str(manifest["chain"][0])


def _lever_text(dumped: Mapping[str, Any] | None) -> str:
    return "" if dumped is None else LeverPath.model_validate(dict(dumped)).text


def _events(content: Mapping[str, Any], notes: Sequence[str]) -> list[ScenarioEvent]:
    """Return the events of a manifest, with their notes where it has any."""
    found = [
        ScenarioEvent(date.fromisoformat(day), kind, tuple(map(tuple, amounts)))
        for day, kind, amounts in content["events"]
    ]
    if len(notes) != len(found):
        return found
    return [replace(event, note=note) for event, note in zip(found, notes, strict=True)]


def _other_events(
    mine: Sequence[ScenarioEvent], theirs: Sequence[ScenarioEvent]
) -> tuple[list[ScenarioEvent], list[ScenarioEvent]]:
    """Return the events that only one side has, each; of equal ones, those noted alike are one."""
    noted = [Counter((event, event.note) for event in side) for side in (mine, theirs)]
    left = [noted[0] - noted[1], noted[1] - noted[0]]
    plain = [Counter(event for event, _ in side.elements()) for side in left]
    alike = plain[0] & plain[1]
    found: tuple[list[ScenarioEvent], list[ScenarioEvent]] = ([], [])
    for side, kept in zip(left, found, strict=True):
        skip = Counter(alike)
        for event, note in sorted(side.elements()):
            if skip[event]:
                skip[event] -= 1
            else:
                kept.append(replace(event, note=note))
    return found


def _prior_text(dumped: Mapping[str, Any] | None) -> str:
    return "" if dumped is None else Distribution.model_validate(dict(dumped)).text


def _instead(mine: str, theirs: str) -> str:
    if not mine:
        return f"not steered ({theirs} there)"
    return f"{mine} instead of {theirs}" if theirs else mine

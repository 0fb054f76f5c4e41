"""Which runs a comparison takes: known, with the hash of each, before anything is computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.from_runs import comparison_of, comparison_of_parts
from vnjp_sim.analysis.given import with_assumed
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import display_path
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_reader import ScenarioReader
from vnjp_sim.simulation.manifests import manifest_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import INDICATORS, PROJECTION, RUN_FILES, projected_runs
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.projection_file import gather, read_run
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_requests import beside_others, chosen_baseline, distinct_scenarios
from vnjp_sim.storage.store import MANIFEST, check_run, damaged, find_run, read_manifest


@dataclass(frozen=True)
class Part:
    """One run of a comparison.

    Attributes
    ----------
    request : str
        How it was asked for; empty for a baseline that comes along.
    manifest : Mapping[str, Any]
        Of the run, its hash under `run`.
    scenario : Scenario | None
        What is run; of a stored run None if the scenario is no longer what was run.
    options : Options
        Of the run.
    folder : Path | None
        Of a stored run that was named; None for one that is run, or found by its hash.
    """

    request: str
    manifest: Mapping[str, Any]
    scenario: Scenario | None
    options: Options
    folder: Path | None = None

    @property
    def name(self) -> str:
        """The name of the scenario."""
        return str(self.manifest["scenario"]["name"])

    @property
    def root(self) -> str:
        """The name of the root of the scenario's chain."""
        return str(self.manifest["chain"][0])

    @property
    def horizon(self) -> tuple[int, int]:
        """The first and last year."""
        first, last = self.manifest["scenario"]["horizon"]
        return int(first), int(last)


@dataclass(frozen=True)
class Runs:
    """The runs of a comparison, the baseline first, with the options that all have in common."""

    baseline: str
    parts: tuple[Part, ...]
    options: Options

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """What was asked for by name, as far as it is still what is run, and departs from here."""
        return {
            part.name: part.scenario
            for part in self.parts
            if part.request and part.scenario is not None and part.root == self.baseline
        }

    @property
    def against(self) -> Scenario | None:
        """What all are compared with, if that is no baseline of its own but departs from one."""
        (other,) = (part.scenario for part in self.parts if part.name == self.baseline)
        return other if other is not None and other.baseline is not None else None

    @property
    def departing(self) -> dict[str, Scenario]:
        """The scenarios by name whose departures can be told: of one root with what they face."""
        root = self.baseline if self.against is None else self.against.chain[0]
        found = {}
        for part in self.parts:
            scenario = part.scenario
            if part.request and scenario is not None and part.name != self.baseline:
                if scenario.baseline is None:  # a root, which departs from another scenario alone
                    scenario = replace(scenario, baseline=scenario)
                if part.root == root:
                    found[part.name] = scenario
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """Every scenario but the baseline; the baseline if it is alone."""
        names = tuple(part.name for part in self.parts if part.name != self.baseline)
        return names or (self.baseline,)


def runs_of(
    requests: Sequence[str | Path], model: Model, options: Options, baseline: str | None = None
) -> Runs:
    """Return the runs that a comparison takes, stored ones first.

    Parameters
    ----------
    requests : Sequence[str | Path]
        Names or files of scenarios, or folders of stored runs.
    options : Options
        Of what is not stored; draws and seed of stored runs hold for all.
    baseline : str | None
        By default the root of the first scenario's chain.

    Raises
    ------
    InputError
        One cannot be used, two have one name, or stored runs are not what the options ask for.
    EnvironmentFailureError
        The manifest of a stored run is damaged.
    """
    reader = model.scenario_reader()
    asked = list(dict.fromkeys(map(str, requests)))
    stored = [_stored(request, model, reader) for request in asked if _is_run(request)]
    beside = (
        _stored(baseline, model, reader) if baseline is not None and _is_run(baseline) else None
    )
    options = _options_with([*stored, *([beside] if beside else [])], options)
    new = distinct_scenarios([r for r in asked if not _is_run(r)], model, options, reader)
    parts = {part.name: part for part in _distinct([*stored, *_new(new, model, options)])}
    root = next(iter(new.values())).chain[0] if new else stored[0].root
    if baseline is not None:
        root = baseline
    if root not in parts:
        if beside is not None:
            along = replace(beside, request="")
        else:
            along = _baseline(baseline, new, parts, model, options, reader)
        parts = {part.name: part for part in _distinct([*parts.values(), along])}
        root = along.name
    return Runs(root, (parts.pop(root), *parts.values()), options)


def _new(scenarios: Mapping[str, Scenario], model: Model, options: Options) -> Iterator[Part]:
    for scenario in scenarios.values():
        yield Part(scenario.file, manifest_of(scenario, model, options), scenario, options)


def _baseline(
    asked: str | None,
    new: Mapping[str, Scenario],
    parts: Mapping[str, Part],
    model: Model,
    options: Options,
    reader: ScenarioReader,
) -> Part:
    """Return the baseline that comes along, over the years that any of the runs has."""
    if asked is not None:
        found = chosen_baseline(asked, new, model, options, reader)
    elif new:
        first = next(iter(new.values()))
        found = first.baseline or first
    else:
        found = _stored_baseline(next(iter(parts.values())), model, options, reader)
    start = min(part.horizon[0] for part in parts.values())
    end = max(part.horizon[1] for part in parts.values())
    wide = beside_others(found, start, end, model)
    options = replace(options, start=start, end=end)
    return Part("", manifest_of(wide, model, options), wide, options)


def _stored_baseline(
    stored: Part, model: Model, options: Options, reader: ScenarioReader
) -> Scenario:
    """Return the root of a stored run; raises InputError if it is not what it was."""
    before = stored.manifest["scenario"]["baseline"] or stored.manifest["scenario"]
    found = prepare_scenario(stored.root, model, options, reader)
    if not _steer_alike(_as_stored(found), before):
        what = f"is not the baseline '{found.name}' that the stored run was made with"
        remedy = "give the baseline as --baseline, by its file or its stored run"
        raise InputError.single(found.file, what, remedy)
    return found


def _as_stored(scenario: Scenario) -> Mapping[str, Any]:
    """Return the content of a scenario as a manifest holds it."""
    content: Mapping[str, Any] = json.loads(json.dumps(scenario.content))
    return content


def _steer_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one[key] == other[key] for key in ("levers", "events", "parameters"))


def compare_runs(
    runs: Runs, projector: Projector, out: Path, progress: Progress = QUIET
) -> Comparison:
    """Compare what is stored, and what is not, which is projected for this alone.

    Raises InputError, CalibrationGateError, EnvironmentFailureError, see :func:`vnjp_sim.compare`.
    """
    folders = {part.name: _folder_of(part, out) for part in runs.parts}
    registry, mine = projector.model.registry, projector.model.hashes["registry"]
    alike = all(part.manifest.get("registry") == mine for part in runs.parts)
    known = {
        name: read_run(folder / PROJECTION, registry if alike else None)
        for name, folder in folders.items()
        if folder
    }
    fresh = [part.scenario for part in runs.parts if part.name not in known and part.scenario]
    if fresh:
        new = projected_runs(projector, fresh, scratch=out, advance=progress.projecting)
        known |= {projection.scenario: projection for projection in new}
    parts = [known[part.name] for part in runs.parts]
    if not alike:  # the indicators of other models are checked one by one
        return comparison_of(gather(parts), registry, runs.baseline)
    compared = comparison_of_parts(parts, registry, runs.baseline)
    return with_assumed(compared, projector.posterior, projector.model)


def _folder_of(part: Part, out: Path) -> Path | None:
    """Return the folder where a run is stored, None if it is not."""
    folder = part.folder or find_run(out, part.name, part.manifest["run"])
    if folder is not None:
        check_run(folder, RUN_FILES)
    return folder


def _stored(request: str, model: Model, reader: ScenarioReader) -> Part:
    folder = Path(request)
    manifest = read_manifest(folder)
    if PROJECTION not in manifest["files"]:
        remedy = "name the folder of one, as 'vnjp_sim results list' shows it"
        what = "keeps no draws" if INDICATORS in manifest["files"] else "holds no run of a scenario"
        raise InputError.single(request, what, remedy)
    try:
        first, last = manifest["scenario"]["horizon"]
        options = Options(manifest["draws"], manifest["seed"], first, last)
        scenario = _still(manifest, model, options, reader)
        part = Part(request, manifest, scenario, options, folder)
        said = isinstance(manifest["run"], str) and manifest["chain"][-1:] == [part.name]
    except (InputError, KeyError, TypeError, ValueError):
        said = False
    if not said:
        raise damaged(folder, f"{MANIFEST} does not say what was run")
    return part


def _still(
    manifest: Mapping[str, Any], model: Model, options: Options, reader: ScenarioReader
) -> Scenario | None:
    """Return the scenario of a stored run if it is still what was run."""
    try:
        scenario = prepare_scenario(str(manifest["scenario"]["name"]), model, options, reader)
    except InputError:
        return None
    return scenario if _as_stored(scenario) == manifest["scenario"] else None


def _is_run(request: str) -> bool:
    with suppress(OSError):  # a name may be longer than a path can be
        return (Path(request) / MANIFEST).is_file()
    return False


def _options_with(stored: Sequence[Part], options: Options) -> Options:
    """Return the options with draws and seed of the stored runs, if there are any.

    Raises InputError where others were asked for.
    """
    usual = Options()
    for part in stored:
        span = (part.options.start, part.options.end)
        asked = {
            "draws": (options.draws, usual.draws, part.options.draws),
            "seed": (options.seed, usual.seed, part.options.seed),
            "horizon": ((options.start, options.end), (None, None), span),
        }
        for name, (wanted, default, theirs) in asked.items():
            if wanted not in {default, theirs}:
                place = display_path(Path(part.request))
                shown = "–".join(map(str, theirs)) if isinstance(theirs, tuple) else theirs
                what = f"cannot be changed for the stored run {place}, which has {shown}"
                raise InputError.single(name, what, "leave it out, or name the scenario instead")
    if not stored:
        return options
    first = stored[0].options
    return replace(options, draws=first.draws, seed=first.seed)


def _distinct(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield each run once; raises InputError where two runs have one name."""
    seen: dict[str, Part] = {}
    for part in parts:
        other = seen.setdefault(part.name, part)
        if other is part:
            yield part
        elif _unlike(other, part):
            what = f"the scenario '{part.name}' is given twice, also as {other.request}"
            remedy = "leave one of them out, or give it another name"
            raise InputError.single(part.request or part.name, what, remedy)


def _unlike(one: Part, other: Part) -> bool:
    """Return whether two runs of one name are of two scenarios, or two that are stored."""
    if one.folder and other.folder:
        return bool(one.manifest["run"] != other.manifest["run"])
    return not _steer_alike(one.manifest["scenario"], other.manifest["scenario"])

"""Which runs a comparison takes: known, with the hash of each, before anything is computed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.comparison import Comparison, comparison_of
from vnjp_sim.errors import InputError
from vnjp_sim.model import Model
from vnjp_sim.projection import read_projection
from vnjp_sim.runs import (
    PROJECTION,
    QUIET,
    RUN_FILES,
    Options,
    Progress,
    gather,
    manifest_of,
    prepare_scenario,
    run_prepared,
)
from vnjp_sim.scenario import Scenario, find_scenario
from vnjp_sim.shipped import display_path
from vnjp_sim.store import MANIFEST, check_run, damaged, read_manifest

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Part:
    """One run of a comparison.

    Attributes
    ----------
    request : how it was asked for; empty for a baseline that comes along.
    manifest : of the run, its hash under `run`.
    scenario : what is run; of a stored run None if the scenario is no longer what was run.
    options : of the run.
    folder : of a stored run that was named; None for one that is run, or found by its hash.
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
    requests : names or files of scenarios, or folders of stored runs.
    options : of what is not stored; draws and seed of stored runs hold for all.
    baseline : by default the root of the first scenario's chain.

    Raises
    ------
    InputError
        One cannot be used, two have one name, or stored runs are not what the options ask for.
    EnvironmentFailureError
        The manifest of a stored run is damaged.
    """
    asked = list(dict.fromkeys(map(str, requests)))
    stored = [_stored(request, model) for request in asked if _is_run(request)]
    options = _options_with(stored, options)
    new = [_new(request, model, options) for request in asked if not _is_run(request)]
    parts = {part.name: part for part in _distinct([*stored, *new])}
    root = baseline or (new or stored)[0].root
    if root not in parts:
        first = min(part.horizon[0] for part in parts.values())
        last = max(part.horizon[1] for part in parts.values())
        wide = replace(options, start=first, end=last)
        along = replace(_part(_beside(root, new), model, wide), request="")
        root = along.name
        parts.setdefault(root, along)
    return Runs(root, (parts.pop(root), *parts.values()), options)


def compare_runs(runs: Runs, model: Model, out: Path, progress: Progress = QUIET) -> Comparison:
    """Run what is not stored, and compare.

    Raises InputError, CalibrationGateError, EnvironmentFailureError, see :func:`vnjp_sim.compare`.
    """
    found = [_projection(part, model, out, progress) for part in runs.parts]
    return comparison_of(gather(found), model.registry, runs.baseline)


def _projection(part: Part, model: Model, out: Path, progress: Progress) -> xr.Dataset:
    folder = part.folder
    if folder is not None:
        check_run(folder, RUN_FILES)
    else:
        assert part.scenario is not None  # noqa: S101 - only a stored run lacks it
        folder = run_prepared(part.scenario, model, part.options, out, progress).folder
    return read_projection(folder / PROJECTION)


def _part(request: str, model: Model, options: Options) -> Part:
    return _stored(request, model) if _is_run(request) else _new(request, model, options)


def _new(request: str, model: Model, options: Options) -> Part:
    scenario = prepare_scenario(request, model, options)
    return Part(request, manifest_of(scenario, model, options), scenario, options)


def _stored(request: str, model: Model) -> Part:
    folder = Path(request)
    manifest = read_manifest(folder)
    if PROJECTION not in manifest["files"]:
        remedy = "name the folder of one, as 'vnjp_sim results list' shows it"
        raise InputError.single(request, "holds no run of a scenario", remedy)
    try:
        first, last = manifest["scenario"]["horizon"]
        options = Options(manifest["draws"], manifest["seed"], first, last)
        part = Part(request, manifest, _still(manifest, model, options), options, folder)
        said = isinstance(manifest["run"], str) and manifest["chain"][-1:] == [part.name]
    except (InputError, KeyError, TypeError, ValueError):
        said = False
    if not said:
        raise damaged(folder, f"{MANIFEST} does not say what was run")
    return part


def _still(manifest: Mapping[str, Any], model: Model, options: Options) -> Scenario | None:
    """Return the scenario of a stored run if it is still what was run."""
    try:
        scenario = prepare_scenario(str(manifest["scenario"]["name"]), model, options)
    except InputError:
        return None
    same = json.loads(json.dumps(scenario.content)) == manifest["scenario"]
    return scenario if same else None


def _is_run(request: str) -> bool:
    return (Path(request) / MANIFEST).is_file()


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
                told = "–".join(map(str, theirs)) if isinstance(theirs, tuple) else theirs
                what = f"cannot be changed of the stored run {place}, which has {told}"
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
        elif other.folder or part.folder or other.manifest["run"] != part.manifest["run"]:
            what = f"the scenario '{part.name}' is there twice, as {other.request} too"
            remedy = "leave one of them out, or give it another name"
            raise InputError.single(part.request, what, remedy)


def _beside(root: str, asked: Sequence[Part]) -> str:
    """Return how to ask for a baseline: its file beside that of a scenario, else its name."""
    for part in asked:
        file = find_scenario(part.request).parent / f"{root}.yml"
        if file.is_file():
            return str(file)
    return root

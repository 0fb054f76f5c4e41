"""What shows that runs share their draws, and what a dataset of projections must be.

Draw i holds the same parameters and random numbers in every scenario only if the runs agree in all
of :data:`PAIRED_BY`. What they agree in stands in coordinates along the scenarios, since these
survive concatenation, selection and merging, which attributes do not.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError, Place, Refusal, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import (
    BASELINE,
    DIFFERENCE,
    DIMENSIONS,
    DRAW,
    LEVEL,
    MEASURE,
    RATIO,
    SCENARIO,
    YEAR,
)
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.registry import Registry

if TYPE_CHECKING:
    import xarray as xr

PAIRED_BY = ("draws", "seed", "as_of", "calibration", "priors", "links", "sources", "versions")
"""What two runs must have in common, so that draw i is the same one in both."""
MANIFEST, PAIRING = "manifest", "pairing"
SHOWN, NOT_SHOWN = "shown", "not shown"
"""What the attribute `pairing` of effects says: whether their runs are known to share draws."""
COORDINATES = ("seed", "draws", "calibration", PAIRING, BASELINE, MANIFEST)
"""Along the scenarios: `pairing` is a hash of :data:`PAIRED_BY`, `baseline` the root of the chain,
`manifest` what the run was made of, as JSON."""
FEWEST_TO_BE_SORTED = 8
"""Fewer draws may stand in rising order by chance."""
MOST_TOLD = 3
"""So many variables with the same fault are told."""
KEEP = "keep it when you select, and take means and quantiles of the comparison"


def coordinates_of(manifest: Mapping[str, Any]) -> dict[str, str | int]:
    """Return the coordinates of a run, as far as its manifest gives them."""
    found: dict[str, str | int] = {}
    if all(key in manifest for key in (*PAIRED_BY, "chain")):
        agreed = json.dumps({key: manifest[key] for key in PAIRED_BY}, sort_keys=True)
        found = {key: manifest[key] for key in ("seed", "draws", "calibration")}
        found[PAIRING] = hashlib.sha256(agreed.encode()).hexdigest()[:16]
        found[BASELINE] = str(manifest["chain"][0])
    if manifest:
        found[MANIFEST] = json.dumps(manifest, sort_keys=True)
    return found


def manifests_of(runs: xr.Dataset) -> dict[str, Mapping[str, Any]]:
    """Return the manifests of runs by scenario, as far as the data hold them.

    Datasets of version 0.1.0 hold them in attributes alone, which count only if they are of just
    these scenarios.
    """
    names = scenario_names(runs)
    if PAIRING in runs.coords and MANIFEST not in runs.coords:
        return {}
    if MANIFEST in runs.coords:
        texts = _along(runs, MANIFEST)
        known: dict[str, Mapping[str, Any]]
        known = {n: _read(t) for n, t in zip(names, texts, strict=True) if _known(t)}
        for name, manifest in known.items():
            if "scenario" not in manifest:
                raise _damaged(name)
        return known
    found: dict[str, Any] = {}
    if "manifests" in runs.attrs:
        found = _read(runs.attrs["manifests"])
    elif MANIFEST in runs.attrs and len(names) == 1:
        found = {names[0]: _read(runs.attrs[MANIFEST])}
    if set(found) != set(names):
        return {}
    for name, manifest in found.items():
        if not isinstance(manifest, dict):
            raise _damaged(name)
    return found


def _read(text: object) -> dict[str, Any]:
    """Return what a manifest says; raises InputError if it was damaged."""
    try:
        found = json.loads(str(text))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError([_refusal("its manifest is damaged", KEEP)])
    return found


def _damaged(name: str) -> InputError:
    return InputError([_refusal(f"the manifest of '{name}' does not say what was run", KEEP)])


def baselines_of(runs: xr.Dataset) -> dict[str, str]:
    """Return the root of each scenario's chain, as far as the data tell it."""
    if BASELINE in runs.coords:
        names = zip(scenario_names(runs), _along(runs, BASELINE), strict=True)
        return {name: str(root) for name, root in names if _known(root)}
    manifests = manifests_of(runs).items()
    return {name: str(m["chain"][0]) for name, m in manifests if m.get("chain")}


def scenario_names(runs: xr.Dataset) -> list[str]:
    """Return the names of the scenarios of runs, in their order."""
    return [str(name) for name in np.atleast_1d(runs[SCENARIO].to_numpy())]


def words_of_pairing(runs: xr.Dataset) -> str:
    """Return what is known of the draws of runs, as a caption tells it."""
    try:
        shown = pairing_shown(runs, scenario_names(runs)[0])
    except InputError:
        return "other ones in some scenarios"
    return "the same luck in every scenario" if shown else "whether shared is not shown"


def pairing_shown(runs: xr.Dataset, baseline: str) -> bool:
    """Return whether all scenarios are known to share their draws with the baseline.

    Raises
    ------
    InputError
        Some are known not to: of other seeds, draws or models.
    """
    refusals = Refusals()
    manifests, proofs = manifests_of(runs), _proofs(runs)
    for name in scenario_names(runs):
        if name in proofs and baseline in proofs and proofs[name] != proofs[baseline]:
            told = _unlike(runs, name, baseline, manifests)
            what = f"is not paired with {baseline}: {told}"
            remedy = "run both with the same options, models and version"
            refusals.append(Refusal(Place(name), what, remedy))
        elif not _same_baseline(manifests, name, baseline):
            what = f"was run against another '{baseline}' than the one here"
            remedy = "run it together with its own baseline"
            refusals.append(Refusal(Place(name), what, remedy))
    refusals.raise_if_any()
    if PAIRING not in runs.coords and proofs and not _share_draws(runs, baseline):
        return False
    return set(scenario_names(runs)) <= set(proofs)


def check_projections(
    runs: object,
    registry: Registry | None = None,
    *,
    draws_matter: bool = True,
    measure: str = LEVEL,
) -> xr.Dataset:
    """Return projections with dims (scenario, year, draw), checked; what was selected is put back.

    Parameters
    ----------
    runs : an xarray.Dataset; a scenario, year or draw that was selected may be a mere coordinate.
    registry : if given, every variable must be an indicator of it, and within its bounds.
    draws_matter : whether draws are to be told apart; summaries do not need it.
    measure : what the values must be, as far as their attributes tell it.

    Raises
    ------
    InputError
        A dimension was reduced, a scenario, year or draw is there twice, values are missing in some
        draws, no such values can be, an indicator has the name of another, or the draws were
        sorted.
    """
    data = dataset_given(runs)
    refusals = Refusals(_dimension_refusals(data))
    refusals.take(_variable_refusals(data, registry, measure), MOST_TOLD)
    refusals.raise_if_any()
    data = data.transpose(*DIMENSIONS)
    refusals.extend(_scenario_refusals(data))
    refusals.extend(_year_refusals(data))
    if draws_matter:
        refusals.extend(_draw_refusals(data))
    refusals.raise_if_any()
    years = np.asarray(data[YEAR].to_numpy(), np.int64)
    data = data.assign_coords({SCENARIO: scenario_names(data), YEAR: years})
    if (np.diff(years) < 0).any():
        data = data.sortby(YEAR)
    refusals.take(_holes(data), MOST_TOLD)
    refusals.take(_bound_refusals(data, registry, measure), MOST_TOLD)
    refusals.take(_sorted_refusals(data) if draws_matter else (), MOST_TOLD)
    refusals.raise_if_any()
    return data


def years_present(runs: xr.Dataset) -> NDArray[np.bool_]:
    """Return which years each scenario has at all, (scenario, year)."""
    lacking = np.ones((runs.sizes[SCENARIO], runs.sizes[YEAR]), bool)
    for array in runs.data_vars.values():
        lacking &= np.isnan(array.to_numpy()).all(axis=2)
        if not lacking.any():
            break
    return np.logical_not(lacking)


def dataset_given(runs: object) -> xr.Dataset:
    """Return a Dataset whose selected scenarios, years and draws are dimensions again."""
    import xarray as xr

    if isinstance(runs, xr.DataArray) and runs.name is not None:
        runs = runs.to_dataset()
    if not isinstance(runs, xr.Dataset):
        what = f"{type(runs).__name__} is no dataset of projections"
        raise InputError.single("projection", what, "give what vnjp_sim.run returns")
    for name in DIMENSIONS:
        if name in runs.coords and name not in runs.dims and runs[name].ndim == 0:
            runs = runs.expand_dims(name)
    return runs


def _dimension_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    for name in DIMENSIONS:
        if name not in data.dims:
            yield _refusal(f"has no dimension '{name}'", KEEP)
        elif name != DRAW and name not in data.coords:
            yield _refusal(f"has no coordinate '{name}'", KEEP)
        elif data.sizes[name] == 0:
            yield _refusal(f"has no {name} left", "select one or more")


def _variable_refusals(
    data: xr.Dataset, registry: Registry | None, measure: str
) -> Iterator[Refusal]:
    if not data.data_vars:
        yield _refusal("holds no indicator", "keep one or more")
    for name, variable in data.data_vars.items():
        if registry is not None and name not in registry.indicators:
            remedy = did_you_mean(str(name), registry.indicators)
            yield _refusal(f"'{name}' is no indicator", f"{remedy}; drop what is not projected")
        if set(DIMENSIONS) <= set(data.dims) and set(variable.dims) != set(DIMENSIONS):
            told = ", ".join(map(str, variable.dims))
            yield _refusal(f"'{name}' has the dimensions ({told})", f"give it {DIMENSIONS}")
        if variable.dtype.kind not in "fiu":
            yield _refusal(f"'{name}' holds no numbers", "give numbers")
        yield from _name_refusals(str(name), variable.attrs, registry, measure)
        held = variable.attrs.get(MEASURE, measure)
        if held != measure:
            yield _refusal(f"'{name}' is a {held}, no {measure}", "give the runs themselves")


def _name_refusals(
    name: str, attributes: Mapping[Any, Any], registry: Registry | None, measure: str
) -> Iterator[Refusal]:
    """Yield where a variable's attributes say that it is another quantity than its name says."""
    if registry is None or name not in registry.indicators:
        return
    known = registry.indicators[name]
    unit, label = attributes.get("units"), attributes.get("long_name")
    expected = "1" if measure == RATIO else known.unit
    if unit is not None and unit != expected:
        what = f"'{name}' is in {unit}, not in {expected}"
        yield _refusal(what, "name the models folder that it was run with")
    others = {i.label: other for other, i in registry.indicators.items() if other != name}
    if label != known.label and label in others:
        what = f"'{name}' holds '{others[str(label)]}' ({label}), by its attribute long_name"
        yield _refusal(what, "give each indicator under its own name")


def _scenario_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    for name, times in Counter(scenario_names(data)).items():
        if times > 1:
            yield twice("projection", name)
    for name in COORDINATES:
        if name in data.coords and not set(data[name].dims) <= {SCENARIO}:
            what = f"the coordinate '{name}' differs within a scenario: draws of several runs"
            yield _refusal(what, "compare each set of runs by itself")


def _year_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    years = data[YEAR].to_numpy()
    if years.dtype.kind not in "fiu" or not all(float(year).is_integer() for year in years):
        yield _refusal("its years are no whole numbers", "give years such as 2030")
        return
    for year, times in Counter(int(year) for year in years).items():
        if times > 1:
            yield _refusal(f"the year {year} is there {times} times", "keep one of them")


def _draw_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    if DRAW not in data.coords:
        yield _refusal("has no coordinate 'draw', so that draws cannot be matched", KEEP)
        return
    draws = data[DRAW].to_numpy()
    if draws.dtype.kind not in "fiu" or not all(float(draw).is_integer() for draw in draws):
        yield _refusal("its draws are no whole numbers: means of several?", KEEP)
    elif np.unique(draws).size < draws.size:
        remedy = "give each draw once, and run more draws if you need more"
        yield _refusal("some draws are there twice", remedy)


def _holes(data: xr.Dataset) -> Iterator[Refusal]:
    """Yield where values are missing in years that a scenario has."""
    present = years_present(data)
    names, years = scenario_names(data), data[YEAR].to_numpy()
    remedy = "leave the indicator out, or run the scenario again"
    if len(set(_proofs(data).values())) > 1:
        remedy = "the runs are of other draws, seeds, days or models: run all with the same"
    for scenario, row in zip(names, present, strict=True):
        if not row.any():
            yield _refusal(f"'{scenario}' has no values at all", "leave it out, or run it")
    for name, array in data.data_vars.items():
        values = array.to_numpy()
        if values.dtype.kind != "f":
            continue
        gaps = np.logical_not(np.isfinite(values)).sum(axis=2) * present
        for i, j in np.argwhere(gaps)[:1]:
            lacking = f"{gaps[i, j]} of {values.shape[2]} draws"
            what = f"'{name}' has no value in {lacking} of '{names[i]}' in {years[j]}"
            yield _refusal(what, remedy)


def _bound_refusals(data: xr.Dataset, registry: Registry | None, measure: str) -> Iterator[Refusal]:
    """Yield variables below what a level, or a ratio less one, can be where none is negative."""
    if registry is None or measure == DIFFERENCE:
        return
    bound = -1.0 if measure == RATIO else 0.0
    for name, array in data.data_vars.items():
        least = float(array.min())
        if least < bound and registry.indicators[str(name)].sign != "any":
            what = f"'{name}' goes down to {exact(least)}, so that it is no {measure}"
            yield _refusal(what, "give what vnjp_sim.run or the effects() of a comparison returns")


def _sorted_refusals(data: xr.Dataset) -> Iterator[Refusal]:
    """Yield variables whose draws stand in rising order, which no run gives."""
    if data.sizes[DRAW] < FEWEST_TO_BE_SORTED:
        return
    order = np.argsort(data[DRAW].to_numpy())
    for name, array in data.data_vars.items():
        values = array.to_numpy()[:, -1, :][:, order].astype(np.float64)
        before, after = values[:, :-1], values[:, 1:]
        rising = (after >= before).all(axis=1) | (after <= before).all(axis=1)
        many = np.array([np.unique(row).size > row.size // 2 for row in values])
        if (rising & many).any():
            what = f"the draws of '{name}' are sorted, so that they cannot be paired"
            yield _refusal(what, "give them as they were run")


def twice(place: str, name: str) -> Refusal:
    """Return the fault of a scenario's name that two runs have."""
    remedy = "give each file a name of its own (its line 'name:'), or take one of them"
    return Refusal(Place(place), f"the scenario '{name}' is there twice", remedy)


def check_distinct(names: Sequence[str], places: Sequence[str]) -> None:
    """Raise InputError if a scenario's name is there twice; `places` say where each comes from."""
    counts = Counter(names)
    Refusals(
        twice(p, n) for n, p in zip(names, places, strict=True) if counts[n] > 1
    ).raise_if_any()


def _proofs(runs: xr.Dataset) -> dict[str, str]:
    """Return the hash of what pairs each scenario, as far as it is known."""
    names = scenario_names(runs)
    if PAIRING in runs.coords:
        texts = zip(names, _along(runs, PAIRING), strict=True)
        return {name: str(text) for name, text in texts if _known(text)}
    found = {name: coordinates_of(m) for name, m in manifests_of(runs).items()}
    return {name: str(own[PAIRING]) for name, own in found.items() if PAIRING in own}


def _along(runs: xr.Dataset, name: str) -> NDArray[Any]:
    """Return a coordinate's values along the scenarios, (scenario,)."""
    values: NDArray[Any] = np.broadcast_to(runs[name].to_numpy(), (len(scenario_names(runs)),))
    return values


def _known(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _unlike(
    runs: xr.Dataset, name: str, baseline: str, manifests: Mapping[str, Mapping[str, Any]]
) -> str:
    """Return in words in what two runs differ."""
    if name in manifests and baseline in manifests:
        mine, theirs = manifests[name], manifests[baseline]
        unlike = {k: (mine[k], theirs[k]) for k in PAIRED_BY if mine[k] != theirs[k]}
    else:
        places = [scenario_names(runs).index(n) for n in (name, baseline)]
        known = [k for k in ("draws", "seed", "calibration", PAIRING) if k in runs.coords]
        pairs = {k: tuple(_along(runs, k)[i] for i in places) for k in known}
        differ = {k: (a, b) for k, (a, b) in pairs.items() if a != b}
        unlike = {k: both for k, both in differ.items() if k != PAIRING} or differ
    return ", ".join(f"{key} {mine} and {theirs}" for key, (mine, theirs) in unlike.items())


def _same_baseline(manifests: Mapping[str, Mapping[str, Any]], name: str, baseline: str) -> bool:
    """Return whether a scenario was run against the baseline here, where that is known."""
    mine, theirs = (_scenario_in(manifests.get(n, {})) for n in (name, baseline))
    root = mine.get("baseline")
    if not root or not theirs or root.get("name") != baseline:
        return True
    return all(root[key] == theirs[key] for key in root if key != "horizon")


def _scenario_in(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was run, as a manifest holds it; empty if it does not tell."""
    held = manifest.get("scenario")
    return held if isinstance(held, dict) else {}


def _share_draws(runs: xr.Dataset, baseline: str) -> bool:
    """Return whether each scenario equals the baseline somewhere in most draws, as paired runs do.

    Attributes stay when scenarios of other runs are put beside: they prove nothing alone. Counts
    are equal by chance, so that only what differs from draw to draw is looked at.
    """
    at = scenario_names(runs).index(baseline)
    shared = np.zeros(runs.sizes[SCENARIO], bool)
    for array in runs.data_vars.values():
        values = array.to_numpy()
        varies = np.array([np.unique(row).size > row.size // 2 for row in values[at]])
        equal = (values == values[at]).mean(axis=2) > 0.5
        shared |= (equal & varies).any(axis=1)
    return bool(shared.all())


def _refusal(what: str, remedy: str) -> Refusal:
    return Refusal(Place("projection"), what, remedy)

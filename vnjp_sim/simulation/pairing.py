"""What shows that runs share their draws.

Draw i holds the same parameters and random numbers in every scenario only if the runs agree in all
of :data:`PAIRED_BY`. What they agree in stands in coordinates along the scenarios, since these
survive concatenation, selection and merging, which attributes do not.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import (
    BASELINE,
    SCENARIO,
)

if TYPE_CHECKING:
    import xarray as xr

PAIRED_BY = (
    "draws",
    "seed",
    "as_of",
    "evidence",
    "calibration",
    "priors",
    "links",
    "sources",
    "versions",
)
"""What two runs must have in common, so that draw i is the same one in both."""
MANIFEST, MANIFESTS, PAIRING = "manifest", "manifests", "pairing"
SHOWN, NOT_SHOWN = "shown", "not shown"
"""What the attribute `pairing` of effects says: whether their runs are known to share draws."""
COORDINATES = ("seed", "draws", "calibration", PAIRING, BASELINE, MANIFEST)
"""Along the scenarios: `pairing` is a hash of :data:`PAIRED_BY`, `baseline` the root of the chain,
`manifest` what the run was made of, as JSON."""
KEEP = "keep it when you select, and take means and quantiles of the comparison"


def coordinates_of(manifest: Mapping[str, Any]) -> dict[str, str | int]:
    """Return the coordinates of a run, as far as its manifest gives them."""
    coordinates: dict[str, str | int] = {}
    if all(key in manifest for key in (*PAIRED_BY, "chain")):
        agreed = json.dumps({key: manifest[key] for key in PAIRED_BY}, sort_keys=True)
        coordinates = {key: manifest[key] for key in ("seed", "draws", "calibration")}
        coordinates[PAIRING] = hashlib.sha256(agreed.encode()).hexdigest()[:16]
        coordinates[BASELINE] = str(manifest["chain"][0])
    if manifest:
        coordinates[MANIFEST] = json.dumps(manifest, sort_keys=True)
    return coordinates


def manifests_of(runs: xr.Dataset) -> dict[str, Mapping[str, Any]]:
    """Return the manifests of runs by scenario, as far as the data hold them.

    Attributes, where coordinates are lost, count only if they are of just these scenarios; in
    version 0.1.0 there was nothing else.
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
    manifests: dict[str, Any] = {}
    if MANIFESTS in runs.attrs:
        manifests = _read(runs.attrs[MANIFESTS])
    elif MANIFEST in runs.attrs and len(names) == 1:
        manifests = {names[0]: _read(runs.attrs[MANIFEST])}
    if set(manifests) != set(names):
        return {}
    for name, manifest in manifests.items():
        if not isinstance(manifest, dict):
            raise _damaged(name)
    return manifests


def packed(manifests: Mapping[str, Mapping[str, Any]]) -> NDArray[np.uint8]:
    """Return manifests by scenario as an attribute: compressed JSON, which is shown in short."""
    text = json.dumps(manifests, sort_keys=True)
    return np.frombuffer(zlib.compress(text.encode()), np.uint8)


def _read(text: object) -> dict[str, Any]:
    """Return what a manifest says, as text or packed; raises InputError if it was damaged."""
    try:
        if isinstance(text, np.ndarray) and text.dtype == np.uint8:
            text = zlib.decompress(text.tobytes()).decode()
        content = json.loads(str(text))
    except (ValueError, zlib.error):
        content = None
    if not isinstance(content, dict):
        raise InputError([refusal("its manifest is damaged", KEEP)])
    return content


def _damaged(name: str) -> InputError:
    return InputError([refusal(f"the manifest of '{name}' does not say what was run", KEEP)])


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
        return "random numbers differ between scenarios"
    return "common random numbers" if shown else "not shown to share random numbers"


def pairing_shown(runs: xr.Dataset, baseline: str) -> bool:
    """Return whether all scenarios are known to share their draws with the baseline.

    Raises
    ------
    InputError
        Some are known not to: of other seeds, draws or models.
    """
    refusals = Refusals()
    manifests, proofs = manifests_of(runs), pairing_hashes(runs)
    for name in scenario_names(runs):
        if name in proofs and baseline in proofs and proofs[name] != proofs[baseline]:
            unlike = _unlike(runs, name, baseline, manifests)
            message = f"is not paired with {baseline}: {unlike}"
            remedy = "run both with the same options, models and version"
            refusals.append(Refusal(Place(name), message, remedy))
        elif not _same_baseline(manifests, name, baseline):
            message = f"was run against another '{baseline}' than the one here"
            remedy = "run it together with its own baseline"
            refusals.append(Refusal(Place(name), message, remedy))
    refusals.raise_if_any()
    if PAIRING not in runs.coords and proofs and not _share_draws(runs, baseline):
        return False
    return set(scenario_names(runs)) <= set(proofs)


def pairing_known(manifests: Mapping[str, Mapping[str, Any]], baseline: str) -> bool:
    """Return whether runs with these manifests share their draws, and were run against this one."""
    hashes = {coordinates_of(manifest).get(PAIRING) for manifest in manifests.values()}
    return (
        len(hashes) == 1
        and None not in hashes
        and all(_same_baseline(manifests, name, baseline) for name in manifests)
    )


def twice(place: str, name: str) -> Refusal:
    """Return the refusal of a scenario's name that two runs have."""
    remedy = "give each file a name of its own (its line 'name:'), or take one of them"
    return Refusal(Place(place), f"the scenario '{name}' appears twice", remedy)


def check_distinct(names: Sequence[str], places: Sequence[str]) -> None:
    """Raise InputError if a scenario's name is there twice; `places` say where each comes from."""
    counts = Counter(names)
    Refusals(
        twice(p, n) for n, p in zip(names, places, strict=True) if counts[n] > 1
    ).raise_if_any()


def pairing_hashes(runs: xr.Dataset) -> dict[str, str]:
    """Return the hash of what pairs each scenario, as far as it is known."""
    names = scenario_names(runs)
    if PAIRING in runs.coords:
        texts = zip(names, _along(runs, PAIRING), strict=True)
        return {name: str(text) for name, text in texts if _known(text)}
    coordinates = {name: coordinates_of(m) for name, m in manifests_of(runs).items()}
    return {name: str(own[PAIRING]) for name, own in coordinates.items() if PAIRING in own}


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


def refusal(message: str, remedy: str) -> Refusal:
    """Return a refusal of a dataset of projections."""
    return Refusal(Place("projection"), message, remedy)

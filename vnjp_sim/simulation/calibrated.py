"""The posterior of a model: found where calibrations are stored, or calibrated and stored now."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from vnjp_sim.calibration import Posterior, calibrate
from vnjp_sim.calibration.bank import (
    FILE,
    calibration_hash,
    load_posterior,
    save_posterior,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.simulation.manifests import (
    versions,
)
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.progress import QUIET, Progress
from vnjp_sim.simulation.request import DEFAULT_OUT
from vnjp_sim.storage.store import check_writable, find_run
from vnjp_sim.storage.user_cache import CALIBRATION, find_kept, keep

CALIBRATING = (
    "Calibrating on {} figures, which takes about a minute; later runs read the stored calibration."
)


@settled
def posterior_of(
    model: Model,
    out: str | Path = DEFAULT_OUT,
    progress: Progress = QUIET,
    *,
    override_gates: bool = False,
) -> tuple[Posterior, Path]:
    """Return the posterior of a model and its file: a stored one, or calibrated and stored now.

    Looked for below `out`, below the default results folder, and in the user's cache, which gets
    a copy of what is calibrated now (see :mod:`vnjp_sim.storage.user_cache`).

    Raises
    ------
    CalibrationGateError
        A diagnostic is outside its gate; nothing is written.
    EnvironmentFailureError
        It cannot be stored.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> posterior, file = vj.posterior_of(vj.load_model())
    >>> learnt = posterior.table()[["name", "prior_mean", "mean", "sd"]]
    """
    out = Path(out)
    stored = stored_posterior(model, out)
    if stored is not None:
        return stored
    check_writable(out)
    progress.starting(CALIBRATING.format(len(model.evidence.observations)))
    posterior = calibrate(
        model.evidence,
        model.parameters,
        advance=progress.calibrating,
        override_gates=override_gates,
    )
    manifest = {
        "calibration": calibration_hash(model.evidence, model.parameters),
        "as_of": model.as_of.isoformat() if model.as_of else None,
        "evidence": model.evidence.basis,
        "gates_overridden": override_gates and any(g.faults for g in posterior.groups),
        "versions": versions(),
    }
    file = save_posterior(posterior, model.parameters, model.registry, out, manifest)
    if not manifest["gates_overridden"]:
        keep(file.parent)
    return posterior, file


def stored_posterior(model: Model, out: str | Path = DEFAULT_OUT) -> tuple[Posterior, Path] | None:
    """Return the posterior of a model and its file if it is stored anywhere, see above."""
    key = calibration_hash(model.evidence, model.parameters)
    places = dict.fromkeys((Path(out), DEFAULT_OUT))
    found = (find_run(place, CALIBRATION, key) for place in places)
    folder = next(filter(None, found), None) or find_kept(CALIBRATION, key)
    if folder is None:
        return None
    return _loaded(folder / FILE, folder.stat().st_mtime_ns), folder / FILE


@lru_cache(maxsize=2)
def _loaded(file: Path, _changed: int) -> Posterior:
    """Return a stored posterior, read once for all scenarios; its arrays are for reading alone."""
    posterior = load_posterior(file)
    for array in posterior.arrays.values():
        array.flags.writeable = False
    return posterior

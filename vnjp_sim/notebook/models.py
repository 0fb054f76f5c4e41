"""The model that runs were made with, and its calibration, for pictures and files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.simulation.model_data import Model, load_model

if TYPE_CHECKING:
    from vnjp_sim.simulation.history import History

Manifests = Mapping[str, Mapping[str, Any]]


def model_of(manifests: Manifests, model: Model | None = None) -> Model:
    """Return the model that is given, else the shipped one as of the day of the runs.

    Raises
    ------
    InputError
        The runs were made with a models folder of one's own, which must be given.
    """
    first: Mapping[str, Any] = next(iter(manifests.values()), {})
    if model is None:
        model = load_model(None, first.get("as_of"), first.get("evidence") or "documents")
    if first.get("registry") not in (None, model.hashes["registry"]):
        remedy = "give model=vnjp_sim.load_model(FOLDER) of the folder that they were run with"
        raise InputError.single("model", "is not the one of these runs", remedy)
    return model


def history_for(manifests: Manifests, model: Model) -> History | None:
    """Return the past that runs go on from; None if it is not known."""
    from vnjp_sim.charts.past import posterior_named
    from vnjp_sim.simulation.history import history_of

    posterior = posterior_named(manifests.values(), model)
    if posterior is None:
        return None
    first = next(iter(manifests.values()))
    return history_of(posterior, model, draws=int(first["draws"]), seed=int(first["seed"]))

"""History behind a projection: the calibrated past of an indicator, as far as it is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration import Posterior
from vnjp_sim.charts.look import Look
from vnjp_sim.charts.quantities import Quantity, Row, cell_rows, quantile_rows
from vnjp_sim.simulation.calibrated import stored_posterior
from vnjp_sim.simulation.history import basis_of, past_of
from vnjp_sim.simulation.pairing import manifests_of

if TYPE_CHECKING:
    import xarray as xr

    from vnjp_sim.simulation.model_data import Model

FloatArray = NDArray[np.float64]

LEAST_HISTORY = 5
"""Years before the projection, and zeros before the first other value, that an axis shows."""


class Past:
    """The calibrated past of indicators, computed together; empty without a posterior.

    Parameters
    ----------
    posterior : Posterior | None
        Of the model.
    model : Model
        What the models folder says.
    names : Collection[str]
        Indicators.
    """

    def __init__(self, posterior: Posterior | None, model: Model, names: Collection[str]) -> None:
        self.first, self.posterior, self.model = 0, posterior, model
        self.arrays: Mapping[str, FloatArray] = {}
        if posterior is not None:
            self.first, self.arrays = past_of(posterior, model, names)

    def rows(
        self, name: str, shown: Quantity, until: int, look: Look
    ) -> tuple[list[Row], list[Row]]:
        """Return quantile rows and cells of an indicator up to a year, of the years asked for.

        Of years of zeros before there is anything, the last few; see :data:`LEAST_HISTORY`.
        """
        if name not in self.arrays:
            return [], []
        path = self.arrays[name]
        wanted = [
            i
            for i in range(len(path))
            if self.first + i <= until and look.holds(self.first + i) and np.isfinite(path[i]).all()
        ]
        some = [place for place, i in enumerate(wanted) if path[i].any()]
        wanted = wanted[max((some[0] if some else len(wanted)) - LEAST_HISTORY, 0) :]
        years = [self.first + i for i in wanted]
        whole = bool((path[wanted] == np.round(path[wanted])).all())
        cells = cell_rows(path[wanted], years, shown) if whole else []
        return quantile_rows(path[wanted], years, shown, look.bands), cells

    def told(self, name: str, drawn: Sequence[Row]) -> list[str]:
        """Return the sentence on what the drawn history of an indicator rests on."""
        if name not in self.arrays or self.posterior is None:
            return []
        if drawn and not any(row.get(n) for row in drawn for n in ("p50", "p95", "some")):
            return ["Grey: none in history."]
        basis = basis_of(name, self.arrays[name], self.posterior, self.model)
        return [f"Grey: history, {basis}."]


def posterior_behind(runs: xr.Dataset, model: Model) -> Posterior | None:
    """Return the stored calibration that runs were projected from; None if it is not at hand."""
    return posterior_named(manifests_of(runs).values(), model)


def posterior_named(manifests: Iterable[Mapping[str, Any]], model: Model) -> Posterior | None:
    """Return the stored calibration of a model if manifests name it and no other.

    Nothing is calibrated for a picture.
    """
    if {manifest.get("calibration") for manifest in manifests} != {model.hashes["calibration"]}:
        return None
    found = stored_posterior(model)
    return found[0] if found else None

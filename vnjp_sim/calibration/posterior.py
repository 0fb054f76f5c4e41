"""The bank of joint posterior draws, which the engine and the reader get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.calibration.diagnostics import GroupDiagnostics, ParameterSummary
from vnjp_sim.calibration.posteriors import (
    LOG,
    LOG_ODDS,
)
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.errors import InputError, did_you_mean
from vnjp_sim.inputs.number_text import count_text, draws_text
from vnjp_sim.inputs.parameters import Parameters
from vnjp_sim.sectors.central_course import CentralCourse

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Posterior:
    """The posterior sample: joint draws of all parameters with their histories, equally likely.

    Attributes
    ----------
    arrays : mapping
        By name; the draws on the last axis. `<law>.path` is (year, draw). A parameter is NaN
        in the draws whose growth form does not use it.
    first_years : mapping
        First year of each path; all paths end in `last_year`.
    last_year : int
        Last year of history.
    forms : tuple of str
        Names of the growth forms that `<law>.form` counts.
    plateaus, origins : mapping
        By law, see :class:`~vnjp_sim.calibration.posteriors.GrowthPosterior`.
    groups, parameters : tuple
        Diagnostics.
    missing : tuple of str
        Laws and stocks that lack figures.
    scales : mapping
        The scale of each array of a law, by name.
    course : CentralCourse
        What the macro indicators depart from.
    last_figures : mapping
        When each law or stock has its last figure, a decimal year.
    log_likelihood : mapping
        By group, (row,), how likely its figures are under the laws with the row's parameters, up
        to a constant.
    """

    arrays: Mapping[str, NDArray[np.generic]]
    first_years: Mapping[str, int]
    last_year: int
    forms: tuple[str, ...]
    plateaus: Mapping[str, float]
    origins: Mapping[str, float]
    groups: tuple[GroupDiagnostics, ...]
    parameters: tuple[ParameterSummary, ...]
    missing: tuple[str, ...]
    scales: Mapping[str, str] = field(default_factory=dict)
    course: CentralCourse = field(default_factory=CentralCourse)
    last_figures: Mapping[str, float] = field(default_factory=dict)
    log_likelihood: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The number of rows of the bank."""
        return int(next(iter(self.arrays.values())).shape[-1])

    @settled
    def path(self, law: str) -> xr.DataArray:
        """Return the calibrated path of a law or a stock, dims (year, draw), in its unit.

        The draws are the rows of the bank. A ratio stands as such, not as its logarithm; a share of
        firms in percent. What follows from paths by identities has :func:`vnjp_sim.history`. Raises
        InputError if the calibration has no path of that name, or one of several parts.
        """
        import xarray as xr

        paths = {
            name.removesuffix(".path") for name in self.first_years if self.arrays[name].ndim == 2
        }
        if law not in paths:
            raise InputError.single(law, "has no calibrated path", did_you_mean(law, paths))
        path = np.asarray(self.arrays[f"{law}.path"], np.float64)
        scale = self.scales.get(f"{law}.path")
        if scale == LOG:
            path = np.exp(path)
        elif scale == LOG_ODDS:
            path = 100.0 / (1.0 + np.exp(-path))
        first = self.first_years[f"{law}.path"]
        years = np.arange(first, first + path.shape[0])
        return xr.DataArray(path, {"year": years}, ("year", "draw"), law)

    def log_prior(self, parameters: Parameters) -> dict[str, FloatArray]:
        """Return the log density of each parameter's prior, (row,), up to a constant, by its name.

        It is that of the prior's normal score, with mean zero under the prior; zero in the rows
        whose growth form does not use the parameter, so that scaling a prior favours no form.
        """
        priors = parameters.priors_of_posterior()
        densities = {}
        for one in self.parameters:
            scores = priors[one.name].prior.score(np.asarray(self.arrays[one.name], np.float64))
            densities[one.name] = np.nan_to_num(0.5 - 0.5 * scores**2)
        return densities

    def table(self) -> pd.DataFrame:
        """Return prior against posterior, one row a parameter.

        Columns: group, name, prior, unit, grade, prior_mean, prior_sd, mean, sd, kept, learnt.
        """
        import pandas as pd

        return pd.DataFrame([{**asdict(p), "learnt": p.learnt} for p in self.parameters])

    def __repr__(self) -> str:
        learnt = sum(p.learnt for p in self.parameters)
        return (
            f"<Posterior: {draws_text(self.size)}, {count_text(len(self.groups), 'group')}, "
            f"{learnt} of {len(self.parameters)} parameters learnt, history to {self.last_year}>"
        )

"""The accessor `vnjp` of projections: `runs.vnjp.plot("trade_turnover")` and the like."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.shown import Keyed, ask, drawn, written
from vnjp_sim.foundation.vocabulary import SCENARIO
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.simulation.pairing import manifests_of, scenario_names

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd
    import xarray as xr

    from vnjp_sim.analysis.comparison import Comparison
    from vnjp_sim.calibration import Posterior
    from vnjp_sim.simulation.model_data import Model

NAME = "vnjp"


class Runs(Keyed):
    """Projections in a notebook: a table of headline indicators, pictures and files.

    Every :class:`xarray.Dataset` that :func:`vnjp_sim.run` returns has it as `runs.vnjp`.
    """

    def __init__(self, data: xr.Dataset) -> None:
        self.data = data

    def __getitem__(self, indicator: str) -> pd.DataFrame:
        """Return mean, standard deviation and quantiles of an indicator by scenario and year."""
        return self.table([indicator])

    def __repr__(self) -> str:
        names = ", ".join(scenario_names(self.data))
        count = count_text(len(self.data.data_vars), "indicator")
        return f"<Projections of {names}: {count}>"

    def _keys(self) -> list[str]:
        return self.indicators

    @property
    def indicators(self) -> list[str]:
        """The indicators that were projected."""
        return [str(name) for name in self.data.data_vars]

    @settled
    def table(
        self, indicators: list[str] | None = None, *, model: Model | None = None
    ) -> pd.DataFrame:
        """Return mean, standard deviation and quantiles over the draws.

        Columns scenario, indicator, label, unit, year, mean, sd, and the quantiles. Raises
        InputError for an indicator that the runs do not have.
        """
        from vnjp_sim.foundation.choices import names_asked
        from vnjp_sim.notebook.models import model_of
        from vnjp_sim.simulation.summaries import summary_table

        registry = model_of(manifests_of(self.data), model).registry
        known = {name: registry.labels.get(name, name) for name in self.indicators}
        names = names_asked(indicators, known, "no such indicator here")
        starts = {name: int(self.data["year"][0]) for name in scenario_names(self.data)}
        arrays = {
            scenario: {name: self.values(name, scenario) for name in names} for scenario in starts
        }
        return summary_table(arrays, starts, registry)

    def values(self, indicator: str, scenario: str) -> NDArray[np.float64]:
        """Return the draws of an indicator in a scenario, (year, draw)."""
        name = indicator
        return np.asarray(self.data[name].sel({SCENARIO: scenario}).to_numpy(), np.float64)

    @settled
    def compare(self, *, model: Model | None = None) -> Comparison:
        """Compare the scenarios with the baseline among them; see :func:`vnjp_sim.compare`."""
        from vnjp_sim.analysis.from_runs import comparison_of
        from vnjp_sim.analysis.given import examined
        from vnjp_sim.notebook.models import model_of
        from vnjp_sim.simulation.request import Request

        registry = model_of(manifests_of(self.data), model).registry
        return examined(comparison_of(self.data, registry), Request())

    @settled
    def plot(
        self,
        indicator: str,
        *,
        model: Model | None = None,
        posterior: Posterior | None = None,
        **look: Any,
    ) -> alt.VConcatChart:
        """Draw an indicator: a fan of one scenario, or several in one picture.

        See :func:`vnjp_sim.charts.fan` and :func:`vnjp_sim.charts.overlay`. The past is drawn if
        the calibration is given, or kept where it usually is. Options of the chart (`look`) are
        width and height in pixels; years, whose first and last bound the time axis; title; bands,
        per cent of the draws that each holds; numbers ("en", "ja", "de", "vi", "fr"); and theme
        ("light", "dark").

        Raises
        ------
        InputError
            The runs do not have the indicator, or the model is another one.
        EnvironmentFailureError
            The extra `charts` is not installed.
        """
        return drawn(self, indicator, model=model, posterior=posterior, **look)

    @settled
    def plot_targets(self, *, model: Model | None = None, **look: Any) -> alt.VConcatChart:
        """Draw the chances of the documents' targets; see :func:`vnjp_sim.charts.targets`.

        Options of the chart (`look`) are those of :meth:`plot`.
        """
        return cast("alt.VConcatChart", ask("plot_targets", self, model, **look))

    @settled
    def to_excel(
        self, file: str | Path, *, model: Model | None = None, force: bool = False
    ) -> Path:
        """Write a workbook; see :func:`vnjp_sim.exchange.write_excel`.

        Raises InputError, EnvironmentFailureError.
        """
        return written("to_excel", self, file, model=model, force=force)

    @settled
    def export(
        self,
        file: str | Path,
        kind: str | None = None,
        *,
        model: Model | None = None,
        force: bool = False,
    ) -> Path:
        """Write the projections as csv, iamc, netcdf or excel; as a comparison does."""
        return written("export", self, file, kind, model=model, force=force)


def register() -> None:
    """Give every Dataset the accessor, once."""
    import xarray as xr

    if not hasattr(xr.Dataset, NAME):
        xr.register_dataset_accessor(NAME)(Runs)  # type: ignore[no-untyped-call]

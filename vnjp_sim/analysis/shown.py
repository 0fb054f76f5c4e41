"""What comparisons, attributions and budgets show of themselves: tables, pictures, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.shown import Keyed, drawn, written

if TYPE_CHECKING:
    import altair as alt
    import pandas as pd

    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.projections import Projections


class ShownComparison(Keyed):
    """A comparison in a notebook."""

    projections: Projections

    def __getitem__(self, indicator: str) -> pd.DataFrame:
        """Return the effects on an indicator, see :meth:`vnjp_sim.Comparison.table`."""
        table: pd.DataFrame = self.table([indicator])  # type: ignore[attr-defined]
        return table

    def _keys(self) -> Sequence[str]:
        return list(self.projections.arrays)

    @settled
    def plot(
        self, indicator: str | None = None, *, model: Model | None = None, **look: Any
    ) -> alt.VConcatChart:
        """Draw the effects on an indicator; see :func:`vnjp_sim.charts.effect_fan`.

        Parameters
        ----------
        indicator : str | None
            By default the one that follows most clearly.
        model : Model | None
            Needed for runs of a models folder of one's own.
        **look : Any
            Options of the chart: width and height in pixels; years, whose first and last bound
            the time axis; title; bands, per cent of the draws that each holds; numbers ("en",
            "ja", "de", "vi", "fr"); theme ("light", "dark"); and relative=True for per cent of
            the baseline.

        Raises
        ------
        InputError
            The indicator was not compared, or the model is another one.
        EnvironmentFailureError
            The extra `charts` is not installed.
        """
        return drawn(self, indicator, model=model, **look)

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
        """Write the effects as csv, iamc, netcdf or excel; return the file.

        Parameters
        ----------
        file : str | Path
            The target.
        kind : str | None
            The format; by default what the ending says: .csv, .nc or .xlsx.
        model : Model | None
            As for :meth:`plot`.
        force : bool
            Whether the file may be replaced.

        Raises
        ------
        InputError
            The format is unknown, or the file exists.
        EnvironmentFailureError
            openpyxl is not installed; or the disk refuses.
        """
        return written("export", self, file, kind, model=model, force=force)


class ShownAttribution(Keyed):
    """An attribution in a notebook."""

    total: Mapping[str, Any]
    years: tuple[int, ...]

    def __getitem__(self, indicator: str) -> pd.DataFrame:
        """Return the contributions to the effect on an indicator in the last year."""
        table: pd.DataFrame = self.table(indicator, self.years[-1])  # type: ignore[attr-defined]
        return table

    def _keys(self) -> Sequence[str]:
        return list(self.total)

    @settled
    def plot(
        self,
        indicator: str | None = None,
        year: int | None = None,
        *,
        model: Model | None = None,
        **look: Any,
    ) -> alt.VConcatChart:
        """Draw the contributions to an effect; see :func:`vnjp_sim.charts.waterfall`.

        By default to the indicator that most parts contribute to, in the last year. Options of the
        chart (`look`) are width, height, title, numbers and theme, as for
        :meth:`vnjp_sim.Comparison.plot`. Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, indicator, year=year, model=model, **look)

    @settled
    def to_excel(
        self, file: str | Path, *, model: Model | None = None, force: bool = False
    ) -> Path:
        """Write all contributions as a workbook. Raises InputError, EnvironmentFailureError."""
        return written("to_excel", self, file, model=model, force=force)


class ShownBudget(Keyed):
    """An uncertainty budget in a notebook."""

    first_order: Mapping[str, Any]

    def __getitem__(self, indicator: str) -> pd.DataFrame:
        """Return the shares of an indicator's variance."""
        table: pd.DataFrame = self.table(indicator)  # type: ignore[attr-defined]
        return table

    def _keys(self) -> Sequence[str]:
        return list(self.first_order)

    @settled
    def plot(
        self, indicator: str | None = None, *, model: Model | None = None, **look: Any
    ) -> alt.VConcatChart:
        """Draw where uncertainty comes from, by year; see :func:`vnjp_sim.charts.budget`.

        By default of the first indicator. Options of the chart (`look`) are those of
        :meth:`vnjp_sim.Comparison.plot`. Raises InputError, EnvironmentFailureError.
        """
        return drawn(self, indicator, model=model, **look)

    @settled
    def to_excel(
        self, file: str | Path, *, model: Model | None = None, force: bool = False
    ) -> Path:
        """Write all shares as a workbook. Raises InputError, EnvironmentFailureError."""
        return written("to_excel", self, file, model=model, force=force)

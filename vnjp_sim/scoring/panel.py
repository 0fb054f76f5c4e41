"""The panel of real countries: yearly trade and GDP, whole or as known before a year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.foundation.packaged import shipped_folder

FloatArray = NDArray[np.float64]
SERIES = ("exports", "imports", "gdp", "real_gdp")


@dataclass(frozen=True)
class Panel:
    """Yearly values of countries; NaN where the table has none.

    Attributes
    ----------
    countries : tuple[str, ...]
        ISO codes, the columns.
    years : tuple[int, ...]
        The rows, without gaps.
    exports, imports, gdp : FloatArray
        (year, country) in current USD bn.
    real_gdp : FloatArray
        (year, country) in constant prices.
    """

    countries: tuple[str, ...]
    years: tuple[int, ...]
    exports: FloatArray
    imports: FloatArray
    gdp: FloatArray
    real_gdp: FloatArray

    @property
    def turnover(self) -> FloatArray:
        """Exports and imports together, (year, country) in current USD bn."""
        return self.exports + self.imports

    def column(self, country: str) -> int:
        """Return the column of a country."""
        return self.countries.index(country)

    def before(self, year: int) -> Panel:
        """Return the years before `year`, and the countries that have values in them."""
        rows = np.array([known < year for known in self.years])
        columns = np.isfinite(self.gdp[rows]).any(axis=0)
        return self._part(rows, columns)

    def without(self, countries: Sequence[str]) -> Panel:
        """Return the other countries."""
        return self._part(np.full(len(self.years), True), ~np.isin(self.countries, countries))

    def _part(self, rows: NDArray[np.bool_], columns: NDArray[np.bool_]) -> Panel:
        names = tuple(np.array(self.countries)[columns].tolist())
        years = tuple(np.array(self.years)[rows].tolist())
        return Panel(names, years, *(getattr(self, name)[rows][:, columns] for name in SERIES))


def panels_folder() -> Path:
    """Return the folder of the shipped panels."""
    return shipped_folder("models") / "panels"


def read_panel(folder: Path | None = None) -> Panel:
    """Read the table of countries; by default the shipped one."""
    import pandas as pd

    rows = pd.read_csv((folder or panels_folder()) / "world_trade_gdp.csv.gz")
    columns = {"exports": "exports_usd_bn", "imports": "imports_usd_bn", "gdp": "gdp_usd_bn"}
    columns["real_gdp"] = "real_gdp_bn"
    tables = rows.pivot_table(index="year", columns="country", values=list(columns.values()))
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    series = {name: tables[column].reindex(years) for name, column in columns.items()}
    countries = tuple(series["gdp"].columns)
    return Panel(countries, tuple(years), *(series[name].to_numpy(float) for name in SERIES))

"""The registry of indicators and units: the single source of labels, units and kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from vnjp_sim.checked import Checked, check
from vnjp_sim.errors import did_you_mean
from vnjp_sim.strict_yaml import read_yaml


class Unit(Checked):
    """A unit: `scale` of it make one base unit of its `dimension` (USD bn: 1e9 of currency_usd)."""

    dimension: str
    scale: float = Field(gt=0)
    label: str


class Indicator(Checked):
    """A measured quantity.

    `sign` bounds its values: positive, nonnegative or any; `decimals` is how many a table shows;
    `price_basis` says in whose prices it is; `iamc` is its name in the IAMC exchange format.
    """

    label: str
    unit: str
    kind: Literal["stock", "flow", "rate", "count", "rank", "index"]
    sector: str
    sign: Literal["positive", "nonnegative", "any"]
    decimals: int = Field(ge=0, le=6)
    price_basis: Literal["nominal", "real", "none"]
    iamc: str
    meaning: str


class _RegistryFile(Checked):
    units: dict[str, Unit]
    indicators: dict[str, Indicator]

    @model_validator(mode="after")
    def _known_units(self) -> _RegistryFile:
        for name, indicator in self.indicators.items():
            if indicator.unit not in self.units:
                raise ValueError(
                    f"indicator {name} has the unknown unit '{indicator.unit}' — "
                    + did_you_mean(indicator.unit, self.units)
                )
        return self


@dataclass(frozen=True)
class Registry:
    """The indicators and units of a models folder."""

    indicators: Mapping[str, Indicator]
    units: Mapping[str, Unit]

    def factor(self, unit: str, to: str) -> float:
        """Return what a value in `unit` is multiplied by to be in unit `to`.

        Raises ValueError, with the remedy, when the units measure different things.
        """
        for name in (unit, to):
            if name not in self.units:
                raise ValueError(f"unknown unit '{name}' — {did_you_mean(name, self.units)}")
        source, target = self.units[unit], self.units[to]
        if source.dimension != target.dimension:
            alike = [n for n, u in self.units.items() if u.dimension == target.dimension]
            raise ValueError(
                f"unit '{unit}' cannot be read as '{to}' — use one of: {', '.join(sorted(alike))}"
            )
        return source.scale / target.scale


def read_registry(models: Path) -> Registry:
    """Read `models/indicators.yml`; raises InputError."""
    content = check(_RegistryFile, read_yaml(models / "indicators.yml"))
    return Registry(content.indicators, content.units)

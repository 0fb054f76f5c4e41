"""The registry of indicators and units: the single source of labels, units and kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from vnjp_sim.foundation.errors import BadValueError, Refusal, closest, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.schema import Checked, Id, Name, Phrase, Text, check
from vnjp_sim.inputs.strict_yaml import StrictYaml


class Unit(Checked):
    """A unit: `scale` of it make one base unit of its `dimension` (USD bn: 1e9 of currency_usd)."""

    dimension: Id
    scale: float = Field(gt=0)
    label: Text


class Indicator(Checked):
    """A measured quantity.

    `sign` bounds its values: positive, nonnegative or any; `most` is the largest value that can be,
    such as 100 of a share in percent; `decimals` is how many a table shows;
    `price_basis` says in whose prices it is; `iamc` is its name in the IAMC exchange format.
    `not_projected` is the reason why no sector gives it, empty if one does.
    """

    label: Text
    unit: Phrase
    kind: Literal["stock", "flow", "rate", "count", "rank", "index"]
    sector: Id
    sign: Literal["positive", "nonnegative", "any"]
    most: float | None = None
    decimals: int = Field(ge=0, le=6)
    price_basis: Literal["nominal", "real", "none"]
    iamc: Phrase
    meaning: Text
    not_projected: Text = ""


class _RegistryFile(Checked):
    units: dict[Phrase, Unit]
    indicators: dict[Name, Indicator]


@dataclass(frozen=True)
class Registry:
    """The indicators and units of a models folder."""

    indicators: Mapping[str, Indicator]
    units: Mapping[str, Unit]

    def factor(self, unit: str, to: str) -> float:
        """Return what a value in `unit` is multiplied by to be in unit `to`.

        Raises BadValueError when the units measure different things.
        """
        for name in (unit, to):
            if name not in self.units:
                raise BadValueError(f"unknown unit '{name}'", did_you_mean(name, self.units))
        source, target = self.units[unit], self.units[to]
        if source.dimension != target.dimension:
            alike = [n for n, u in self.units.items() if u.dimension == target.dimension]
            what = f"unit '{unit}' cannot be read as '{to}'"
            raise BadValueError(what, f"use one of: {', '.join(sorted(alike))}")
        return source.scale / target.scale


def read_registry(models: Path, given: Collection[str] | None = None) -> Registry:
    """Read `models/indicators.yml`.

    Parameters
    ----------
    models : the folder.
    given : the indicators that sectors give; every other one must say why it is not projected.
        Not looked at if None.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    document = read_models_yaml(models, "indicators.yml")
    content = check(_RegistryFile, document)
    refusals = Refusals()
    for name, indicator in content.indicators.items():
        path = ("indicators", name)
        for key, word, known in (
            ("unit", indicator.unit, content.units),
            ("sector", indicator.sector, SECTORS),
        ):
            if word not in known:
                what, remedy = f"unknown {key} '{word}'", did_you_mean(word, known)
                refusals.append(document.refusal((*path, key), what, remedy))
    if given is not None:
        told = _projection_refusals(content.indicators, set(given), document)
        refusals.take(told)
    refusals.raise_if_any()
    return Registry(content.indicators, content.units)


def _projection_refusals(
    indicators: Mapping[str, Indicator], given: set[str], document: StrictYaml
) -> Iterator[Refusal]:
    """Yield the indicators that sectors give and the file lacks, and the other way round."""
    missing = given - set(indicators)
    strange = {name for name, i in indicators.items() if not i.not_projected} - given
    for name in sorted(strange):
        meant = closest(name, missing)
        what = f"no sector projects '{name}', and nothing says why"
        remedy = "give the reason as not_projected"
        if meant is not None:
            what, remedy = f"no sector projects '{name}'", f"did you mean '{meant}'?"
        yield document.refusal(("indicators", name), what, remedy)
    for name in sorted(missing):
        if not closest(name, strange):
            what = f"the indicator '{name}', which a sector gives, is missing"
            yield document.refusal(("indicators",), what, "copy it from the shipped models")
    for name, indicator in indicators.items():
        if name in given and indicator.not_projected:
            place = ("indicators", name, "not_projected")
            yield document.refusal(place, f"a sector projects '{name}'", "leave not_projected out")

"""The registry of indicators and units: the single source of labels, units and kinds."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from vnjp_sim.foundation.errors import BadValueError, Refusal, closest, did_you_mean
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.schema import Checked, Id, Name, Phrase, Text, check
from vnjp_sim.inputs.strict_yaml import StrictYaml

FloatArray = NDArray[np.float64]

LIKELY_SLIP = 0.85
"""From this likeness on, a name that no sector projects is a slip of one that a sector does."""
RUNGS = {"thousand": 1e3, "million": 1e6, "billion": 1e9}
"""What words before a unit multiply a number by."""

COUNTERPART_REMEDY = (
    "add counterpart: the official series and how the definitions differ, or 'none: ' and why"
)


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
    `counterpart` names the official series that it corresponds to, and how the definitions differ;
    where there is none, it is "none: " and the reason. `not_projected` is the reason why no sector
    gives it, empty if one does. `context` marks one that is projected by itself alone: no lever,
    event or link moves it, so that it is not shown where none are asked for. `formerly` are ids
    that it had in earlier versions.

    The others say where it is shown when no indicators are asked for: `headline` in the short table
    of a run, `headline_effect` in those of effects; `report_fan` and `report_budget` are its place
    among a report's pictures of the baseline and of its uncertainty.
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
    counterpart: Text = ""
    not_projected: Text = ""
    context: bool = False
    formerly: tuple[Id, ...] = Field((), strict=False)
    headline: bool = False
    headline_effect: bool = False
    report_fan: int | None = Field(default=None, ge=1)
    report_budget: int | None = Field(default=None, ge=1)


SHOWN = frozenset({"headline", "headline_effect", "report_fan", "report_budget"})
"""The fields that say where an indicator is shown when none are asked for."""


class _RegistryFile(Checked):
    units: dict[Phrase, Unit]
    indicators: dict[Name, Indicator]


@dataclass(frozen=True)
class Registry:
    """The indicators and units of a models folder."""

    indicators: Mapping[str, Indicator]
    units: Mapping[str, Unit]

    @property
    def labels(self) -> dict[str, str]:
        """The label of each indicator, by which it may be asked for too."""
        return {name: indicator.label for name, indicator in self.indicators.items()}

    def labelled(self, names: Iterable[str]) -> dict[str, str]:
        """Return the labels of some indicators; of one that the registry lacks, its name."""
        return {name: self.labels.get(name, name) for name in names}

    @property
    def headlines(self) -> list[str]:
        """The indicators of a run's short table, in the order of the file."""
        return [name for name, i in self.indicators.items() if i.headline]

    @property
    def headline_effects(self) -> list[str]:
        """The indicators of short tables of effects, in the order of the file."""
        return [name for name, i in self.indicators.items() if i.headline_effect]

    @property
    def report_fans(self) -> list[str]:
        """The indicators whose baseline a report draws, in its order."""
        return _placed({name: i.report_fan for name, i in self.indicators.items()})

    @property
    def report_budgets(self) -> list[str]:
        """The indicators of whose baseline a report draws the uncertainty, in its order."""
        return _placed({name: i.report_budget for name, i in self.indicators.items()})

    def converts(self, unit: str, to: str) -> bool:
        """Whether one unit is of dollars and the other one of yen."""
        known = {self.units[name].dimension for name in (unit, to) if name in self.units}
        return known == {"currency_usd", "currency_jpy"}

    def in_other_currency(self, unit: str, to: str, rate: FloatArray | float) -> FloatArray | float:
        """Return what an amount in `unit` is multiplied by to be in `to`, at yen for a dollar.

        For units of which :meth:`converts` holds; as many numbers as there are rates.
        """
        scale = self.units[unit].scale / self.units[to].scale
        return scale * rate if self.units[unit].dimension == "currency_usd" else scale / rate

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

    def multiplier(self, words: str, to: str) -> float:
        """Return what a number in a unit as people write it is multiplied by to be in unit `to`.

        Words are a unit, % or thousand persons; with none the number is in `to` already. Raises
        BadValueError as :meth:`factor`.
        """
        word, _, rest = words.partition(" ")
        scale, unit = (RUNGS[word], rest) if word in RUNGS else (1.0, words)
        if not unit and word and self.units[to].scale != 1.0:
            raise BadValueError(f"'{word}' says not of what", f"write the number in {to}")
        if not unit or unit == to:
            return scale
        return scale * self.factor("percent" if unit == "%" else unit, to)


def read_registry(models: Path, given: Collection[str] | None = None) -> Registry:
    """Read `models/indicators.yml`.

    An entry of an own folder that says nothing of where its indicator is shown takes that from the
    shipped entry of the same name.

    Parameters
    ----------
    models : Path
        The folder.
    given : Collection[str] | None
        Collection of str, optional
        The indicators that sectors give; every other one must say why it is not projected.
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
                message, remedy = f"unknown {key} '{word}'", did_you_mean(word, known)
                refusals.append(document.refusal((*path, key), message, remedy))
        if (wrong := _counterpart_fault(indicator.counterpart)) is not None:
            refusals.append(document.refusal(path, f"{wrong} of '{name}'", COUNTERPART_REMEDY))
        for what, remedy in _context_faults(indicator):
            refusals.append(document.refusal((*path, "context"), f"'{name}' {what}", remedy))
    if given is not None:
        refusals.take(_projection_refusals(content.indicators, set(given), document))
    refusals.raise_if_any()
    shipped = shipped_folder("models")
    if models.resolve() == shipped.resolve():
        return Registry(content.indicators, content.units)
    return Registry(_shown_as(content.indicators, read_registry(shipped)), content.units)


def _counterpart_fault(counterpart: str) -> str | None:
    """Return what a counterpart lacks, None if nothing."""
    if not counterpart:
        return "no official series is named as counterpart"
    word, colon, reason = counterpart.partition(":")
    if word.lower() == "none" and not (colon and reason.strip()):
        return "no reason is given for the missing counterpart"
    return None


def _context_faults(indicator: Indicator) -> Iterator[tuple[str, str]]:
    """Yield (what, remedy) of why an indicator cannot be of context."""
    if not indicator.context:
        return
    if indicator.not_projected:
        yield "is not projected, so that nothing could move it", "leave context out"
    for name in sorted(SHOWN):
        if getattr(indicator, name):
            yield f"is moved by nothing, yet has {name}", f"leave out context or {name}"


def _shown_as(indicators: Mapping[str, Indicator], shipped: Registry) -> dict[str, Indicator]:
    """Return indicators, those that say nothing of where they are shown as the shipped ones do."""
    silent = {name for name, i in indicators.items() if not SHOWN & i.model_fields_set}
    return {
        name: indicator.model_copy(update=shipped.indicators[name].model_dump(include=set(SHOWN)))
        if name in silent & set(shipped.indicators)
        else indicator
        for name, indicator in indicators.items()
    }


def _placed(places: Mapping[str, int | None]) -> list[str]:
    """Return the names that have a place, by place."""
    ranked = [(place, name) for name, place in places.items() if place is not None]
    return [name for _, name in sorted(ranked, key=lambda pair: pair[0])]


def _projection_refusals(
    indicators: Mapping[str, Indicator], given: set[str], document: StrictYaml
) -> Iterator[Refusal]:
    """Yield the indicators that sectors give and the file lacks, and the other way round."""
    missing = given - set(indicators)
    strange = {name for name, i in indicators.items() if not i.not_projected} - given
    for name in sorted(strange):
        meant = closest(name, missing)
        message = f"no sector projects '{name}', and no reason is given"
        remedy = "give the reason as not_projected"
        if meant is not None:
            message, remedy = f"no sector projects '{name}'", f"did you mean '{meant}'?"
        elif near := get_close_matches(name, given, 1, LIKELY_SLIP):
            remedy = f"did you mean '{near[0]}'? Else {remedy}"
        yield document.refusal(("indicators", name), message, remedy)
    for name in sorted(missing):
        if not closest(name, strange):
            message = f"the indicator '{name}', which a sector computes, is missing"
            yield document.refusal(("indicators",), message, "copy it from the shipped models")
    for name, indicator in indicators.items():
        if name in given and indicator.not_projected:
            place = ("indicators", name, "not_projected")
            yield document.refusal(place, f"a sector projects '{name}'", "leave not_projected out")

"""Reads the levers and event types of a models folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from vnjp_sim.foundation.errors import InputError, Refusal, did_you_mean
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import SECTORS
from vnjp_sim.inputs.levers import EVENT_KEYS, EventType, Instruments, Lever
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, check, unknown_key
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml, read_yaml


class _LeversFile(Checked):
    levers: dict[Id, Lever]


class _EventTypesFile(Checked):
    event_types: dict[Id, EventType]


def read_instruments(models: Path, registry: Registry) -> Instruments:
    """Read `levers.yml` and `event_types.yml` of a models folder; raises InputError.

    The shipped event types say which fields the sectors need.
    """
    refusals = Refusals()
    levers = refusals.result(_read_levers, models, registry)
    types = refusals.result(_read_event_types, models, registry)
    if levers is None or types is None:
        raise InputError(refusals)
    return Instruments(levers, types, registry=registry)


def _read_levers(models: Path, registry: Registry) -> Mapping[str, Lever]:
    document = read_models_yaml(models, "levers.yml")
    levers = check(_LeversFile, document).levers
    refusals = Refusals()
    for name, lever in levers.items():
        place = ("levers", name)
        refusals.take(_unit_refusals(lever.unit, (*place, "unit"), document, registry))
        if lever.part_of is not None and lever.part_of not in levers:
            what = f"unknown lever '{lever.part_of}'"
            remedy = did_you_mean(lever.part_of, levers)
            refusals.append(document.refusal((*place, "part_of"), what, remedy))
    refusals.raise_if_any()
    return levers


def _read_event_types(models: Path, registry: Registry) -> Mapping[str, EventType]:
    document = read_models_yaml(models, "event_types.yml")
    types = check(_EventTypesFile, document).event_types
    shipped = read_yaml(shipped_folder("models") / "event_types.yml")
    known = check(_EventTypesFile, shipped).event_types
    refusals = Refusals()
    for name, kind in types.items():
        path = ("event_types", name)
        if kind.sector not in SECTORS:
            remedy = did_you_mean(kind.sector, SECTORS)
            what = f"unknown sector '{kind.sector}'"
            refusals.append(document.refusal((*path, "sector"), what, remedy))
        fields = known.get(name, kind).fields
        needed = {field for field, number in fields.items() if number.needed}
        for field in sorted(needed - set(kind.fields)):
            what = f"the event '{name}' lacks the field '{field}'"
            remedy = "add it, as in the shipped models"
            refusals.append(document.refusal((*path, "fields"), what, remedy))
        for field, number in kind.fields.items():
            place = (*path, "fields", field)
            if field not in fields:
                refusals.append(document.refusal(place, *unknown_key(field, fields)))
            if field in EVENT_KEYS:
                what = f"the field '{field}' has the name of a key of every event"
                refusals.append(document.refusal(place, what, "give it another name"))
            refusals += _unit_refusals(number.unit, (*place, "unit"), document, registry)
        refusals.take(_choice_refusals(name, kind, known.get(name, kind), document))
    refusals.raise_if_any()
    return {name: _with_shipped(kind, known.get(name, kind)) for name, kind in types.items()}


def _choice_refusals(
    name: str, kind: EventType, shipped: EventType, document: StrictYaml
) -> Iterator[Refusal]:
    """Yield choices and options that no sector answers, or that a sector's answer lacks."""
    for choice, given in kind.choices.items():
        place = ("event_types", name, "choices", choice)
        if choice not in shipped.choices:
            yield document.refusal(place, *unknown_key(choice, shipped.choices))
            continue
        options = shipped.choices[choice].options
        for option in sorted(set(options) ^ set(given.options)):
            if option in options:
                what = f"the choice '{choice}' lacks the option '{option}'"
                remedy = "add it, as in the shipped models"
                yield document.refusal((*place, "options"), what, remedy)
            else:
                yield document.refusal((*place, "options", option), *unknown_key(option, options))


def _with_shipped(kind: EventType, shipped: EventType) -> EventType:
    """Return an event type with what its file may leave out, as the shipped one has it."""
    fields = dict(shipped.fields)
    for name, field in kind.fields.items():
        usual = fields.get(name, field)
        default = usual.default if field.default is None else field.default
        meant = {"stands_for": usual.stands_for, "default": default}
        fields[name] = field.model_copy(update=meant)
    choices = {**shipped.choices, **kind.choices}
    return kind.model_copy(update={"fields": fields, "choices": choices})


def _unit_refusals(
    unit: str, path: KeyPath, document: StrictYaml, registry: Registry
) -> Iterator[Refusal]:
    if unit not in registry.units:
        yield document.refusal(path, f"unknown unit '{unit}'", did_you_mean(unit, registry.units))

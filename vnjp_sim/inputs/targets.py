"""Pledges and official targets: what projections are checked against, never calibrated on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field

from vnjp_sim.foundation.choices import write_id
from vnjp_sim.foundation.errors import BadValueError, Refusal, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import parse_day
from vnjp_sim.inputs.evidence import Evidence
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import LINES, Checked, Id, Phrase, Text, check
from vnjp_sim.inputs.strict_yaml import KeyPath, StrictYaml


class Target(Checked):
    """One pledge, target or forecast: `indicator` is to be `sense` `value` by the day `by`.

    `upper` is the upper bound of the sense `between`. The grade `documented` means that the
    document states it so; `assumed`, that the wording left a judgement. `outcome` says what became
    of one whose date has passed. One in dollars of an indicator in yen, or the other way round, is
    converted in each draw at its rate of the target's year.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: Text
    indicator: Phrase
    sense: Literal["at_least", "at_most", "between"]
    value: float
    upper: float | None = None
    unit: Phrase
    by: str
    document: Id
    line: str = Field(pattern=LINES)
    place: Text
    note: Text = ""
    outcome: Literal["kept", "missed"] | None = None
    grade: Literal["documented", "assumed"]


class _TargetsFile(Checked):
    targets: list[Target]


def read_targets(models: Path, registry: Registry, evidence: Evidence) -> tuple[Target, ...]:
    """Read `models/targets.yml` and check it against registry and evidence.

    Raises
    ------
    InputError
        With all faults, among them a figure that is both calibrated on and a target.
    """
    document = read_models_yaml(models, "targets.yml")
    content = check(_TargetsFile, document)
    refusals = Refusals()
    for index, target in enumerate(content.targets):
        if refusals.full:
            break
        refusals += _refusals(target, ("targets", index), document, registry, evidence)
    refusals += _repeated(content.targets, document)
    refusals.raise_if_any()
    return tuple(content.targets)


def _refusals(
    target: Target, path: KeyPath, document: StrictYaml, registry: Registry, evidence: Evidence
) -> Refusals:
    refusals = Refusals()

    def refuse(key: str, what: str, remedy: str) -> None:
        refusals.append(document.refusal((*path, key), f"target {target.id}: {what}", remedy))

    indicator = registry.indicators.get(target.indicator)
    if indicator is None:
        remedy = write_id(target.indicator, registry.labels)
        refuse("indicator", f"unknown indicator '{target.indicator}'", remedy)
    else:
        try:
            if not registry.converts(target.unit, indicator.unit):
                registry.factor(target.unit, indicator.unit)
        except BadValueError as error:
            refuse("unit", error.what, error.remedy)
    try:
        parse_day(target.by)
    except BadValueError as error:
        refuse("by", error.what, error.remedy)
    if target.document not in evidence.documents:
        remedy = did_you_mean(target.document, evidence.documents)
        refuse("document", f"unknown document '{target.document}'", remedy)
    if (target.upper is None) == (target.sense == "between"):
        refuse("sense", "'upper' belongs to 'between' alone, which needs it", "give both or none")
    elif target.upper is not None and target.upper <= target.value:
        refuse("upper", "the upper bound is not above the value", "give the larger number there")
    if _calibrated_on(target, evidence):
        refuse("value", "the figure also calibrates", "set its observation's use to 'check'")
    return refusals


def _calibrated_on(target: Target, evidence: Evidence) -> bool:
    return any(
        o.indicators == (target.indicator,)
        and o.value == target.value
        and o.document == target.document
        and o.period.end > int(target.by[:4])
        for o in evidence.calibrating()
        if target.by[:4].isdigit()
    )


def _repeated(targets: Sequence[Target], document: StrictYaml) -> list[Refusal]:
    names = [target.id for target in targets]
    return [
        document.refusal(("targets", index), f"repeats the target '{name}'", "give it its own id")
        for index, name in enumerate(names)
        if name in names[:index]
    ]

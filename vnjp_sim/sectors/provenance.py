"""How each indicator is projected, in words: laws, priors, links, levers and events behind it.

All of it is derived from what the sectors declare: an indicator follows from its own laws and from
its parents, whose laws, priors and links are therefore behind it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.links import FORM_NAMES, Links
from vnjp_sim.inputs.number_text import minus
from vnjp_sim.inputs.parameters import Parameter, Parameters
from vnjp_sim.sectors.base import Output
from vnjp_sim.sectors.declarations import behind, common_priors, movers, outputs


@dataclass(frozen=True)
class Provenance:
    """Everything that bears on an indicator by way of itself or of its parents.

    Attributes
    ----------
    outputs : tuple of Output
        The indicator, then all that it follows from, the nearest first.
    laws, priors, links, levers, events : tuple of str
        Their names; `priors` are those of single parameters, learnt or not.
    """

    outputs: tuple[Output, ...]
    laws: tuple[str, ...]
    priors: tuple[str, ...]
    links: tuple[str, ...]
    levers: tuple[str, ...]
    events: tuple[str, ...]


def provenance(
    outputs: Sequence[Output], parameters: Parameters, links: Links, instruments: Instruments
) -> Provenance:
    """Return what bears on some indicators, as far as the model has it."""
    shared = [name for o in outputs for name in common_priors(o) if name in parameters.single]
    priors = [name for o in outputs for name in (*o.learnt, *o.priors, *o.course)]
    moving = movers(outputs)
    return Provenance(
        tuple(outputs),
        _once(name for o in outputs for name in o.laws),
        _once((*priors, *shared)),
        tuple(sorted(n for n, x in links.links.items() if any(o.answers(x) for o in outputs))),
        tuple(name for name in moving if name in instruments.levers),
        tuple(name for name in moving if name in instruments.event_types),
    )


def made_of(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the other indicators whose figures reach one: those of its level, and its ancestors.

    Figures of the first are taken as its own level; those of the second reach it by what it
    follows from, the nearest first.
    """
    if name not in outputs():
        return (), ()
    own, *ancestors = behind(name)
    levels = tuple(level for level in own.levels if level != name)
    through = (n for o in ancestors for n in (o.name, *o.levels))
    return levels, tuple(n for n in _once(through) if n not in (name, *levels))


def trace_lines(
    name: str, parameters: Parameters, links: Links, instruments: Instruments, reason: str = ""
) -> list[str]:
    """Return how an indicator is projected, and all that bears on it.

    What bears on it within its own sector is shown with priors and references, what comes by way
    of other sectors by its names.

    Parameters
    ----------
    name, parameters, links, instruments
        The indicator, and what the model says.
    reason : str
        Why it is not projected, if it is not.
    """
    if reason:
        return [f"Not projected: {reason}"]
    ancestors = behind(name)
    near = [o for o in ancestors if _sector(o) == _sector(ancestors[0])]
    own = provenance(near, parameters, links, instruments)
    lines = [f"How it is projected: {o.text}." for o in ancestors[:1] if o.text]
    lines += [f"Follows from: {', '.join(ancestors[0].follows)}"] if ancestors[0].follows else []
    lines += [f"  {o.name}: {o.text}" for o in near[1:] if o.text]
    for law in own.laws:
        lines += _law_lines(law, parameters)
    for prior in own.priors:
        lines.append(f"{prior}: {_prior_text(parameters.single[prior])}")
    lines += [_link_line(link, links) for link in own.links]
    lines += _instrument_lines(own)
    for parent in ancestors:
        if parent not in near:
            lines += _parent_lines(provenance([parent], parameters, links, instruments))
    return lines


def _once(names: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _sector(output: Output) -> str:
    return output.name.partition("_")[0]


def _law_lines(name: str, parameters: Parameters) -> Iterator[str]:
    law = parameters.laws[name]
    source = f"models/parameters/{parameters.sector_of[name]}.yml"
    yield f"Law of {name}: {law.law} ({source})"
    for part in type(law).model_fields:
        value = getattr(law, part)
        if isinstance(value, Parameter):
            yield f"  {part}: {_prior_text(value)}"


def _prior_text(parameter: Parameter) -> str:
    reference = " ".join(parameter.reference.split())
    prior = minus(parameter.prior.text)
    return f"{prior} {parameter.unit} — {parameter.grade}: {reference}"


def _link_line(name: str, links: Links) -> str:
    link = links.links[name]
    prior = minus(link.text)
    return (
        f"Link {name}: {link.driver} → {link.response}, {FORM_NAMES[link.form]}, {link.lag.text}, "
        f"{prior}, {link.graded}"
    )


def _instrument_lines(behind_it: Provenance) -> Iterator[str]:
    if behind_it.levers:
        yield f"Levers: {', '.join(behind_it.levers)}"
    if behind_it.events:
        yield f"Events: {', '.join(behind_it.events)}"


def _parent_lines(behind_it: Provenance) -> Iterator[str]:
    """Yield what bears on an indicator of another sector, by name."""
    parts = [
        ("laws", behind_it.laws),
        ("priors", behind_it.priors),
        ("links", behind_it.links),
        ("levers", behind_it.levers),
        ("events", behind_it.events),
    ]
    named = [f"{word} {', '.join(names)}" for word, names in parts if names]
    yield f"Through {behind_it.outputs[0].name}: " + ("; ".join(named) or "its parents")

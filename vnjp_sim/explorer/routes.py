"""How an effect reached what is shown, in words: over which indicators, when, by which links."""

from __future__ import annotations

from collections.abc import Sequence

from vnjp_sim.analysis.effect_routes import Route, Stage
from vnjp_sim.analysis.effect_words import amount_words, label_in_sentence
from vnjp_sim.analysis.marks import STILL
from vnjp_sim.explorer.pictures import Shown
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.simulation.model_data import Model

MOST = 5
"""Ways that are told."""
READING = (
    "How it got there: what each change does alone, in numbers of {year}. “Later” is when half of "
    "it is there."
)


def routes_words(routes: Sequence[Route], model: Model) -> tuple[str, ...]:
    """Return the ways in words, those of the changes that come first before the others."""
    own: dict[str, list[Route]] = {}
    for route in routes:
        own.setdefault(route.player.name, []).append(route)
    turns = [some[place] for place in range(2) for some in own.values() if place < len(some)]
    chosen = turns[:MOST]
    return tuple(route_words(route, model) for route in routes if route in chosen)


def route_words(route: Route, model: Model) -> str:
    """Return a way: "New yen loans → disbursed yen loans (+USD 3 bn, 2 years later) → …"."""
    player = route.player
    name = player.event.type if player.event is not None else player.name.partition(" ")[2]
    begin = f"Prior of {name}" if player.kind == "parameter" else model.instruments.label(name)
    if player.event is not None:
        begin += f" of {player.event.on.strftime('%B %Y')}"
    told, before = [f"Without {begin}" if player.dropped else begin], None
    for stage in route.stages:
        told.append(_stage_words(stage, before, model))
        before = stage
    return " → ".join(told)


def _stage_words(stage: Stage, before: Stage | None, model: Model) -> str:
    indicator = model.registry.indicators[stage.indicator]
    parts = [_size(stage, model)]
    if stage.half and before and before.half and stage.half > before.half:
        parts.append(f"{count_text(stage.half - before.half, 'year')} later")
    elif stage.half and not before:
        parts.append(f"half of it by {stage.half}")
    elif stage.peak:
        parts.append(f"most in {stage.peak}")
    if stage.link:
        grade = model.links.links[stage.link].parts["size"]
        parts.append(f"by a link of {grade} size")
    return f"{label_in_sentence(indicator.label, last=True)} ({', '.join(filter(None, parts))})"


def _size(stage: Stage, model: Model) -> str:
    if stage.effect.mark in STILL:
        return f"none in {stage.effect.year}"
    indicator = model.registry.indicators[stage.indicator]
    shown = Shown([stage.effect], indicator, model.registry, percent=False)
    told = shown.row(stage.effect)["told"]
    return amount_words(shown.measure, told) if told.strip("0.,+−") else "next to nothing"

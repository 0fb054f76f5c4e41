"""Findings on effects: a sentence, how sure it is, how large against the baseline, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vnjp_sim import charts
from vnjp_sim.analysis.effect_words import (
    finding,
    futures_words,
    label_in_sentence,
    relative_text,
    scenario_words,
    sign_words,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.given import narrowed
from vnjp_sim.analysis.marks import NONE, PRIOR_DRIVEN, SET, STILL
from vnjp_sim.inputs.number_text import measure_of, percent
from vnjp_sim.report.brief import HEIGHT, WIDTH, KeyFinding
from vnjp_sim.report.changes import changes_of
from vnjp_sim.report.chosen import middle_of
from vnjp_sim.report.effect_tables import MANY
from vnjp_sim.report.pictures import Picture
from vnjp_sim.report.words import amount_text, label_of, listed, percent_text, size_text
from vnjp_sim.simulation.summaries import quantiles_of

MOST_OTHERS = 3
SEEN = 0.1
"""An effect below this part of the first could not be seen beside it."""
SCALED = 2
"""Only of so many scenarios there is room to say where the baseline lies."""
MOST_PANELS, PANEL_HEIGHT = 2, 60
"""Scenarios in a picture, one above the other, and how high each is if there are several."""


def of_one(effect: Effect, findings: Findings) -> KeyFinding:
    """Return the finding on one effect of the only scenario."""
    (early,) = findings.comparison.summaries([effect.indicator], findings.years[:1])
    sentences = [*sureness(effect), *_before(early, effect, findings)]
    if effect.mark == NONE:
        sentences.append("No link of the model carries an effect to it.")
    elif effect.mark not in STILL:
        sentences += [*_scale(effect, findings), *_cause(effect, findings)]
    return KeyFinding(
        f"{finding(effect, findings.model.registry, 'This')}.",
        sentences,
        _picture([effect], findings),
    )


def of_several(effects: Sequence[Effect], findings: Findings) -> KeyFinding:
    """Return the finding on what several scenarios do to one indicator."""
    registry = findings.model.registry
    moving = sorted((e for e in effects if e.mark not in STILL), key=lambda e: -abs(middle_of(e)))
    still = [e for e in effects if e.mark in STILL]
    first, others = (moving[0], moving[1:]) if moving else (still[0], [])
    (early,) = [
        e
        for e in findings.comparison.summaries([first.indicator], findings.years[:1])
        if e.scenario == first.scenario
    ]
    sentences = [*sureness(first), *_before(early, first, findings)]
    if len(effects) <= SCALED:
        sentences += _scale(first, findings)
    sentences += [
        f"{scenario_words(other.scenario)}: {size_text(other, registry)}."
        for other in others[: MOST_OTHERS if len(effects) < MANY else MOST_OTHERS - 1]
    ]
    if others:
        sentences.append(_larger(first, others[0], findings))
    none = [scenario_words(e.scenario) for e in still if e is not first]
    if none:
        shown = none[:MOST_OTHERS]
        more = [f"{len(none) - len(shown)} more"] if len(none) > len(shown) else []
        sentences.append(f"{listed([*shown, *more])}: no effect.")
    seen = [e for e in others if abs(middle_of(e)) >= SEEN * abs(middle_of(first))]
    panels = MOST_PANELS if len(effects) < MANY else 1
    picture = _picture([first, *seen][:panels], findings)
    title = finding(first, registry, scenario_words(first.scenario))
    return KeyFinding(f"{title}.", sentences, picture)


def sureness(effect: Effect) -> Iterator[str]:
    """Yield how large an effect is in per cent, how sure its sign is, and what it rests on."""
    size = relative_text(effect)
    parts = [f"{size} % against the baseline in the middle draw"] if size else []
    if not effect.by_chance and not effect.unsure and effect.mark not in STILL:
        sign = sign_words(effect)
        parts.append(f"{sign} of draws" if sign.endswith("%") else sign)
    if effect.mark in (SET, PRIOR_DRIVEN):
        parts.append("set by the scenario itself" if effect.mark == SET else PRIOR_DRIVEN)
    if parts:
        text = "; ".join(parts)
        yield f"{text[:1].upper()}{text[1:]}."


def _before(early: Effect, effect: Effect, findings: Findings) -> Iterator[str]:
    """Yield what the effect is in an earlier year."""
    if early.year == effect.year or early.mark in STILL:
        return
    yield f"In {early.year}: {size_text(early, findings.model.registry)}."


def _scale(effect: Effect, findings: Findings) -> Iterator[str]:
    """Yield between what the same quantity lies in the baseline."""
    comparison, registry = findings.comparison, findings.model.registry
    values = comparison.projections.of(comparison.baseline, effect.indicator)
    quantiles = quantiles_of(values[comparison.years.index(effect.year)])
    measure = measure_of(registry.indicators[effect.indicator], registry.units, quantiles[2:3])
    ends = measure.ends(quantiles, comparison.draws)
    if ends and ends[0] != ends[1]:
        text = amount_text(f"{ends[0]} and {ends[1]}", measure)
        yield f"For scale: the baseline itself lies between {text} (90 %)."


def _cause(effect: Effect, findings: Findings) -> Iterator[str]:
    """Yield which of several levers and events contributes most."""
    attribution = findings.attributions.get(effect.scenario)
    scenario = findings.beside(effect.scenario)
    if attribution is None or scenario is None or len(attribution.players) < 2:
        return
    if effect.indicator not in attribution.total:
        return
    rows = attribution.contributions_in(effect.indicator, effect.year)
    whole = sum(row.mean for row in rows)
    largest = max(rows, key=lambda row: row.mean * np.sign(whole))
    if not whole or not 0.0 < largest.mean / whole <= 1.0:
        return
    changes = changes_of(scenario, findings.model.instruments)
    place = [player.name for player in attribution.players].index(largest.player)
    share = percent(largest.mean / whole)
    part = "All" if share == percent(1.0) else share
    yield f"{part} of the mean effect comes from: {changes[place].what}."


def _larger(first: Effect, second: Effect, findings: Findings) -> str:
    """Return in how many draws one effect is larger than another; both share their draws."""
    comparison = findings.comparison
    row = comparison.years.index(first.year)
    base, one, other = (
        comparison.projections.of(name, first.indicator)[row]
        for name in (comparison.baseline, first.scenario, second.scenario)
    )
    names = scenario_words(first.scenario), scenario_words(second.scenario)
    if np.array_equal(one, other):
        return f"The effects of {names[0]} and {names[1]} are the same in every draw."
    chance = float(np.mean(np.abs(one - base) > np.abs(other - base)))
    told = futures_words(chance, comparison.draws)
    return f"The effect of {names[0]} is larger than that of {names[1]} in {told}."


def together_words(effects: Sequence[Effect], findings: Findings) -> str:
    """Return what two scenarios or more do to one indicator, the largest effect first."""
    label = label_of(effects[0].indicator, findings.model.registry)
    sizes = [f"{scenario_words(e.scenario)} {percent_text(e)}" for e in effects[:MOST_OTHERS]]
    return (
        f"What several of them move: {label} ({'; '.join(sizes)}). "
        f"{_larger(effects[0], effects[1], findings)}"
    )


def _picture(effects: Sequence[Effect], findings: Findings) -> Picture:
    """Return the effects of scenarios on an indicator over time, in one panel each."""
    comparison, name = findings.comparison, effects[0].indicator
    shown = narrowed(comparison, [effect.scenario for effect in effects], [name])
    label = label_of(name, findings.model.registry)
    title = f"Effect on {label_in_sentence(label, last=True)}"
    height = HEIGHT if len(effects) == 1 else PANEL_HEIGHT
    with charts.unchecked():
        chart = charts.effect_fan(
            shown, name, findings.model, title=title, width=WIDTH, height=height
        )
    return Picture(f"brief-{name}", chart, title, small=True)

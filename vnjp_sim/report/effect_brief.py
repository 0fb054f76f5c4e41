"""The brief of policies: what follows from them, how sure that is, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from vnjp_sim.analysis.effect_words import effect_sentence, scenario_words
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import SET, STILL
from vnjp_sim.inputs.number_text import chance_text, exact, fixed
from vnjp_sim.report.brief import FINDINGS, Brief, Policy
from vnjp_sim.report.changes import Change, changes_of, judged_words
from vnjp_sim.report.chosen import (
    COMPOSITE,
    Scales,
    foremost,
    leading,
    percent_of,
    scales_of,
    shared,
    strength,
    strongest,
    told_of,
)
from vnjp_sim.report.effect_findings import of_one, of_several, together_words
from vnjp_sim.report.effect_tables import MANY, MOST_COLUMNS, beside
from vnjp_sim.report.words import (
    clipped,
    data_sentence,
    decided_by,
    label_of,
    link_sentences,
    listed,
    percent_text,
    sector_words,
    sentence,
    size_text,
    unexamined,
    unprinted,
    untouched_sectors,
)

MOST_CHANGES, MOST_REASONED, LEAST_CHANGES = 12, 6, 8
"""Levers and events that a brief has room for, of all scenarios; so many with their reasons; and so
many where not all can be told."""
LONGEST = {"what": 150, "size": 150, "why": 260, "reference": 160}
SHORT = {"what": 110, "size": 110, "why": 0, "reference": 90}
LONGEST_NARRATIVE, LONGEST_TITLE = 720, 130
"""Characters that a brief has room for."""
MOST_SENTENCES = 3
LITTLE = 2.0
"""Per cent of the baseline, up to which a sector counts as one in which little moves."""
MOST_TOGETHER = 2
"""Rows of a table that are kept for what several scenarios move."""
SHIFT = 0.02
"""A target whose chance changes by less is not told of."""


@dataclass(frozen=True)
class Told:
    """The effects that a brief of policies tells of, all of one year."""

    findings: Findings
    indicators: Sequence[str]

    @cached_property
    def year(self) -> int:
        """The year that was chosen, else the last one."""
        return self.findings.year

    @cached_property
    def effects(self) -> list[Effect]:
        """On the indicators that were asked for, or on all headlines, by scenario."""
        shown = self.indicators or self.findings.indicators
        return list(self.findings.comparison.summaries(list(shown), [self.year]))

    @cached_property
    def scales(self) -> Scales:
        """What effects are large or small against."""
        names = {effect.indicator for effect in self.effects}
        return scales_of(self.findings, sorted(names), self.year)

    @cached_property
    def about(self) -> list[str]:
        """The indicators that the findings are about."""
        if self.indicators:
            return list(self.indicators[:FINDINGS])
        if self.several:
            return leading(self.effects, self.names, self.scales, self.findings.model.registry)
        chosen = strongest(self.effects, self.scales, self.findings.model.registry)
        return [effect.indicator for effect in chosen]

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios."""
        return self.findings.comparison.scenarios

    @property
    def several(self) -> bool:
        """Whether there are several scenarios."""
        return len(self.names) > 1

    @property
    def most(self) -> int:
        """Sentences there is room for on what no finding is about."""
        return MOST_SENTENCES if not self.several else 1 if len(self.names) < MANY else 0

    @cached_property
    def moved(self) -> dict[str, Effect | None]:
        """The effect of each scenario that its line tells of; None where all are negligible."""
        firsts = {}
        for name in self.names:
            every = [effect for effect in self.effects if effect.scenario == name]
            mine = self.of(name) or every  # indices, where nothing else was asked for
            worth = (effect for effect in mine if not effect.negligible)
            firsts[name] = foremost(mine)[0] or next(worth, None)
        return firsts

    @cached_property
    def headed(self) -> list[str]:
        """The scenarios whose largest effects are told of: all, or of many the most moving."""
        if len(self.names) <= MOST_COLUMNS:
            return list(self.names)
        sizes = {n: strength(e, self.scales) for n, e in self.moved.items() if e is not None}
        return sorted(sizes, key=lambda name: -sizes[name])[:MOST_COLUMNS]

    @cached_property
    def together(self) -> dict[str, list[Effect]]:
        """What follows from more than one scenario, see :func:`shared`."""
        return shared(self.effects, self.scales, self.findings.model.registry)

    def of(self, scenario: str) -> list[Effect]:
        """Return the effects of one scenario, the strongest first."""
        return told_of((e for e in self.effects if e.scenario == scenario), self.scales)


def effect_brief(findings: Findings, indicators: Sequence[str] = ()) -> Brief:
    """Return the brief of one or several scenarios against their baseline.

    Parameters
    ----------
    findings : Findings
        Deep, so that what contributes and what is assumed is known.
    indicators : Sequence[str]
        What the findings are about; by default what the scenarios move most.
    """
    told = Told(findings, indicators)
    known = {(e.scenario, e.indicator): e for e in told.effects}
    if told.several:
        beside_others = [[known[name, about] for name in told.names] for about in told.about]
        keys = [of_several(effects, findings) for effects in beside_others]
    else:
        keys = [of_one(known[told.names[0], about], findings) for about in told.about]
    return Brief(
        question=_question(told),
        answer=_answer(told),
        about=told.about,
        policies=_policies(told),
        findings=keys,
        beyond=list(_beyond(told)),
        tables=[beside(findings, told.about, _rows(told))],
        rests_on=list(_rests_on(told)),
    )


def _rows(told: Told) -> list[str]:
    """Return the indicators of the table: the largest effects first, then what is shared."""
    firsts = [effect for effect in told.moved.values() if effect is not None]
    heads = [e.indicator for e in sorted(firsts, key=lambda e: -strength(e, told.scales))]
    together = list(told.together)[:MOST_TOGETHER]
    order = [effect.indicator for effect in told_of(told.effects, told.scales)]
    return list(dict.fromkeys([*heads, *together, *told.about, *order]))


def _question(told: Told) -> str:
    base = told.findings.comparison.baseline
    beside_what = "the baseline" if base == "base" else f"“{scenario_words(base)}”"
    if not told.several:
        return f"How would {told.year} differ from {beside_what}, and how sure is that?"
    return (
        f"How would {told.year} differ from {beside_what} under each of these "
        f"{fixed(len(told.names), 0)} scenarios, and how sure is that?"
    )


def _answer(told: Told) -> list[str]:
    """Return in few lines the largest effect of each scenario, and how little the rest moves."""
    if not any(told.moved.values()):
        return ["Nothing that the model follows moves by a thousandth of the baseline."]
    beside = any(foremost(told.of(name))[1] for name in told.headed)
    apart = f", apart from what {'they set' if told.several else 'it sets'} directly"
    what = f"in {told.year}, in per cent of the baseline{apart if beside else ''}:"
    sizes = {name: _head(told, name) for name in told.headed}
    if not told.several:
        lines = [f"Largest effect {what} {sizes[told.names[0]]}."]
    else:
        of = (
            "Largest effect of each"
            if len(sizes) == len(told.names)
            else f"Of the {fixed(len(told.names), 0)} scenarios, the {fixed(len(sizes), 0)} with "
            "the largest effects"
        )
        lines = [f"{of} {what}", *(f"{scenario_words(n)} – {s}" for n, s in sizes.items())]
    return [*lines, *filter(None, [_without(told), _quiet(told)])]


def _head(told: Told, scenario: str) -> str:
    """Return the largest effect of a scenario with its size."""
    effect = told.moved[scenario]
    if effect is None:
        return "nothing moves by a thousandth of the baseline"
    return _size(effect, told)


def _size(effect: Effect, told: Told) -> str:
    """Return an indicator with its effect in brackets, in per cent where it has any."""
    registry = told.findings.model.registry
    size = percent_text(effect)
    if not size:
        why = "may be negative" if effect.signed else "is zero"
        size = f"{size_text(effect, registry)}; no percentage, since the baseline {why}"
    elif effect.unsure:
        size += "; the sign is uncertain"
    return f"{label_of(effect.indicator, registry)} ({size})"


def _without(told: Told) -> str:
    """Return what follows from the scenarios told of and has no percentage to be compared by."""
    shown = [e for e in told.effects if e.scenario in told.headed and e.mark not in {*STILL, SET}]
    none = [
        e
        for e in shown
        if percent_of(e) is None
        and not e.negligible
        and not e.indicator.startswith(COMPOSITE)
        and e != told.moved[e.scenario]
    ]
    if not none:
        return ""
    registry = told.findings.model.registry
    why = {e.indicator: "its baseline may be negative" for e in none if e.signed}
    told_why = [
        f"{label_of(name, registry)} ({why.get(name, 'zero in the baseline')})"
        for name in dict.fromkeys(e.indicator for e in none)
    ]
    return f"Without a percentage: {listed(told_why)}."


def _quiet(told: Told) -> str:
    """Return in which sectors that no finding is about little moves, and by how much at most."""
    indicators = told.findings.model.registry.indicators
    found = {indicators[name].sector for name in told.about}
    sectors: dict[str, list[Effect]] = {}
    for effect in told.effects:
        if not effect.indicator.startswith(COMPOSITE):
            sectors.setdefault(indicators[effect.indicator].sector, []).append(effect)
    largest = {
        sector: max(abs(percent_of(e) or 0.0) for e in own)
        for sector, own in sectors.items()
        if sector not in found
        and any(e.mark not in STILL for e in own)
        and all(e.mark in STILL or (e.mark != SET and percent_of(e) is not None) for e in own)
    }
    quiet = {sector_words(s): size for s, size in largest.items() if size <= LITTLE}
    if not quiet:
        return ""
    bound = _bound(max(quiet.values()))
    return f"In {listed(sorted(quiet))} nothing moves by more than {bound}."


def _bound(largest: float) -> str:
    """Return a bound in per cent above a number of per cent, to one figure."""
    if largest <= 0.1:
        return "0.1 %"
    step = 10.0 ** math.floor(math.log10(largest))
    return f"{exact(round(math.ceil(largest / step) * step, 1))} %"


def _policies(told: Told) -> list[Policy]:
    """Return what each scenario changes, as far as there is room."""
    findings = told.findings
    instruments = findings.model.instruments
    every = {
        name: changes_of(scenario, instruments, findings.comparison.waiting) if scenario else []
        for name in told.names[:MOST_CHANGES]
        for scenario in [findings.beside(name)]
    }
    count = sum(map(len, every.values()))
    room = MOST_CHANGES if count <= MOST_CHANGES else LEAST_CHANGES // len(told.names)
    if len(told.names) > MOST_COLUMNS:
        room = 0  # their titles alone
    policies = []
    for name, changes in every.items():
        known = findings.scenarios.get(name)
        title = clipped(findings.comparison.title(name) or scenario_words(name), LONGEST_TITLE)
        narrative = (
            clipped(known.narrative, LONGEST_NARRATIVE) if known and not told.several else ""
        )
        shown = [_short(change, reasoned=count <= MOST_REASONED) for change in changes[:room]]
        more = len(changes[room:]) if room else 0
        policies.append(Policy(name, scenario_words(name), title, narrative, shown, more))
    return policies


def _short(change: Change, *, reasoned: bool) -> Change:
    """Return a change in the words that a brief has room for."""
    most = LONGEST if reasoned else SHORT
    return replace(change, **{name: clipped(getattr(change, name), n) for name, n in most.items()})


def _beyond(told: Told) -> Iterator[str]:
    """Yield what else is to be known: uncertain signs, what no link reaches, targets."""
    registry = told.findings.model.registry
    if told.together and not set(told.about).intersection(told.together):
        yield together_words(next(iter(told.together.values())), told.findings)
    every = told_of(told.effects, told.scales)
    unsure = [e for e in every if e.unsure and e.indicator not in told.about]
    for effect in unsure[: told.most]:
        text = effect_sentence(effect, registry)
        yield f"{scenario_words(effect.scenario)}: {text}" if told.several else text
    none = untouched_sectors(told.effects, registry)
    if none and not told.indicators:
        who = " of any of them" if told.several else ""
        yield f"No link of the model carries an effect{who} to {listed(none, 'or')}."
    yield from _targets(told)


def _targets(told: Told) -> Iterator[str]:
    """Yield the targets whose chance a scenario changes."""
    known = [(a, a.probability) for a in told.findings.achievements if a.probability is not None]
    base = told.findings.comparison.baseline
    before = {a.target.id: chance for a, chance in known if a.scenario == base}
    shifted = []
    for one, chance in known:
        first = before.get(one.target.id)
        if first is None or abs(chance - first) < SHIFT:
            continue
        chances = [chance_text(part, one.draws) for part in (first, chance)]
        who = f"{scenario_words(one.scenario)}: " if told.several else ""
        shifted.append(
            f"{who}the chance of the target “{one.target.title}” goes from {chances[0]} to "
            f"{chances[1]}."
        )
    yield from map(sentence, shifted[: max(1, told.most)])
    if before and not shifted:
        yield "No target's chance changes by two percentage points or more."


def _rests_on(told: Told) -> Iterator[str]:
    """Yield what the results rest on, and what decides them."""
    findings = told.findings
    instruments = findings.model.instruments
    known = filter(None, map(findings.beside, findings.scenarios))
    every = [change for scenario in known for change in changes_of(scenario, instruments)]
    yield from filter(None, [judged_words(every)])
    if len(told.names) < MANY:
        yield from _decides(told)
    if not told.several:
        losses = findings.losses.get(told.names[0], ())
        yield from link_sentences([x for x in losses if x.indicator in told.about], findings)[:2]
    yield from filter(None, [unprinted(told.about, findings)])
    yield data_sentence(findings)


def _decides(told: Told) -> Iterator[str]:
    """Yield where the uncertainty of the main effect of each scenario comes from."""
    budgets = told.findings.comparison.budgets
    registry = told.findings.model.registry
    parts = []
    for name in told.headed:
        first, budget = told.moved[name], budgets.get(name)
        if first is None or budget is None or first.indicator not in budget.first_order:
            continue
        text = decided_by(budget, first.indicator, told.year, 1 if told.several else 2)
        if text:
            who = f"{scenario_words(name)} on " if told.several else ""
            parts.append(f"{who}{label_of(first.indicator, registry)}: {text}")
    if parts:
        effects = "effects are" if len(parts) > 1 else "effect is"
        yield f"What decides how large the {effects} – {'; '.join(parts)}."
    if not budgets:
        yield unexamined("Where the uncertainty comes from", told.findings)

"""The report in words: sentences made from figures, never typed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from vnjp_sim.analysis.budget_features import (
    ASSUMED,
    EMPIRICAL,
    FORM,
    PARAMETERS,
    PROCESS,
    PUBLISHED,
    REPORTING,
)
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.effect_words import (
    amount_words,
    cell_lines,
    effect_measure,
    effect_sentence,
    label_in_sentence,
    relative_text,
    scenario_words,
    with_unit,
)
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.link_losses import LinkLoss
from vnjp_sim.analysis.marks import NOT_EXAMINED, STILL, TOO_FEW
from vnjp_sim.analysis.uncertainty_budget import FEWEST_DRAWS, INTERACTIONS, SOURCES, Budget
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL
from vnjp_sim.inputs.number_text import Measure, fixed, percent, significant
from vnjp_sim.inputs.registry import Indicator, Registry
from vnjp_sim.report.chosen import percent_of
from vnjp_sim.sectors.declarations import outputs
from vnjp_sim.simulation.citing import latest_words

MOST_EFFECTS = 4
MOST_NAMED = 3
LEAST_SHARE = 0.05
"""A second source of variance is told of from here on."""
LINKS_SHOWN = 6
SMALL_WORDS = frozenset("a an and as at by for from in of on or that the to with".split())  # noqa: SIM905
"""A text that is cut does not end with them."""
SOURCE_WORDS = {
    REPORTING: "how the figures were reported",
    FORM: "which form of growth holds",
    PARAMETERS: "what the figures leave open about parameters",
    EMPIRICAL: "priors from other countries' data",
    PUBLISHED: "published priors",
    ASSUMED: "assumptions",
    PROCESS: "chance from year to year",
    INTERACTIONS: "several sources together",
}
"""Sources of uncertainty for readers of a brief."""
SECTOR_WORDS = {"oda": "aid", "macro": "the two economies", "people": "people flows"}


def in_short(findings: Findings, scenario: str) -> list[str]:
    """Return what a scenario does, in sentences: what moves most surely, what stays unclear."""
    comparison, year = findings.comparison, findings.year
    effects = [
        e
        for e in comparison.summaries(findings.indicators, [year])
        if e.scenario == scenario and not e.indicator.startswith("index_")
    ]
    registry = comparison.registry
    sure = sorted((e for e in effects if e.sure and not e.negligible), key=_strength)
    sentences = [effect_sentence(e, registry) for e in sure[:MOST_EFFECTS]]
    unsure = [label_of(e.indicator, registry) for e in effects if e.unsure]
    if unsure:
        sentences.append(f"The sign is uncertain in {year}: {listed(unsure)}.")
    few = [label_of(e.indicator, registry) for e in effects if e.mark == TOO_FEW]
    if few:
        sentences.append(f"Too few draws to determine the sign: {listed(few)}.")
    if any(e.mark == NOT_EXAMINED for e in effects):
        sentences.append(unexamined("Dependence on assumptions", findings))
    none = untouched_sectors(effects, registry)
    if none:
        sentences.append(f"No link of the model carries an effect to {listed(none, 'or')}.")
    return sentences


def unexamined(what: str, findings: Findings) -> str:
    """Return why something of findings was not examined, as a sentence."""
    if findings.comparison.draws < FEWEST_DRAWS:
        return f"{what} was not examined: this needs at least {fixed(FEWEST_DRAWS, 0)} draws."
    return f"{what} was not examined: this needs the scenarios beside the one that they extend."


def untouched_sectors(effects: Iterable[Effect], registry: Registry) -> list[str]:
    """Return the sectors in which none of some effects moves anything, in words."""
    effects = list(effects)
    moved = {_sector(e, registry) for e in effects if e.mark not in STILL}
    return sorted({_sector(e, registry) for e in effects} - moved)


def budget_sentence(budget: Budget, indicator: Indicator, name: str, year: int) -> str:
    """Return where the uncertainty of an indicator comes from in a year, in a sentence."""
    shares = _largest_shares(budget, name, year, [s for s in SOURCES if s != INTERACTIONS])
    if not shares:
        return ""
    (first, one), (second, two) = shares
    return (
        f"{indicator.label} in {year}: {percent(one)} of the variance comes from "
        f"{first}, {percent(max(0.0, two))} from {second}."
    )


def decided_by(budget: Budget, name: str, year: int, most: int = 2) -> str:
    """Return the main sources of an indicator's uncertainty in plain words; empty if unknown.

    Such as "assumptions (53 % of the variance), then chance from year to year (27 %)".
    """
    shares = _largest_shares(budget, name, year, SOURCES)
    if not shares:
        return ""
    (first, one), (second, two) = shares
    text = f"{SOURCE_WORDS[first]} ({percent(one)} of the variance)"
    if most == 1 or two < LEAST_SHARE:
        return text
    return f"{text}, then {SOURCE_WORDS[second]} ({percent(two)})"


def _largest_shares(
    budget: Budget, name: str, year: int, sources: Sequence[str]
) -> list[tuple[str, float]]:
    """Return the two largest of some sources with their shares; none where they are unknown."""
    column = budget.years.index(year)
    shares = {
        source: float(budget.first_order[name][SOURCES.index(source), column]) for source in sources
    }
    if not np.isfinite(list(shares.values())).all():
        return []
    return sorted(shares.items(), key=lambda item: -item[1])[:2]


def link_sentences(losses: Sequence[LinkLoss], findings: Findings) -> list[str]:
    """Return which links carry a scenario's effects, the most important first."""
    largest_first = sorted(losses, key=lambda loss: -abs(loss.lost))
    sentences = (_loss(loss, findings) for loss in largest_first)
    return list(filter(None, sentences))[:LINKS_SHOWN]


def _loss(loss: LinkLoss, findings: Findings) -> str:
    """Return what is lost without a link; empty if it is less than the digits shown."""
    registry, link = findings.model.registry, findings.model.links.links[loss.link]
    indicator = registry.indicators[loss.indicator]
    ends = f"“{label_of(link.driver, registry)}” to “{label_of(link.response, registry)}”"
    measure = effect_measure(indicator, registry, (loss.without, loss.effect))
    left, right = (measure.text(size, signed=True) for size in (loss.without, loss.effect))
    if left == right:
        return ""
    return (
        f"Without the link from {ends} the mean effect on {label_in_sentence(indicator.label)} in "
        f"{loss.year} is {amount_words(measure, left)} instead of {amount_words(measure, right)}."
    )


def data_sentence(findings: Findings) -> str:
    """Return what the model is calibrated on, and what its results are conditional on."""
    evidence = findings.model.evidence
    latest = latest_words(evidence.sources.values())
    official = " and official series" if evidence.basis == WITH_OFFICIAL else ""
    figures = fixed(len(evidence.calibrating()), 0)
    return (
        f"The model is calibrated on {figures} figures of {fixed(len(evidence.documents), 0)} "
        f"documents{official} published until {latest}. It shows only effects for which it has "
        "figures or links; the size of most links is a judgement."
    )


def unprinted(names: Iterable[str], findings: Findings) -> str:
    """Return which of some indicators no document has a figure of, and how they are projected."""
    model = findings.model
    none = [name for name in names if not model.evidence.figures_of(name)]
    told = {name: outputs()[name].text or "its own law" for name in none if name in outputs()}
    if not told:
        return ""
    labels = {name: label_in_sentence(label_of(name, model.registry), last=True) for name in told}
    whats = [f"{labels[name]} (projected: {how})" for name, how in told.items()]
    return f"No document holds a figure of {listed(whats, 'or')}."


def comparison_title(comparison: Comparison, titles: Sequence[str]) -> str:
    """Return the title of a report on one or several scenarios, or on a baseline alone."""
    if len(titles) == 1:
        return titles[0]
    base = "the baseline" if comparison.baseline == "base" else comparison.baseline
    if len(titles) > MOST_NAMED:
        return f"{fixed(len(titles), 0)} scenarios compared with {base}"
    if titles:
        return f"{listed([scenario_words(n) for n in comparison.scenarios])} compared with {base}"
    return comparison.title(comparison.baseline) or f"Projection of {comparison.baseline}"


def amount_text(numbers: str, measure: Measure) -> str:
    """Return levels with their unit, such as "JPY 37 to 176 bn" or "9 to 20 projects"."""
    return with_unit(measure.behind, numbers)


def size_text(effect: Effect, registry: Registry) -> str:
    """Return an effect with its unit and chances: "+JPY 21 [8, 58] bn; rises in 84 %"."""
    measure = effect_measure(registry.indicators[effect.indicator], registry, [effect])
    size, *chance = cell_lines(effect, measure)
    number, average, _ = size.partition(" on average")
    return "; ".join([amount_words(measure, number) + average, *chance])


def percent_text(effect: Effect) -> str:
    """Return an effect in per cent of the baseline, see :func:`percent_of`; empty if none."""
    if text := relative_text(effect):
        return f"{text} %"
    if (part := percent_of(effect)) is None:
        return ""
    return f"{significant(part, 1, signed=True)} % on average"


def label_of(indicator: str, registry: Registry) -> str:
    """Return the label of an indicator."""
    return registry.indicators[indicator].label


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a list in a sentence, `last` before the last one."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def clipped(text: str, most: int) -> str:
    """Return a text of at most so many characters, cut between parts or words, with an ellipsis."""
    text = " ".join(text.split())
    if len(text) <= most or not most:
        return text if most else ""
    shown = text[:most].rpartition(" ")[0]
    whole = max(shown.rfind(mark) for mark in ("; ", ", ", ". "))
    if whole > most // 2:
        return shown[:whole] + " …"
    while shown.rpartition(" ")[2] in SMALL_WORDS:
        shown = shown.rpartition(" ")[0]
    return shown.rstrip(",;:–—(") + " …"


def sentence(text: str) -> str:
    """Return text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def sector_words(sector: str) -> str:
    """Return the name of a sector in words."""
    return SECTOR_WORDS.get(sector, sector)


def _strength(effect: Effect) -> float:
    """Return what the surest and largest effects sort by: they come first."""
    relative = abs(effect.relative[2]) if effect.relative else 100.0
    return -max(effect.positive, effect.negative) * relative


def _sector(effect: Effect, registry: Registry) -> str:
    return sector_words(registry.indicators[effect.indicator].sector)

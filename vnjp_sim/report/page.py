"""The pages: what is on them, and the charts as still pictures or as interactive ones."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from vnjp_sim import charts
from vnjp_sim.analysis.attribution import Attribution, LinkLoss
from vnjp_sim.analysis.comparison import Effect
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.marks import OPEN, STILL, legend
from vnjp_sim.charts.theme import altair, scenario_label
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.inputs.number_text import TOO_FEW, draws_text, minus
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.report.words import budget_sentence, comparison_title, in_short
from vnjp_sim.simulation.pipeline import gates_note
from vnjp_sim.simulation.summaries import fewest_draws, quantiles_of
from vnjp_sim.tables.effects import draws_of, effect_cells, effect_measure, target_rows
from vnjp_sim.tables.runs import figure_text, last_figure, projection_cells, year_title

BASELINE_FANS = (
    "trade_turnover",
    "investment_stock",
    "oda_disbursements",
    "labour_stock",
    "people_residents",
    "security_vessels",
)
BUDGETS = ("trade_turnover", "labour_stock", "oda_infrastructure")
EFFECT_FANS = 4
LINKS_TOLD = 6


@dataclass(frozen=True)
class Picture:
    """A chart and what it is called in the page."""

    name: str
    chart: Any
    what: str

    @cached_property
    def svg(self) -> str:
        """The chart as SVG text."""
        with charts.unchecked():
            return charts.image(self.chart, ".svg").decode()


@dataclass(frozen=True)
class Chapter:
    """What the report says of one scenario."""

    name: str
    title: str
    narrative: str
    sources: Sequence[str]
    inputs: Sequence[str]
    summary: Sequence[str]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    pictures: Sequence[Picture]
    links: Sequence[str]
    legend: str


@dataclass(frozen=True)
class Contents:
    """What the pages show: built once, drawn as still or as interactive pictures."""

    findings: Findings
    title: str
    chapters: Sequence[Chapter]
    together: Sequence[Picture]
    baseline: Sequence[Picture]
    budgets: Sequence[Picture]
    targets: Picture | None
    graph: Picture

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """All charts in the order of the report."""
        own = [picture for chapter in self.chapters for picture in chapter.pictures]
        targets = [self.targets] if self.targets else []
        return (*own, *self.together, *self.baseline, *self.budgets, *targets, self.graph)


def contents_of(findings: Findings) -> Contents:
    """Return what there is to show of findings.

    Raises EnvironmentFailureError if the extra `charts` is not installed.
    """
    with charts.unchecked():
        return Contents(
            findings,
            comparison_title(findings.comparison, _titles(findings)),
            list(chapters(findings)),
            list(side_by_side(findings)),
            list(baseline_pictures(findings)),
            list(budget_pictures(findings)),
            target_picture(findings),
            Picture("graph", charts.causal_graph(findings.model), "The links of the model"),
        )


def interactive_page(contents: Contents) -> str:
    """Return the charts of the report as one HTML page, interactive, without network."""
    with charts.unchecked():
        pictures = [
            charts.embedded(picture.chart, f"chart-{index}")
            for index, picture in enumerate(contents.pictures)
        ]
    page = _template("charts.html")
    return str(page.render(title=contents.title, bundle=charts.vega_bundle(), charts=pictures))


def report_page(contents: Contents) -> str:
    """Return the report as one HTML page: pictures inside it, nothing loaded from elsewhere."""
    findings = contents.findings
    comparison, model, options = findings.comparison, findings.model, findings.options
    return str(
        _template("report.html").render(
            contents=contents,
            names=[scenario_label(name) for name in comparison.scenarios],
            baseline=scenario_label(comparison.baseline),
            baseline_sources=_sources(findings, comparison.baseline),
            years=(comparison.years[0], comparison.years[-1]),
            draws=draws_text(options.draws),
            intervals=options.draws >= fewest_draws(0.05),
            too_few=TOO_FEW,
            version=version("vnjp-sim"),
            latest=max(d.published for d in model.evidence.documents.values()),
            as_of=model.as_of,
            gates=gates_note(comparison.manifests.values()),
            baseline_table=_baseline_table(findings),
            milestones=findings.years,
            budget_sentences=_budget_sentences(findings),
            targets=target_rows(findings.achievements),
            links=_link_rows(findings),
            priors=_prior_rows(findings),
            not_modelled=model.links.not_modelled,
            documents=_document_rows(findings),
            figures=_figure_rows(findings),
            command=findings.request.command("compare" if comparison.scenarios else "report"),
            runs={n: m.get("run", "") for n, m in comparison.manifests.items()},
            draw=still,
        )
    )


def chapters(findings: Findings) -> Iterator[Chapter]:
    """Yield what there is to say of each scenario."""
    comparison = findings.comparison
    years = findings.years
    for name in comparison.scenarios:
        known = findings.scenarios.get(name)
        effects = [
            e for e in comparison.summaries(findings.indicators, years) if e.scenario == name
        ]
        yield Chapter(
            name,
            known.title if known else scenario_label(name),
            known.narrative if known else "",
            _sources(findings, name),
            comparison.differences(name),
            in_short(findings, name),
            [c for year in years for c in (year_title(year, _intervals(effects)), "%")],
            list(_effect_rows(effects, findings, years)),
            list(_chapter_pictures(findings, name, effects)),
            _losses(findings.losses.get(name, ()), findings),
            legend(e.mark for e in effects),
        )


def _sources(findings: Findings, scenario: str) -> Sequence[str]:
    """Return what the file of a scenario rests on, as its run keeps it."""
    return tuple(findings.comparison.manifests.get(scenario, {}).get("rests_on", ()))


def _intervals(effects: Sequence[Effect]) -> bool:
    """Whether every effect has enough draws for its interval."""
    return all(math.isfinite(effect.quantiles[0]) for effect in effects)


def baseline_pictures(findings: Findings) -> Iterator[Picture]:
    """Yield the fans of the baseline with the documents' figures."""
    comparison, model = findings.comparison, findings.model
    for name in BASELINE_FANS:
        if name in comparison.runs:
            chart = charts.fan(
                comparison.runs, name, model, findings.posterior, comparison.baseline
            )
            yield Picture(f"baseline-{name}", chart, model.registry.indicators[name].label)


def side_by_side(findings: Findings) -> Iterator[Picture]:
    """Yield overlays of what more than one scenario moves."""
    comparison, model = findings.comparison, findings.model
    found = comparison.summaries(findings.indicators, [comparison.years[-1]])
    for name in findings.indicators:
        moving = [e for e in found if e.indicator == name and e.mark not in OPEN]
        if len(moving) > 1:
            label = model.registry.indicators[name].label
            yield Picture(f"overlay-{name}", charts.overlay(comparison.runs, name, model), label)


def budget_pictures(findings: Findings) -> Iterator[Picture]:
    """Yield the budgets of the baseline's levels."""
    if findings.levels is None:
        return
    for name in BUDGETS:
        if name in findings.levels.first_order:
            chart = charts.budget(findings.levels, name, findings.model)
            yield Picture(f"budget-{name}", chart, findings.model.registry.indicators[name].label)


def target_picture(findings: Findings) -> Picture | None:
    """Return the chart of the targets; None where none can be checked."""
    rows = [
        (a.target.id, a.target.title, a.year, a.scenario, a.probability, a.draws)
        for a in findings.achievements
        if a.probability is not None
    ]
    if not rows:
        return None
    columns = ["target", "label", "year", "scenario", "probability", "draws"]
    table = pd.DataFrame(rows, columns=columns)
    return Picture("targets", charts.targets(table, findings.model), "Targets")


def _chapter_pictures(
    findings: Findings, name: str, effects: Sequence[Effect]
) -> Iterator[Picture]:
    comparison, model = findings.comparison, findings.model
    last = comparison.years[-1]
    moved = [e for e in effects if e.year == last and e.mark not in OPEN]
    moved.sort(key=_shown_first)
    differences = comparison.effects().sel(scenario=[name])
    for effect in moved[:EFFECT_FANS]:
        chart = charts.effect_fan(differences, effect.indicator, model)
        label = model.registry.indicators[effect.indicator].label
        yield Picture(f"{name}-effect-{effect.indicator}", chart, f"Effect on {label}")
    attribution = findings.attributions.get(name)
    if attribution is not None and len(attribution.players) > 1:
        for indicator in _shared(attribution):
            table = attribution.table(indicator, last)
            chart = charts.waterfall(table, indicator, last, model)
            label = model.registry.indicators[indicator].label
            yield Picture(f"{name}-causes-{indicator}", chart, f"Contributions to {label}")
    budget = comparison.budgets.get(name)
    if budget is not None and moved:
        indicator = moved[0].indicator
        if np.isfinite(budget.first_order[indicator]).any():
            chart = charts.budget(budget, indicator, model)
            label = model.registry.indicators[indicator].label
            yield Picture(f"{name}-budget", chart, f"Uncertainty of the effect on {label}")


def _shown_first(effect: Effect) -> tuple[bool, float]:
    """Return what effects sort by: the surest first, indices after what they are made of."""
    spread = 0.0 if np.isnan(effect.sd) else effect.sd
    certainty = abs(effect.mean) / (spread or abs(effect.mean) or 1.0)
    return effect.indicator.startswith("index_"), -certainty


def _shared(attribution: Attribution) -> list[str]:
    """Return the first two indicators to which more than one player contributes, else the first."""
    last = len(attribution.years) - 1
    shared = [
        name
        for name, values in attribution.contributions.items()
        if np.count_nonzero(values[:, last].any(axis=1)) > 1
    ]
    shared.sort(key=lambda name: name.startswith("index_"))
    return shared[:2] or list(attribution.total)[:1]


def _effect_rows(
    effects: Sequence[Effect], findings: Findings, years: Sequence[int]
) -> Iterator[list[str]]:
    by_key = {(e.indicator, e.year): e for e in effects}
    for name in dict.fromkeys(e.indicator for e in effects):
        row = [by_key[name, year] for year in years]
        if all(e.mark in STILL for e in row):
            continue
        indicator = findings.model.registry.indicators[name]
        unit, cells = effect_cells(row, indicator, findings.model.registry)
        yield [indicator.label, unit, *cells]


def _baseline_table(findings: Findings) -> list[list[str]]:
    comparison, model = findings.comparison, findings.model
    rows = []
    for name in findings.indicators:
        indicator = model.registry.indicators[name]
        array = comparison.runs[name].sel(scenario=comparison.baseline).to_numpy()
        places = [comparison.years.index(year) for year in findings.years]
        levels = [quantiles_of(array[i]) for i in places]
        last = last_figure(name, model.registry, model.evidence)
        draws = draws_of(comparison)
        cells = projection_cells(levels, indicator, model.registry, last, draws)
        rows.append([indicator.label, *cells])
    return rows


def _losses(losses: Sequence[LinkLoss], findings: Findings) -> list[str]:
    """Return which links carry a scenario's effects, the most important first."""
    found = sorted(losses, key=lambda loss: -abs(loss.lost))
    told = (_loss(loss, findings.model.registry) for loss in found)
    return [sentence for sentence in told if sentence][:LINKS_TOLD]


def _loss(loss: LinkLoss, registry: Registry) -> str:
    """Return what is lost without a link; empty if it is less than the digits shown."""
    indicator = registry.indicators[loss.indicator]
    measure = effect_measure(indicator, registry, (loss.without, loss.effect))
    left = measure.text(loss.without, signed=True)
    if left == measure.text(loss.effect, signed=True):
        return ""
    return (
        f"Without the link {loss.link} the mean effect on {indicator.label} in {loss.year} is "
        f"{left} instead of {measure.told(loss.effect, signed=True)}."
    )


def _budget_sentences(findings: Findings) -> list[str]:
    if findings.levels is None:
        return []
    known = findings.model.registry.indicators
    told = [
        budget_sentence(findings.levels, known[name], name, year)
        for name in BUDGETS
        if name in findings.levels.first_order
        for year in findings.years
    ]
    return [sentence for sentence in told if sentence]


def _link_rows(findings: Findings) -> list[list[str]]:
    known = findings.model.registry.indicators
    return [
        [
            f"{known[link.driver].label} → {known[link.response].label}",
            link.form,
            link.lag.text,
            minus(link.prior.text),
            link.grade,
            " ".join(link.reference.split()),
        ]
        for link in findings.model.links.links.values()
    ]


def _prior_rows(findings: Findings) -> list[list[str]]:
    return [
        [name, minus(p.prior.text), p.unit, p.grade, " ".join(p.reference.split())]
        for name, p in sorted(findings.model.parameters.all_parameters())
    ]


def _document_rows(findings: Findings) -> list[list[str]]:
    return [
        [name, d.title, d.kind, d.published]
        for name, d in sorted(findings.model.evidence.documents.items())
    ]


def _figure_rows(findings: Findings) -> list[list[str]]:
    shown = set(findings.indicators) | set(BASELINE_FANS)
    return [
        [
            findings.model.registry.indicators[o.indicators[0]].label,
            o.period.text,
            figure_text(o),
            o.use,
            f"{o.document}, line {', '.join(map(str, o.lines))}",
            o.place,
        ]
        for o in sorted(findings.model.evidence.observations, key=_by_indicator)
        if shown.intersection(o.indicators)
    ]


def _by_indicator(o: Observation) -> tuple[str, float]:
    return o.indicators[0], o.period.start


def _titles(findings: Findings) -> list[str]:
    return [
        findings.scenarios[n].title if n in findings.scenarios else scenario_label(n)
        for n in findings.comparison.scenarios
    ]


def still(picture: Picture) -> str:
    """Return a chart as SVG whose identifiers do not meet those of others in the page."""
    text = picture.svg
    prefix = re.sub(r"\W", "-", picture.name)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    return text[text.index("<svg") :]


def _template(name: str) -> Any:
    altair()
    try:
        import jinja2
    except ImportError:
        raise EnvironmentFailureError(
            "reports need jinja2, which is not installed; run: pip install 'vnjp-sim[charts]'"
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vnjp_sim", "report/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(name)

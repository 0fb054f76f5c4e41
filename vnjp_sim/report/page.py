"""The pages: a report that is complete in one file and can be browsed, and interactive charts."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from typing import Any

from vnjp_sim import charts
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.analysis.uncertainty_budget import MEANINGS
from vnjp_sim.charts.saving import embedded_spec
from vnjp_sim.charts.theme import altair, scenario_label
from vnjp_sim.exchange.citation import citations, sources
from vnjp_sim.foundation.errors import EnvironmentFailureError
from vnjp_sim.foundation.vocabulary import WITH_OFFICIAL
from vnjp_sim.inputs.coverage import claims_left_out
from vnjp_sim.inputs.figure_text import figure_text
from vnjp_sim.inputs.links import FORM_NAMES
from vnjp_sim.inputs.number_text import TOO_FEW, count_text, draws_text, minus
from vnjp_sim.inputs.observations import Observation
from vnjp_sim.report.again import command_of, python_of
from vnjp_sim.report.browse import browsing, kept_ranks
from vnjp_sim.report.browse_chart import browsing_spec
from vnjp_sim.report.contents import Contents, sources_of
from vnjp_sim.report.pictures import Picture
from vnjp_sim.report.shares import accuracy, packed
from vnjp_sim.report.words import budget_sentence
from vnjp_sim.sectors.provenance import made_of
from vnjp_sim.simulation.citing import document_item, report_item, text_of
from vnjp_sim.simulation.manifests import gates_note
from vnjp_sim.simulation.summaries import fewest_draws, quantiles_of
from vnjp_sim.tables.beginnings import SAVING_NOTE
from vnjp_sim.tables.effects import target_rows
from vnjp_sim.tables.runs import last_figure, projection_cells

SCRIPTS = "<!-- scripts -->"
"""Where the scripts of the controls stand in the page."""


def interactive_page(contents: Contents) -> str:
    """Return the charts of the report as one HTML page, interactive, without network."""
    with charts.unchecked():
        pictures = [
            (picture.wide, embedded_spec(picture.spec, f"chart-{index}"))
            for index, picture in enumerate(contents.pictures)
        ]
    page = _template("charts.html")
    return str(page.render(title=contents.title, bundle=charts.vega_bundle(), charts=pictures))


def report_page(contents: Contents) -> str:
    """Return the report as one HTML page: pictures inside it, nothing loaded from elsewhere."""
    findings = contents.findings
    comparison, model, options = findings.comparison, findings.model, findings.options
    brief, annex = contents.brief, contents.annex
    shared = {
        "contents": contents,
        "brief": brief,
        "annex": annex,
        "citation": text_of(report_item(contents.title, comparison.manifests)),
        "command": command_of(findings.request, contents.scope),
        "python": python_of(findings, list(brief.about)),
    }
    page = _template("report.html").render(
        **shared,
        names=[scenario_label(name) for name in comparison.scenarios],
        baseline=scenario_label(comparison.baseline),
        baseline_sources=sources_of(findings, comparison.baseline),
        years=(comparison.years[0], comparison.years[-1]),
        draws=draws_text(options.draws),
        intervals=options.draws >= fewest_draws(0.05),
        too_few=TOO_FEW,
        version=version("vnjp-sim"),
        as_of=model.as_of,
        gates=gates_note(comparison.manifests.values()),
        baseline_table=_baseline_table(findings),
        milestones=findings.years,
        saving_note=SAVING_NOTE,
        budget_sentences=_budget_sentences(findings),
        sources=[[source.capitalize(), f"{text}."] for source, text in MEANINGS.items()],
        targets=target_rows(findings.achievements),
        links=_link_rows(findings),
        priors=_prior_rows(findings),
        not_modelled=claims_left_out(model.coverage),
        documents=_document_rows(findings),
        official=_official_rows(findings),
        figures=_figure_rows(findings),
        citations=citations(comparison.manifests),
        source=sources(comparison.manifests, model),
        draw=still,
        kept=len(kept_ranks(findings)),
        off=count_text(accuracy(len(comparison.scenarios)), "percentage point"),
    )
    return _together(str(page)).replace(SCRIPTS, _scripts(contents))


def _together(text: str) -> str:
    """Return a text in which a number and its per cent sign stay on one line."""
    return text.replace(" %", "\u00a0%")


def _scripts(contents: Contents) -> str:
    """Return what the controls of a report need: their numbers, their picture, and Vega."""
    shown = browsing(contents.findings, contents.brief.about, contents.scope.indicators)
    content = json.dumps(shown, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    page = _template("scripts.html")
    return str(
        page.render(
            data=packed(_together(content)),
            spec=json.dumps(browsing_spec(), separators=(",", ":")),
            bundle=charts.vega_bundle(),
        )
    )


def _baseline_table(findings: Findings) -> list[list[str]]:
    comparison, model = findings.comparison, findings.model
    rows = []
    for name in findings.indicators:
        indicator = model.registry.indicators[name]
        array = comparison.projections.of(comparison.baseline, name)
        places = [comparison.years.index(year) for year in findings.years]
        levels = [quantiles_of(array[i]) for i in places]
        last = last_figure(name, model.registry, model.evidence)
        cells = projection_cells(levels, indicator, model.registry, last, comparison.draws)
        rows.append([indicator.label, *cells])
    return rows


def _budget_sentences(findings: Findings) -> list[str]:
    if findings.levels is None:
        return []
    registry = findings.model.registry
    sentences = [
        budget_sentence(findings.levels, registry.indicators[name], name, year)
        for name in findings.asked or registry.report_budgets
        if name in findings.levels.first_order
        for year in findings.years
    ]
    return [sentence for sentence in sentences if sentence]


def _link_rows(findings: Findings) -> list[list[str]]:
    known = findings.model.registry.indicators
    return [
        [
            f"{known[link.driver].label} → {known[link.response].label}",
            FORM_NAMES[link.form],
            link.lag.text,
            minus(link.text),
            link.graded,
            " ".join(link.reference.split()),
        ]
        for link in findings.model.links.links.values()
    ]


def _prior_rows(findings: Findings) -> list[list[str]]:
    model = findings.model
    priors = (*model.parameters.all_parameters(), *model.links.coefficients.items())
    return [
        [name, minus(p.prior.text), p.unit, p.grade, " ".join(p.reference.split())]
        for name, p in sorted(priors, key=lambda item: item[0])
    ]


def _document_rows(findings: Findings) -> list[list[str]]:
    return [
        [name, text_of(document_item(name, d)), d.kind, d.published_words]
        for name, d in sorted(findings.model.evidence.documents.items())
    ]


def _official_rows(findings: Findings) -> list[list[str]]:
    evidence = findings.model.evidence
    pack = evidence.pack.sources if evidence.basis == WITH_OFFICIAL else {}
    return [
        [name, f"{source.publisher}: {source.title}", "official data set", source.published]
        for name, source in sorted({**pack, **evidence.official.cited}.items())
    ]


def _figure_rows(findings: Findings) -> list[list[str]]:
    named = {*findings.indicators, *findings.model.registry.report_fans}
    shown = named.union(*(made_of(name)[0] for name in named))
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
            'reports need jinja2, which is not installed; run: pip install "vnjp-sim[charts]"'
        ) from None
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("vnjp_sim", "report/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(name)

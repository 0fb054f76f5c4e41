"""Of a scenario that waits: when it begins, and what waiting saves, as tables of its chapter."""

from __future__ import annotations

from vnjp_sim.analysis.beginnings import Saving, savings_of
from vnjp_sim.analysis.findings import Findings
from vnjp_sim.inputs.scenario_file import FIXED
from vnjp_sim.sectors.declarations import stated_by
from vnjp_sim.tables.beginnings import beginning_table, saving_tables
from vnjp_sim.tables.text_table import TextTable


def waiting_tables(findings: Findings, name: str) -> list[TextTable]:
    """Return the tables on the waiting of a scenario; none where nothing waits."""
    comparison, model = findings.comparison, findings.model
    waiting = [one for one in comparison.waiting if one.scenario == name]
    if not waiting:
        return []
    begins = beginning_table(waiting, findings.years, model.registry, model.instruments)
    return [begins, *saving_tables(_savings(findings, name), model.registry)]


def _savings(findings: Findings, name: str) -> list[Saving]:
    """Return what waiting saves; the same begun at once is projected where it is not compared."""
    comparison, projector = findings.comparison, findings.projector
    found = [one for one in comparison.saving() if one.scenario == name]
    known, both = findings.scenarios.get(name), comparison.contents[name]
    if found or known is None or both is None or not known.waits:
        return found
    fixed, years = known.variant(FIXED), comparison.years
    given = projector.given()
    flows = sorted(i for i in stated_by(*both) if i in given)
    batch = projector.batch([projector.variant(fixed)], fixed.start, fixed.end, flows)
    at_once = projector.project(batch).of()
    rows = slice(years[0] - fixed.start, years[-1] + 1 - fixed.start)
    contents = {name: both, fixed.name: (fixed.content, both[1])}
    return list(
        savings_of(
            contents,
            comparison.baseline,
            years,
            lambda one, indicator: (
                at_once[indicator][rows]
                if one == fixed.name
                else comparison.projections.of(one, indicator)
            ),
            comparison.registry,
        )
    )

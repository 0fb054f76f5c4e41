"""The report: one HTML file with words, pictures, tables and controls; it needs no network."""

from __future__ import annotations

from vnjp_sim.report.contents import Contents, contents_of
from vnjp_sim.report.files import stored_findings, write_findings, write_report
from vnjp_sim.report.page import interactive_page, report_page
from vnjp_sim.report.scope import WHOLE, Scope
from vnjp_sim.report.shown import with_shown

__all__ = [
    "WHOLE",
    "Contents",
    "Scope",
    "contents_of",
    "interactive_page",
    "report_page",
    "stored_findings",
    "with_shown",
    "write_findings",
    "write_report",
]

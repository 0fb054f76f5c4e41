"""The report: one HTML file with words, pictures and tables that needs no network and prints."""

from __future__ import annotations

from vnjp_sim.report.files import pictures_possible, write_findings, write_report
from vnjp_sim.report.page import Contents, contents_of, interactive_page, report_page

__all__ = [
    "Contents",
    "contents_of",
    "interactive_page",
    "pictures_possible",
    "report_page",
    "write_findings",
    "write_report",
]

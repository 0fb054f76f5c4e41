"""The report: one HTML file with words, pictures and tables that needs no network and prints."""

from __future__ import annotations

from vnjp_sim.report.page import interactive_page, report_page

__all__ = ["interactive_page", "report_page"]

"""The page of proof says of a test that failed and was run again that it failed at first."""

from __future__ import annotations

from conftest import run_again
from proof_page import made, suites_table

TESTS = ["tests/test_sbc.py::test_one", "tests/test_sbc.py::test_other"]


def first_run() -> dict[str, object]:
    return {
        "suite": "calibration",
        "full": True,
        "workers": 2,
        "by_suite": {"calibration": {"passed": 8, "failed": 2, "skipped": 0, "seconds": 60.0}},
        "passed": 8,
        "failed": TESTS,
        "skipped": {},
        "seconds": 60,
        "python": "3.11",
        "machine": "one",
        "version": "0.2.0",
        "commit": "abc1234",
        "day": "2026-11-27",
    }


def test_a_failure_that_passed_later_is_told() -> None:
    counts = {"calibration": {"passed": 1, "failed": 1, "skipped": 0, "seconds": 9.0}}
    figures = run_again(first_run(), {TESTS[0]}, counts)
    assert figures["by_suite"]["calibration"] == {
        "passed": 9,
        "failed": 1,
        "skipped": 0,
        "seconds": 60.0,
    }
    page = "\n".join(suites_table({"suite": figures}))
    assert f"Failures left standing:\n- `{TESTS[1]}`" in page
    assert f"`{TESTS[0]}` failed at first, and passed when it was run again by itself" in page
    figures = run_again(figures, {TESTS[1]}, counts)
    page = "\n".join(suites_table({"suite": figures}))
    assert "No failure is left standing." in page
    assert page.count("failed at first") == 2
    told = "They were computed with version 0.2.0, commit abc1234, on 2026-11-27."
    assert made({"suite": figures, "sbc": {}}) == [told]

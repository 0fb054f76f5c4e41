#!/usr/bin/env python3
"""Draw the charts of the gallery page, to be looked at: ``python tools/chart_gallery.py OUT``.

The calls are those of docs/gallery.md, so that page and tool show the same. With ``--width 340`` or
``--theme dark`` every chart is drawn so.
"""

from __future__ import annotations

import argparse
import re
from functools import cache
from pathlib import Path
from typing import Any

from docs_pictures import results_of

import vnjp_sim as vj
from vnjp_sim import charts
from vnjp_sim.charts.look import THEMES

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = REPOSITORY / "docs" / "gallery.md"
RESULTS = results_of("gallery")
SCENARIOS = ("base", "oda_expansion", "osa_framework", "labour_growth", "labour_stall")
DRAWS = 1_000
"""Few, since a budget takes a run for each source of uncertainty."""
EXAMPLE = re.compile(r"^```\{chart\} (\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def main() -> None:
    """Draw every chart of the page as PNG."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the images")
    parser.add_argument("--width", type=int, help="of every picture in pixels")
    parser.add_argument("--theme", choices=THEMES, default="light")
    parser.add_argument("--only", default="", help="beginning of the names of those to draw")
    asked = parser.parse_args()
    for name, code in examples():
        if name.startswith(asked.only):
            chart = drawn(code, width=asked.width, theme=asked.theme)
            print(charts.save(chart, asked.out / f"{name}.png"))


def examples() -> list[tuple[str, str]]:
    """Return name and code of each chart of the page."""
    return EXAMPLE.findall(PAGE.read_text(encoding="utf-8"))


def drawn(code: str, **options: Any) -> Any:
    """Return the chart that a call of the page gives, with further options."""
    names = {"charts": _With(options), "vj": vj, **setting()}
    return eval(code, names)  # noqa: S307 - code of this repository


class _With:
    """The charts, with options that every call gets unless it gives them itself."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = {name: value for name, value in options.items() if value is not None}

    def __getattr__(self, name: str) -> Any:
        function = getattr(charts, name)
        return lambda *given, **more: function(*given, **{**self.options, **more})


@cache
def setting() -> dict[str, Any]:
    """Return what the page calls by name: runs, their comparison, the model, its calibration."""
    model = vj.load_model()
    runs = vj.run(SCENARIOS, draws=DRAWS, out=RESULTS)
    posterior, _ = vj.posterior_of(model, RESULTS)
    goal, options = "labour_stock>=700000 in 2030", {"draws": DRAWS, "out": RESULTS}
    policies, cost = ["oda_expansion", "labour_growth"], {"labour_growth": 1.7}
    weighed = (policies, "trade_turnover", 2035)
    return {
        "past": vj.history(["oda_disbursements"], **options),
        "shares": vj.sensitivity(["labour_stock"], **options),
        "numbers": vj.lookup("oda_disbursements", 2030, **options),
        "conditions": vj.discover(
            "security_vessels>=14 in 2035", "osa_framework@vessels", **options
        ),
        "reach": vj.reach(goal, "labour_skilled_intake", **options),
        "regret": vj.regret(*weighed, under="weak_yen", costs=cost, **options),
        "runs": runs,
        "policies": runs.sel(scenario=list(SCENARIOS[:4])),
        "comparison": vj.compare(runs),
        "model": model,
        "posterior": posterior,
        "attribution": vj.attribute("labour_growth", ["labour_stock"], draws=DRAWS, out=RESULTS),
        "budget": vj.uncertainty_budget("base", ["trade_turnover"], draws=DRAWS, out=RESULTS),
    }


if __name__ == "__main__":
    main()

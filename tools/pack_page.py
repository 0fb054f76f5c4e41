"""Write docs/official.md: what the official evidence pack holds, where it differs, what it shows.

python tools/pack_page.py            # the sources and conflicts, scores kept as they stand
python tools/pack_page.py --full     # the forecasts too (some minutes)
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from page_text import code, table, write_page

from vnjp_sim.foundation.vocabulary import DOCUMENTS, WITH_OFFICIAL
from vnjp_sim.inputs.number_text import fixed, percent
from vnjp_sim.inputs.pack import conflicts
from vnjp_sim.scoring import Backtest
from vnjp_sim.scoring.hindcasts import HINDCASTS, YEARLY, by_lead, hindcasts
from vnjp_sim.scoring.scores import pool
from vnjp_sim.simulation.model_data import Model, load_model

ROOT = Path(__file__).parent.parent
SCORES = ROOT / "docs" / "official_scores.json"
METHODS = ("model", "naive", "drift", "damped", "theta")
FEWEST = 1e-9
ENOUGH_LEVELS = 3
INTRODUCTION = """\
# Official series

`models/official/` holds official series of the partnership, up to 2018, in the columns of all
figures. They are no part of the default calibration: `--evidence documents+official` (in
Python `evidence="documents+official"`) adds them to the figures of the documents, in every
command that calibrates. Calibrations and runs are kept apart by it, and runs and reports say
which evidence they used.

A figure counts as published the lag of its series after the end of its period; lags are
assumed, and each source in `documents.yml` says on what grounds. Figures whose definition
differs from that of an indicator, and those that only restate others, are marked `check`. Of
the residents and trainees of the years before 2018 none calibrates: the law of residents adds
statuses of which no series tells those years, and which began in 2019 in part. Vietnam's
inflow of investment from all countries, arrivals of Vietnamese in Japan and sums of grants
have no indicator here.
"""


def scores_of(model: Model, origins: Sequence[Any]) -> dict[str, Any]:
    """Return what a table of scores needs, as JSON: by indicator, and by whole years ahead."""
    result = hindcasts(model.evidence, model.parameters, model.registry, origins)
    near = Backtest(tuple(f for f in result.forecasts if FEWEST < f.ahead <= 5.5), {})
    names = sorted({f.figure.indicators[0] for f in near.forecasts})
    groups = {
        name: pool(s for f in near.forecasts if f.figure.indicators == (name,) for s in f.scored)
        for name in names
    }
    groups |= {f"{lead} ahead": pooled for lead, pooled in by_lead(near).items()}
    groups["all"] = pool(near.scored)
    told = [s for f in near.forecasts if f.levels_known >= ENOUGH_LEVELS for s in f.scored]
    groups["all, of three levels or more"] = pool(told) if told else {}
    return {
        group: {
            method: {
                "cases": pooled[method].cases,
                "crps": pooled[method].crps,
                "coverage": pooled[method].coverage[0.8],
            }
            for method in METHODS
        }
        for group, pooled in groups.items()
        if pooled
    }


def score_lines(scores: dict[str, Any]) -> Iterator[str]:
    """Yield a table of scores."""
    rows = [
        [
            name if " " in name or name == "all" else code(name),
            str(of["model"]["cases"]),
            *(fixed(of[method]["crps"], 3) for method in METHODS),
            percent(of["model"]["coverage"]),
        ]
        for name, of in scores.items()
    ]
    yield from table(["forecasts", "cases", *METHODS, "in the model's 80 %"], rows)


def page(model: Model, scores: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of the page."""
    yield from INTRODUCTION.splitlines()
    yield "\n## Sources\n"
    pack = model.evidence.pack
    uses = Counter((f.document, f.use == "calibrate") for f in pack.figures)
    rows = [
        [
            f"{source.publisher}: {source.title}",
            str(uses[name, True]),
            str(uses[name, False]),
            f"{source.lag_months} month{'s' * (source.lag_months > 1)}"
            if source.lag_months
            else source.published,
        ]
        for name, source in sorted(pack.sources.items())
    ]
    yield from table(["source", "calibrate", "check", "published after"], rows)
    yield "\n## Where sources differ\n"
    yield "The figure that is used, and an official one of the same indicator and period.\n"
    told = [
        [
            code("+".join(c.used.indicators)),
            c.used.period.text,
            f"{c.used.printed} {c.used.unit}",
            c.used.document,
            c.other.printed,
            c.other.document,
            percent(c.difference, 1),
        ]
        for c in conflicts(model.evidence.observations, pack)
    ]
    heads = ["indicator", "period", "used", "source", "other", "source", "difference"]
    yield from table(heads, told)
    yield "\n## Forecasts\n"
    yield "Mean CRPS in log points, up to five years ahead, beside simple methods that know the"
    yield "same figures; priors are those that could be given at the origin. Few of the cases are"
    yield "independent of each other. The simple methods see the levels of one indicator alone, the"
    yield "model those of its whole group: of imports, exports and turnover. The last line leaves"
    yield "out cases in which they know fewer than three levels. Forecasts of trade are those of"
    yield "its law alone: what Vietnam's output may depart from its course, which projections have"
    yield "in addition, is left out, so that their bands are too narrow here."
    for title, of in scores.items():
        yield f"\n### {title}\n"
        yield from score_lines(of)


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="make the forecasts anew")
    full = parser.parse_args().full
    packed = load_model(evidence=WITH_OFFICIAL)
    if full:
        of = {"The pack, from 1 May of 2012 to 2018": scores_of(packed, YEARLY)}
        of |= {f"The pack, from {day}": scores_of(packed, [day]) for day in HINDCASTS}
        last = HINDCASTS[-1]
        of[f"Documents alone, from {last}"] = scores_of(load_model(evidence=DOCUMENTS), [last])
        SCORES.write_text(json.dumps(of, indent=1) + "\n", encoding="utf-8")
    scores = json.loads(SCORES.read_text(encoding="utf-8")) if SCORES.exists() else {}
    write_page(ROOT / "docs" / "official.md", list(page(packed, scores)))


if __name__ == "__main__":
    main()

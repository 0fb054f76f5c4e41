"""The numbers behind the verdict of the proof page, what they say, and their three pictures.

`docs/proof_plots.json` holds the numbers, as `proof_page.py` takes them from the figures of the
suites; a build of the documentation draws the pictures from it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from vnjp_sim.charts.theme import FONT

Proofs = Mapping[str, Mapping[str, Any]]
Rows = Sequence[Mapping[str, Any]]
Plots = Mapping[str, Rows]

FILE = Path(__file__).resolve().parent.parent / "docs" / "proof_plots.json"
REAL, DOCUMENTS = "real countries", "the documents"
DRAWN = "trade_turnover"
"""The quantity of real countries that the pictures show."""
POOLED = "pooled"
"""The simple method that knows other countries; the others extrapolate the series itself."""
IN_WORDS = {"trade_exports": "exports", "trade_imports": "imports", "trade_turnover": "turnover"}
BEDS = {"skill_own": "its own laws", "skill_break": "a break", "skill_walk": "a walk"}
TITLES = {
    "its own laws": "The model's own laws",
    "a break": "A switching trend with a break",
    "a walk": "A walk with changing volatility",
}
ROUND, SHOWN = 6, 3
"""Decimals of the numbers that are kept, and of those that the page prints."""
INK, MUTED, MODEL, OTHER = "#1f2933", "#52606d", "#0b5fa5", "#b3661c"


def plots_of(proofs: Proofs) -> dict[str, list[dict[str, Any]]]:
    """Return the numbers of the three pictures: errors, coverage of 80 % bands, and PIT."""
    errors, held, tenths = [], [], []
    if panels := proofs.get("panels_forecasts"):
        for quantity, leads in panels["quantities"].items():
            for one in leads:
                place = {"quantity": quantity, "lead": one["lead"]}
                errors += [
                    {**place, "method": method, "crps": round(crps, ROUND)}
                    for method, crps in one["crps"].items()
                ]
                inside = one["coverage"]["0.8"]
                ends = {key: round(inside[key], ROUND) for key in ("value", "low", "high")}
                held.append({"where": REAL, **place, **ends})
    beds = {bed: proofs[key] for key, bed in BEDS.items() if key in proofs}
    for bed, figures in beds.items():
        model = figures["pooled"]["model"]
        held.append(bed_row(bed, model))
        tenths += [
            {"where": bed, "tenth": at, "count": count} for at, count in enumerate(model["pit"], 1)
        ]
    if documents := proofs.get("documents"):
        better = sum(gap["verdict"] == "better" for gap in documents["differences"])
        held.append({**bed_row(DOCUMENTS, documents["pooled"]["model"]), "better": better})
    return {"errors": errors, "held": held, "pit": tenths}


def bed_row(where: str, model: Mapping[str, Any]) -> dict[str, Any]:
    """Return how many of a bed's truths the 80 % bands held, with twice the binomial error."""
    share, cases = model["coverage"]["0.8"], model["cases"]
    error = 2.0 * (share * (1.0 - share) / cases) ** 0.5
    ends = {"low": max(0.0, share - error), "high": min(1.0, share + error)}
    return {
        "where": where,
        "cases": cases,
        "value": round(share, ROUND),
        **{key: round(value, ROUND) for key, value in ends.items()},
    }


def write_plots(plots: Plots, file: Path = FILE) -> None:
    """Write the numbers, a row a line."""
    parts = [
        f'"{name}": [\n' + ",\n".join(f"  {json.dumps(row)}" for row in rows) + "\n]"
        for name, rows in plots.items()
    ]
    file.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def read_plots(file: Path = FILE) -> Plots:
    """Return the numbers that the last proof left."""
    plots: Plots = json.loads(file.read_text(encoding="utf-8"))
    return plots


def verdict_lines(plots: Plots) -> list[str]:
    """Return what the pictures show, in sentences: what holds, and what does not."""
    held = {row["where"]: row for row in plots["held"] if row["where"] != REAL}
    real = [row["value"] for row in plots["held"] if row["where"] == REAL]
    lines = []
    if own := held.get("its own laws"):
        lines.append(
            "- **Where its laws hold, the bands are honest.** On series made by the model's own "
            f"laws, 80 % bands contain {per_cent(own['value'])} of the truths."
        )
    if real:
        lines.append(
            "- **On the trade of real countries they nearly are, and forecasts beat extrapolation, "
            "but not the growth of other countries.** By quantity and lead, 80 % bands contain "
            f"{per_cent(min(real), '')} to {per_cent(max(real))}. The error is smaller than that "
            f"of each method that extrapolates the series itself {leads_won(plots['errors'])}. "
            f"`{POOLED}`, the growth of other countries, does about as well: its error differs by "
            f"at most {pooled_gap(plots['errors'])}, and is {pooled_wins(plots['errors'])}. What "
            "the model gains, it has learnt from them, by its priors."
        )
    if {"a break", "a walk"} <= held.keys():
        lines.append(
            "- **Where its laws fail, the bands are too narrow.** If growth switches, 80 % bands "
            f"contain {per_cent(held['a break']['value'])}; if volatility changes, "
            f"{per_cent(held['a walk']['value'])}."
        )
    if documents := held.get(DOCUMENTS):
        inside = round(documents["value"] * documents["cases"])
        lines.append(
            "- **The documents are too few to tell.** Of the later figures that can be forecast "
            f"from earlier documents, 80 % bands contain {inside} of {documents['cases']}; "
            f"{shown_better(documents['better'])}."
        )
    return lines


def by_place(errors: Rows) -> dict[tuple[str, int], dict[str, float]]:
    """Return the errors of the methods by quantity and lead."""
    found: dict[tuple[str, int], dict[str, float]] = {}
    for row in errors:
        found.setdefault((row["quantity"], row["lead"]), {})[row["method"]] = row["crps"]
    return found


def extrapolating(crps: Mapping[str, float]) -> list[str]:
    """Return the simple methods that know only the series itself."""
    return [method for method in crps if method not in ("model", POOLED)]


def leads_won(errors: Rows) -> str:
    """Return in how many quantities and leads no extrapolation has as small an error."""
    places = by_place(errors)
    won = sum(
        all(crps["model"] < crps[one] for one in extrapolating(crps)) for crps in places.values()
    )
    leads = sorted({lead for _, lead in places})
    years = f"from {leads[0]} to {leads[-1]} years"
    if won < len(places):
        return f"in {won} of {len(places)} quantities and leads {years}"
    names = sorted({IN_WORDS.get(name, name) for name, _ in places})
    return f"for {listed(names)} at every lead {years}"


def pooled_wins(errors: Rows) -> str:
    """Return where the pooled method has the smaller error, to the digits that the page shows."""
    leads: dict[str, list[str]] = {}
    for (quantity, lead), crps in by_place(errors).items():
        if round(crps[POOLED], SHOWN) < round(crps["model"], SHOWN):
            leads.setdefault(IN_WORDS.get(quantity, quantity), []).append(str(lead))
    told = [f"{name} at {listed(own)} years" for name, own in leads.items()]
    return f"the smaller one for {listed(told)}" if told else "nowhere the smaller one"


def listed(words: Sequence[str]) -> str:
    """Return words as in a sentence: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def shown_better(count: int) -> str:
    """Return than how many simple methods the model is shown to be better."""
    methods = "simple methods" if count > 1 else "simple method"
    return f"the model is shown to be better than {count or 'no'} {methods}"


def pooled_gap(errors: Rows) -> str:
    """Return the greatest relative difference of the model's errors and the pooled method's."""
    return per_cent(max(abs(c["model"] / c[POOLED] - 1.0) for c in by_place(errors).values()))


def per_cent(share: float, unit: str = " %") -> str:
    """Return a share in whole per cent."""
    return f"{100 * share:.0f}{unit}"


CAPTIONS = {
    "proof_errors": "**Errors of forecasts of turnover, trade of real countries.** Mean CRPS in "
    "log points, smaller is better, by years ahead.",
    "proof_held": "**What 80 % bands contain.** Points: share of truths inside; lines: its "
    "interval (95 %; of the turnover of real countries 90 %).",
    "proof_pit": "**Where truths fall in the forecast distribution.** Each bar is a tenth; level "
    "bars are honest, high ends mean that bands are too narrow.",
}
"""What stands under each picture, by its name."""


def picture_lines() -> list[str]:
    """Return the pictures of the page."""
    lines = []
    for name, caption in CAPTIONS.items():
        alt = caption.split("**")[1]
        lines += [f"```{{figure}} pictures/{name}.svg", f":alt: {alt}", "", caption, "```", ""]
    return lines


def draw_plots(folder: Path, plots: Plots) -> list[Path]:
    """Draw the pictures into a folder, and return the files."""
    import vl_convert

    pictures = {"proof_errors": errors_chart, "proof_held": held_chart, "proof_pit": pit_chart}
    files = []
    for name, chart in pictures.items():
        file = folder / f"{name}.svg"
        file.write_text(vl_convert.vegalite_to_svg(styled(chart(plots))), encoding="utf-8")
        files.append(file)
    return files


def styled(chart: dict[str, Any]) -> dict[str, Any]:
    """Return a chart with the look that the three share."""
    axis: dict[str, Any] = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "gridColor": "#e4e7eb",
        "domainColor": MUTED,
    }
    config = {
        "font": FONT,
        "axis": {**axis, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"},
        "header": {"labelFontSize": 12, "labelFontWeight": "bold", "labelColor": INK},
        "view": {"stroke": None},
        "padding": 14,
    }
    return {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "config": config, **chart}


def drawn(rows: Rows) -> Rows:
    """Return the rows of the pictures: of real countries, those of one quantity."""
    return [row for row in rows if row.get("quantity", DRAWN) == DRAWN]


def errors_chart(plots: Plots) -> dict[str, Any]:
    """Return the errors by lead: a line a method, named at its end."""
    rows = drawn(plots["errors"])
    last = max(row["lead"] for row in rows)
    colour: dict[str, Any] = {
        "condition": {"test": "datum.method == 'model'", "value": MODEL},
        "value": MUTED,
    }
    width: dict[str, Any] = {
        "condition": {"test": "datum.method == 'model'", "value": 3},
        "value": 1.3,
    }
    ticks = sorted({row["lead"] for row in rows})
    x: dict[str, Any] = {"field": "lead", "type": "quantitative", "title": "years ahead"}
    x |= {
        "axis": {"values": ticks, "grid": False},
        "scale": {"domain": [0, last + 2], "nice": False},
    }
    y: dict[str, Any] = {"field": "crps", "type": "quantitative", "title": "mean CRPS, log points"}
    base: dict[str, Any] = {"x": x, "y": y, "detail": {"field": "method"}, "color": colour}
    ends = {"filter": f"datum.lead == {last}"}
    apart = {"expr": "datum.method == 'model' ? 9 : datum.method == 'pooled' ? -6 : 0"}
    text: dict[str, Any] = {"type": "text", "align": "left", "dx": 6, "dy": apart, "fontSize": 12}
    label: dict[str, Any] = {"mark": text, "transform": [ends]}
    return {
        "data": {"values": list(rows)},
        "width": 370,
        "height": 250,
        "layer": [
            {"mark": "line", "encoding": {**base, "strokeWidth": width}},
            {**label, "encoding": {**base, "text": {"field": "method"}}},
        ],
    }


def held_chart(plots: Plots) -> dict[str, Any]:
    """Return what the bands of 80 % hold: a row a bed, or a lead of real countries."""
    rows = [{**row, "label": label_of(row)} for row in drawn(plots["held"])]
    scale = {"domain": [0.5, 1.0], "zero": False, "nice": False}
    x: dict[str, Any] = {
        "field": "value",
        "type": "quantitative",
        "scale": scale,
        "title": "share inside",
    }
    x["axis"] = {
        "values": [0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        "labelOverlap": True,
        "labelExpr": "round(100 * datum.value) + ' %'",
    }
    y: dict[str, Any] = {"field": "label", "type": "nominal", "sort": None, "title": None}
    y["axis"] = {"labelLimit": 260, "ticks": False, "domain": False}
    off = {"test": "datum.high < 0.8 || datum.low > 0.8", "value": OTHER}
    colour: dict[str, Any] = {"condition": off, "value": MODEL}
    ends = {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "y": y, "color": colour}
    rule = {"mark": {"type": "rule", "strokeDash": [4, 3]}}
    return {
        "data": {"values": rows},
        "width": 200,
        "height": {"step": 26},
        "layer": [
            {
                **rule,
                "encoding": {
                    "x": {"datum": 0.8, "type": "quantitative"},
                    "color": {"value": MUTED},
                },
            },
            {"mark": {"type": "rule", "strokeWidth": 2.5}, "encoding": ends},
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": x, "y": y, "color": colour},
            },
        ],
    }


def label_of(row: Mapping[str, Any]) -> str:
    """Return the name of a row of the second picture."""
    if row["where"] == REAL:
        return (
            f"Turnover of real countries, {row['lead']} year{'s' if row['lead'] > 1 else ''} ahead"
        )
    return TITLES.get(row["where"], "The documents")


def pit_chart(plots: Plots) -> dict[str, Any]:
    """Return the truths in each tenth, as a part of an even share, a panel a bed."""
    totals: dict[str, int] = {}
    for row in plots["pit"]:
        totals[row["where"]] = totals.get(row["where"], 0) + row["count"]
    rows = [
        {**row, "bed": TITLES[row["where"]], "part": 10.0 * row["count"] / totals[row["where"]]}
        for row in plots["pit"]
    ]
    x: dict[str, Any] = {"field": "tenth", "type": "ordinal", "title": "tenth of the forecast"}
    x["axis"] = {"labelAngle": 0, "ticks": False}
    y: dict[str, Any] = {"field": "part", "type": "quantitative", "title": "truths, even = 1"}
    even = {"y": {"datum": 1.0, "type": "quantitative"}, "color": {"value": INK}}
    panel = [
        {"mark": {"type": "bar", "color": "#8fb4d6"}, "encoding": {"x": x, "y": y}},
        {"mark": {"type": "rule", "strokeDash": [4, 3]}, "encoding": even},
    ]
    return {
        "data": {"values": rows},
        "facet": {
            "field": "bed",
            "type": "nominal",
            "sort": list(TITLES.values()),
            "title": None,
        },
        "columns": 1,
        "spec": {"width": 360, "height": 90, "layer": panel},
    }

"""The report: a brief that answers from figures, on two pages; an annex; nothing loaded."""

from __future__ import annotations

import csv
import inspect
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from browser import pages_on_paper, width_of

import vnjp_sim as vj
from vnjp_sim.analysis.findings import Findings, find
from vnjp_sim.analysis.marks import PRIOR_DRIVEN, SET, UNSURE
from vnjp_sim.charts.theme import INK, MUTED, contrast
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.lever_path import LeverPath
from vnjp_sim.report import (
    Contents,
    Scope,
    contents_of,
    interactive_page,
    report_page,
    write_findings,
    write_report,
)
from vnjp_sim.report.changes import changes_of, done_words, path_words
from vnjp_sim.report.chosen import percent_of, strongest
from vnjp_sim.report.level_brief import ratio_words
from vnjp_sim.report.words import clipped, percent_text
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options
from vnjp_sim.simulation.scenario_requests import distinct_scenarios

ASKED = ["oda_expansion", "osa_framework", "labour_growth"]
END = 2032
OPTIONS = Options(draws=1_000, start=2025, end=END)
LEGIBLE = 4.5


@pytest.fixture(scope="module")
def findings(shipped_model: Model, calibrated_out: Path) -> Findings:
    return find(ASKED, shipped_model, OPTIONS, calibrated_out)


@pytest.fixture(scope="module")
def written(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, _ = write_findings(findings, tmp_path_factory.mktemp("written"))
    return folder


@pytest.fixture(scope="module")
def brief(findings: Findings) -> Contents:
    return contents_of(findings, Scope(brief=True))


@pytest.fixture(scope="module")
def baseline(shipped_model: Model, calibrated_out: Path) -> Findings:
    return find(["base"], shipped_model, OPTIONS, calibrated_out)


@pytest.fixture(scope="module")
def page(brief: Contents, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("brief") / "policies.html"
    file.write_text(report_page(brief), encoding="utf-8")
    return file


class Loads(HTMLParser):
    """Collects what a page would load, and the ids in it."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.anchors: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "srcset", "data", "poster", "action"} or (
                name in {"href", "xlink:href"} and tag in {"link", "image", "use"}
            ):
                self.loads.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.anchors.append(value or "")


def without_scripts(page: Path) -> str:
    """Return the text of a page without what scripts hold; they load nothing either."""
    return re.sub(r"(<script[^>]*>).*?</script>", r"\1", page.read_text("utf-8"), flags=re.DOTALL)


def loads_of(page: str) -> Loads:
    parser = Loads()
    parser.feed(page)
    return parser


def test_report_loads_nothing(written: Path) -> None:
    page = without_scripts(written / "report.html")
    found = loads_of(page)
    assert [load for load in found.loads if not load.startswith(("#", "data:"))] == []
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []
    assert len(found.ids) == len(set(found.ids))
    assert {a.removeprefix("#") for a in found.anchors} <= set(found.ids)


def test_interactive_page_loads_nothing(brief: Contents, written: Path) -> None:
    page = interactive_page(brief)
    assert loads_of(page).loads == []
    assert page.count('vegaEmbed("#chart-') == len(brief.pictures)
    assert not (written / "charts.html").exists()  # the report beside it can be browsed


def test_report_has_every_part(written: Path, findings: Findings) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    for scenario in findings.scenarios.values():
        assert scenario.title in page
    for document in findings.model.evidence.documents.values():
        assert document.title in page
    for name, _ in findings.model.parameters.all_parameters():
        assert f'<th scope="row">{name}</th>' in page
    contents = contents_of(findings)
    assert without_scripts(written / "report.html").count("<svg") == len(contents.pictures) + len(
        contents.brief.findings
    )
    narrow = [re.findall(r'width="([0-9.]+)"', p.svg)[0] for p in contents.pictures if not p.wide]
    assert max(map(float, narrow)) < 480, "a telephone cuts the charts of the annex"
    assert page.index("How to cite") < page.index("Annex:")


def test_tables_agree_with_the_comparison(written: Path, findings: Findings) -> None:
    with (written / "effects.csv").open(encoding="utf-8", newline="") as stream:
        rows = {
            (row["scenario"], row["indicator"], int(row["year"])): row
            for row in csv.DictReader(stream)
        }
    effects = findings.comparison.effects()
    values = effects.labour_stock.sel(scenario="labour_growth", year=END).to_numpy()
    row = rows["labour_growth", "labour_stock", END]
    assert float(row["mean"]) == pytest.approx(values.mean())
    assert float(row["p95"]) == pytest.approx(np.quantile(values, 0.95))
    with (written / "contributions.csv").open(encoding="utf-8", newline="") as stream:
        parts = [
            float(row["mean"])
            for row in csv.DictReader(stream)
            if (row["scenario"], row["indicator"], row["year"])
            == ("labour_growth", "labour_stock", str(END))
        ]
    assert sum(parts) == pytest.approx(values.mean())
    with (written / "budgets.csv").open(encoding="utf-8", newline="") as stream:
        shares: dict[tuple[str, ...], float] = {}
        for row in csv.DictReader(stream):
            key = (row["scenario"], row["of"], row["indicator"], row["year"])
            shares[key] = shares.get(key, 0.0) + float(row["share"] or "nan")
    assert {key[1] for key in shares} == {"level", "effect"}
    known = [share for share in shares.values() if not np.isnan(share)]
    assert known
    assert known == pytest.approx([1.0] * len(known))


def test_marks_stand_in_the_report(written: Path, findings: Findings) -> None:
    effects = findings.comparison.summaries(findings.indicators, findings.years)
    assert {UNSURE, PRIOR_DRIVEN} <= {e.mark for e in effects}
    page = (written / "report.html").read_text(encoding="utf-8")
    assert "†" in page
    assert "rises in " in page


def test_stored_runs_have_the_same_findings(
    findings: Findings, shipped_model: Model, calibrated_out: Path
) -> None:
    name = ASKED[-1]
    vj.run([name], draws=OPTIONS.draws, horizon=(2025, END), out=calibrated_out)
    folder = calibrated_out / name / findings.comparison.manifests[name]["run"]
    again = find([folder], shipped_model, OPTIONS, calibrated_out)
    assert set(again.scenarios) == {name}
    for indicator, total in again.attributions[name].total.items():
        np.testing.assert_array_equal(total, findings.attributions[name].total[indicator])


class Outline(HTMLParser):
    """Collects the levels of headings, what pictures are called, and what scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.called: list[str] = []
        self.boxes: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if given.get("role") == "img":
            self.called.append(given.get("aria-label") or "")
        if given.get("class") == "wide":
            self.boxes.append(given)


def test_findings_follow_from_the_draws(brief: Contents, findings: Findings) -> None:
    assert brief.annex is None
    assert brief.brief.about == ["oda_disbursements", "security_equipment", "labour_intake"]
    titles = [finding.title for finding in brief.brief.findings]
    workers = findings.comparison.effects().labour_intake.sel(scenario="labour_growth", year=END)
    middle = f"{np.median(workers) / 1000:.1f} thousand persons in {END}"
    assert titles[2].startswith(
        f"Labour growth raises workers sent to Japan under contract by {middle}"
    )
    assert all(finding.picture for finding in brief.brief.findings)
    assert len(brief.brief.policies) == len(ASKED)


def test_changes_are_told_with_reason_and_source(shipped_model: Model) -> None:
    (scenario,) = distinct_scenarios(["osa_framework@vessels"], shipped_model, OPTIONS).values()
    changes = changes_of(scenario, shipped_model.instruments)
    order = next(c for c in changes if c.size.startswith("1 October 2030, 6 vessels"))
    assert "who pays: a yen loan" in order.size
    assert order.why.startswith("As many as the series of 2020")
    assert order.source == "russian_commentary_2023 lines 447-461; assumed"
    assert order.judged


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ({"path": "ramp", "from": 2026, "to": 2030, "multiply": 2.0}, "doubled by 2030, in even"),
        ({"path": "step", "from": 2027, "multiply": 1.25}, "raised by 25 % from 2027 on"),
        ({"path": "step", "from": 2027, "to": 2029, "multiply": 0.7}, "cut by 30 % from 2027 to"),
        ({"path": "pulse", "from": 2028, "to": 2028, "multiply": 0.0}, "none at all in 2028"),
        ({"path": "step", "from": 2027, "add": -10.0}, "lowered by JPY 10 bn from 2027 on"),
        ({"path": "step", "from": 2027, "at_least": 150}, "at least JPY 150 bn from 2027 on"),
        ({"path": "step", "from": 2027, "add": "2 USD bn"}, "raised by USD 2 bn"),
    ],
)
def test_levers_in_words(path: dict[str, Any], words: str) -> None:
    assert path_words(LeverPath.model_validate(path), "JPY bn").startswith(words)


def test_a_percentage_is_raised_by_percentage_points() -> None:
    assert done_words("add", 1.5, "percent") == "raised by 1.5 percentage points"
    assert done_words("set", 52.0, "percent") == "set to 52 %"


def test_text_is_cut_between_its_parts() -> None:
    told = "press_2023, more than USD 27 bn; russian_commentary_2023 lines 336-338 for the years"
    assert (
        clipped(told, 80)
        == "press_2023, more than USD 27 bn; russian_commentary_2023 lines 336-338 …"
    )


def test_ratios_in_words() -> None:
    told = [ratio_words(ratio, 2025) for ratio in (2.44, 1.2, 1.01, 0.8)]
    assert told == ["2.4 times 2025", "up 20 % on 2025", "about as in 2025", "down 20 % on 2025"]


def test_python_of_a_brief_asks_for_the_same(page: Path, findings: Findings) -> None:
    (code,) = re.findall(
        r'aria-label="Python"><code>(.*?)</code>', page.read_text("utf-8"), re.DOTALL
    )
    asked: dict[str, Any] = {}

    def compare(*words: Any, **options: Any) -> Any:
        asked.update(inspect.signature(vj.compare).bind(*words, **options).arguments)
        return findings.comparison

    lines = code.replace("&#39;", "'").replace("import vnjp_sim as vj", "")
    exec(lines, {"vj": SimpleNamespace(compare=compare)})  # noqa: S102 - its own page
    assert asked["scenarios"] == ASKED
    options = asked.get("options", asked)
    assert (options["draws"], options["horizon"]) == (1_000, (2025, END))


def test_baseline_says_where_it_leads(baseline: Findings, tmp_path: Path) -> None:
    file = write_report(baseline, tmp_path / "base.html", scope=Scope(brief=True))
    text = file.read_text(encoding="utf-8")
    values = baseline.comparison.runs.trade_turnover.sel(scenario="base", year=END)
    (middle,) = re.findall(rf"1. Trade turnover in goods: USD ([\d.]+) bn in {END}", text)
    assert float(middle) == pytest.approx(float(np.median(values)), rel=0.01)
    assert re.search(r"Growth from 2025: \+\d\.\d\s% a year", text)
    assert "It stands on 6 figures, the last of 2024" in text
    assert "Most uncertain – " in text
    assert "The chance of targets" in text
    assert pages_on_paper(file, tmp_path) <= 2
    with pytest.raises(InputError, match="exists already"):
        write_report(baseline, file)
    with pytest.raises(InputError, match="nothing to compare"):
        baseline.comparison.require_scenarios()


def test_report_is_about_what_is_asked(findings: Findings) -> None:
    asked = ("trade_turnover", "labour_remittances")
    told = contents_of(findings, Scope(brief=True, indicators=asked))
    assert told.brief.about == list(asked)
    assert len(told.brief.findings) == len(asked)
    text = re.sub("</?span[^>]*>", "", report_page(told))
    assert "--brief --indicator trade_turnover --indicator labour_remittances" in text
    drawn = [p.name for p in contents_of(findings, Scope(indicators=asked)).pictures]
    assert {f"baseline-{name}" for name in asked} <= set(drawn)
    others = [n for n in drawn if not n.endswith(asked) and n not in ("graph", "targets")]
    assert [name for name in others if not name.endswith("-budget")] == []
    with pytest.raises(InputError, match="no such indicator"):
        contents_of(findings, Scope(indicators=("trade_turnoverr",)))


def test_report_tells_of_the_year_that_is_asked_for(findings: Findings, baseline: Findings) -> None:
    told = contents_of(findings, Scope(brief=True, indicators=("labour_intake",), year=2029))
    workers = findings.comparison.effects().labour_intake.sel(scenario="labour_growth", year=2029)
    middle = f"{np.median(workers) / 1000:.1f} thousand persons in 2029"
    assert middle in told.brief.findings[0].title
    text = re.sub("</?span[^>]*>", "", report_page(told))
    assert "--indicator labour_intake --year 2029" in text
    assert str(END) not in told.brief.question
    alone = contents_of(baseline, Scope(brief=True, indicators=("trade_exports",), year=2029))
    level = baseline.comparison.runs.trade_exports.sel(scenario="base", year=2029)
    assert f"USD {np.median(level):.1f} bn in 2029" in alone.brief.answer[0]
    with pytest.raises(InputError, match="2050"):
        contents_of(findings, Scope(year=2050))


def test_amounts_are_told_against_another_scenario(
    shipped_model: Model, calibrated_out: Path
) -> None:
    few = replace(OPTIONS, draws=200)
    found = find(["labour_growth"], shipped_model, few, calibrated_out, "labour_stall")
    (policy,) = contents_of(found, Scope(brief=True, indicators=("labour_stock",))).brief.policies
    sizes = {change.what: change.size for change in policy.changes}
    assert sizes["Skilled workers wanted"] == "doubled by 2030, in even steps from 2026"
    assert sizes["Length of stay of workers"] == "as the model has it"  # which the other one cuts
    (effect,) = found.comparison.summaries(["labour_stock"], [END])
    parts = found.attributions["labour_growth"].contributions_in("labour_stock", END)
    assert sum(part.mean for part in parts) == pytest.approx(effect.mean)
    assert found.comparison.budgets == {}


def test_an_index_that_is_asked_for_is_the_headline(findings: Findings) -> None:
    asked = contents_of(findings, Scope(brief=True, indicators=("index_partnership",)))
    lines = [line for line in asked.brief.answer if line.startswith("Labour growth – ")]
    assert lines[0].startswith("Labour growth – Index of the partnership (+")
    fewer = replace(findings, comparison=replace(findings.comparison, budgets={}))
    rests = " ".join(contents_of(fewer, Scope(brief=True)).brief.rests_on)
    assert "not examined: this needs the scenarios beside the one that they extend" in rests


def test_headline_is_the_largest_effect_in_per_cent(brief: Contents, findings: Findings) -> None:
    effects = [
        e
        for e in findings.comparison.summaries(findings.indicators, [END])
        if e.scenario == "labour_growth" and e.mark != SET and e.indicator[:5] != "index"
    ]
    largest = max(effects, key=lambda e: abs(percent_of(e) or 0.0))
    label = findings.model.registry.indicators[largest.indicator].label
    (line,) = [line for line in brief.brief.answer if line.startswith("Labour growth – ")]
    assert line.startswith(f"Labour growth – {label} ({percent_text(largest)}")
    (osa,) = [line for line in brief.brief.answer if line.startswith("OSA framework")]
    (sets,) = [
        e
        for e in findings.comparison.summaries(["security_equipment"], [END])
        if e.scenario == "osa_framework"
    ]
    assert sets.relative is None  # the baseline is zero in some draws
    assert percent_of(sets) == pytest.approx(100.0 * sets.mean / sets.level)
    assert "Sets of security equipment in service (+" in osa
    (without,) = [line for line in brief.brief.answer if line.startswith("Without a percentage")]
    assert "Vietnam's balance of goods trade with Japan (its baseline may be negative)" in without
    assert f"Largest effect of each in {END}, in per cent of the baseline" in brief.brief.answer[0]
    asked = ("trade_turnover", "labour_remittances")
    answer = contents_of(findings, Scope(brief=True, indicators=asked)).brief.answer
    assert any(line.startswith("Labour growth – Remittances") for line in answer)


def test_findings_prefer_large_and_sure_effects(findings: Findings) -> None:
    names = ["oda_disbursements", "oda_infrastructure", "oda_cumulative_loans", "investment_flow"]
    parts = {"oda_disbursements": 92.0, "oda_infrastructure": 23.0, "oda_cumulative_loans": 18.0}
    every = findings.comparison.summaries(names, [END])
    effects = [
        replace(e, relative=(part,) * 5, positive=sure, negative=1.0 - sure, mark=mark)
        for e in every
        if e.scenario == "oda_expansion"
        for part in [parts.get(e.indicator, 1.6)]
        for sure, mark in [(1.0, "") if part > 2.0 else (0.84, UNSURE)]
    ]
    chosen = strongest(effects, {}, findings.model.registry)
    assert [e.indicator for e in chosen] == names[:3]


def test_no_finding_is_about_a_sector_in_which_nothing_moves(findings: Findings) -> None:
    asked = ("investment_flow", "oda_disbursements")
    told = contents_of(findings, Scope(brief=True, indicators=asked)).brief
    assert not any(line.startswith("In investment") for line in told.answer)
    paid = "a figure of ODA disbursements, gross (projected: each year's loans paid out"
    assert any(paid in line for line in told.rests_on)


def test_policies_are_compared_where_both_have_an_effect(brief: Contents) -> None:
    (table,) = brief.brief.tables
    cells = [row[2:] for row in table.rows]
    assert any(sum(cell != "0" for cell in row) > 1 for row in cells)
    assert table.columns[0] == f"Effect in {END} on"
    text = " ".join([*brief.brief.beyond, *(s for f in brief.brief.findings for s in f.sentences)])
    assert re.search(r"The effect of \w.* is larger than that of ", text)


def test_brief_is_two_pages_and_fits_a_telephone(page: Path, tmp_path: Path) -> None:
    assert pages_on_paper(page, tmp_path) == 2
    assert width_of(page, 390, tmp_path) == 390


def test_brief_is_read_aloud_in_order(page: Path) -> None:
    outline = Outline()
    outline.feed(page.read_text(encoding="utf-8"))
    assert outline.levels[0] == 1
    assert outline.levels.count(1) == 1
    steps = [b - a for a, b in zip(outline.levels, outline.levels[1:], strict=False)]
    assert max(steps) <= 1
    assert len(outline.called) == 3
    assert all(len(name) > 30 for name in outline.called)
    assert all(box["tabindex"] == "0" and box["aria-label"] for box in outline.boxes)


def test_words_are_legible_by_day_and_night(page: Path) -> None:
    style = page.read_text(encoding="utf-8")
    for colours in re.findall(r":root \{([^}]*--paper[^}]*)\}", style):
        known = dict(re.findall(r"--(\w+): (#\w{6})", colours))
        for name in ("ink", "muted", "accent"):
            assert contrast(known[name], known["paper"]) >= LEGIBLE, name
            assert contrast(known[name], known["soft"]) >= LEGIBLE, name
    told = re.search(r"invert\(([\d.]+)\) hue-rotate\(180deg\) brightness\(([\d.]+)\)", style)
    assert told
    inverted, bright = float(told[1]), float(told[2])
    paper = _at_night("#ffffff", inverted, bright)
    for colour in (INK, MUTED, "#0072b2"):
        assert contrast(_at_night(colour, inverted, bright), paper) >= LEGIBLE, colour


def _at_night(colour: str, inverted: float, bright: float) -> str:
    """Return a colour after the filters that CSS applies to pictures in the dark."""
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    parts = inverted + parts * (1.0 - 2.0 * inverted)
    weights = np.array([0.213, 0.715, 0.072])
    parts = np.clip(2.0 * (weights @ parts) - parts, 0.0, 1.0)  # the hue turned by half a circle
    return "#" + "".join(f"{round(255 * p):02x}" for p in np.clip(bright * parts, 0.0, 1.0))

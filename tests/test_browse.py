"""The controls of a report: they show what tables show; links, chances, paper, telephone."""

from __future__ import annotations

import base64
import csv
import json
import random
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
import pytest
from browser import driven

from vnjp_sim.analysis.effect_words import effect_sentence, relative_text
from vnjp_sim.analysis.findings import Findings, find
from vnjp_sim.charts import vega_bundle
from vnjp_sim.report import Scope, write_report
from vnjp_sim.report.browse import WITHOUT_PER_CENT, browsing
from vnjp_sim.report.shares import accuracy, ranked, ranks_of
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.request import Options
from vnjp_sim.tables.effects import SMALL, effect_cells

POLICY, OTHER, END = "labour_growth", "osa_framework", 2032
OPTIONS = Options(draws=200, start=2025, end=END)
STOCK = "labour_stock"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def findings(shipped_model: Model, calibrated_out: Path) -> Findings:
    return find([POLICY, OTHER], shipped_model, OPTIONS, calibrated_out, deep=False)


@pytest.fixture(scope="module")
def page(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browse")
    return write_report(findings, folder / "policies.html", scope=Scope(brief=True))


@pytest.fixture(scope="module")
def content(page: Path) -> dict[str, Any]:
    """What a page holds for its controls."""
    text = page.read_text(encoding="utf-8")
    (data,) = re.findall(r'id="browse-data">(.*?)</script>', text)
    return dict(json.loads(zlib.decompress(base64.b64decode(data))))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with driven() as opened:
        yield opened


class Page:
    """An open report, and what it asked for and complained of."""

    def __init__(self, browser: Any, file: Path, fragment: str = "", **look: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **look})
        self.tab = self.context.new_page()
        self.asked: list[str] = []
        self.faults: list[str] = []
        self.tab.on("request", lambda request: self.asked.append(request.url))
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("console", lambda said: self.faults.append(said.text))
        self.tab.goto(file.as_uri() + fragment)
        if look.get("java_script_enabled", True):
            self.tab.wait_for_selector("#browse-picture svg")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def text(self, part: str) -> str:
        return str(self.tab.text_content(f"#browse-{part}"))

    def state(self) -> dict[str, str]:
        return {name: own[0] for name, own in parse_qs(urlsplit(self.tab.url).fragment).items()}

    def row(self, year: int) -> list[str]:
        row = self.tab.locator(f"#browse-table tr:has(th:text-is('{year}'))")
        return [str(cell) for cell in row.locator("td").all_text_contents()]


def test_every_projected_indicator_is_there_once(
    content: dict[str, Any], findings: Findings
) -> None:
    listed = [name for _, entries in content["sectors"] for name, _ in entries]
    assert sorted(listed) == sorted(findings.comparison.projections.arrays)
    assert sorted(content["levels"]) == sorted(listed)


def test_cells_are_those_of_the_tables(content: dict[str, Any], findings: Findings) -> None:
    comparison, registry = findings.comparison, findings.model.registry
    places = [comparison.years.index(year) for year in findings.years]
    of = {(e.scenario, e.indicator, e.year): e for e in comparison.summaries()}
    seen = 0
    for scenario, shown in content["effects"].items():
        for name, effects in shown.items():
            if "own" not in effects["difference"]:
                continue
            row = [of[scenario, name, year] for year in findings.years]
            _, cells = effect_cells(row, registry.indicators[name], registry)
            cells = [cell.replace(" %", "\u00a0%") for cell in cells]
            for place, cell, part in zip(places, cells[::2], cells[1::2], strict=True):
                if cell != SMALL:
                    assert effects["difference"]["own"]["cells"][place] == cell, (scenario, name)
                    assert effects["percent"]["short"][place].startswith(part), (scenario, name)
                    seen += 1
    assert seen > 20


def test_without_per_cent_it_is_said_why(content: dict[str, Any]) -> None:
    percent = content["effects"][OTHER]["security_equipment"]["percent"]
    assert "own" not in percent
    assert percent["note"] == WITHOUT_PER_CENT


def test_a_share_is_as_near_as_it_says() -> None:
    random_numbers = np.random.default_rng(5)
    draws = 2_000
    wide = random_numbers.lognormal(3.0, 1.0, draws)
    often_zero = np.where(random_numbers.random(draws) < 0.4, 0.0, wide)
    few = random_numbers.poisson(2.0, draws).astype(float)
    usual = ranks_of(draws, 3)
    for values, exact in ((wide, []), (often_zero, [0.0]), (few, [0.0, 1.0, 2.0, 5.0])):
        (row,) = ranked(values[None], usual)
        ranks = np.cumsum(row.pop(0)) if isinstance(row[0], list) else usual
        kept = np.cumsum(row[1:]) * 10.0 ** row[0]
        assert len(ranks) == len(kept)
        ordered = np.sort(values)
        step = 10.0 ** row[0]
        np.testing.assert_allclose(kept, ordered[ranks], atol=0.51 * step)
        many = np.diff(ranks)[np.diff(kept) > 0.0]
        assert many.max() <= draws * accuracy(3) / 100 + 1
        for number in exact:
            place = int(np.searchsorted(kept, number))
            assert kept[place] == number
            assert ranks[place] == (values < number).sum()


def test_the_page_is_small_and_holds_the_bundle_once(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.count(vega_bundle()) == 1
    assert page.stat().st_size < 2_000_000


def test_a_baseline_alone_has_levels(shipped_model: Model, calibrated_out: Path) -> None:
    alone = find(["base"], shipped_model, OPTIONS, calibrated_out, deep=False)
    shown = browsing(alone, [], (STOCK,))
    assert (shown["scenarios"], shown["effects"], list(shown["levels"])) == ([], {}, [STOCK])
    assert re.search(rf"in {END}: [\d,.]+ thousand persons \(90", shown["levels"][STOCK]["say"][-1])


@pytest.mark.browser
def test_each_control_moves_the_page_and_a_link_brings_it_back(
    browser: Any, page: Path, findings: Findings
) -> None:
    (effect,) = [e for e in findings.comparison.summaries([STOCK], [2031]) if e.scenario == POLICY]
    with Page(browser, page) as seen:
        assert all(url.startswith("file:") for url in seen.asked)
        assert len(seen.asked) == 1
        seen.tab.select_option("#browse-scenario", POLICY)
        seen.tab.select_option("#browse-indicator", STOCK)
        seen.tab.focus("#browse-year")
        seen.tab.keyboard.press("ArrowLeft")
        assert seen.state() == {
            "scenario": POLICY,
            "indicator": STOCK,
            "year": "2031",
            "as": "difference",
        }
        assert seen.row(2031)[1].startswith(relative_text(effect))
        middle = re.findall(
            r"([\d.,]+) thousand persons", effect_sentence(effect, findings.model.registry)
        )
        assert f"by {middle[0]} thousand persons in 2031" in seen.text("sentence")
        seen.tab.check("input[value=level]")
        seen.tab.fill("#browse-least", "6,00.5x")
        assert "no number" in seen.text("chance")
        seen.tab.fill("#browse-least", "600")
        told = seen.text("chance")
        draws = findings.comparison.projections
        place = findings.comparison.years.index(2031)
        for name, share in zip(
            ("base", POLICY), re.findall(r"(\d+)\s% of draws", told), strict=True
        ):
            true = 100.0 * float((draws.of(name, STOCK)[place] >= 600_000).mean())
            assert int(share) == pytest.approx(true, abs=1.5)
        assert seen.state()["least"] == "600000"
        _, _, table = str(seen.tab.get_attribute("#browse-csv", "href")).partition(",")
        rows_of = {
            (r["scenario"], r["year"]): r for r in csv.DictReader(unquote(table).splitlines())
        }
        for name in ("base", POLICY):
            row = rows_of[name, "2031"]
            true = np.quantile(draws.of(name, STOCK)[place] / 1000.0, [0.05, 0.5, 0.95])
            assert [float(row[p]) for p in ("p05", "p50", "p95")] == pytest.approx(true, rel=0.02)
            assert (row["indicator"], row["view"], row["mean"]) == (STOCK, "level", "")
            assert row["run"] == findings.comparison.manifests[name]["run"]
        link = seen.tab.get_attribute("#browse-link", "href")
        sentence, rows = seen.text("sentence"), seen.row(2031)
        seen.tab.go_back()
        seen.tab.go_back()
        assert seen.state()["indicator"] != STOCK
        assert seen.faults == []
    with Page(browser, page, str(link)) as again:
        assert (again.text("sentence"), again.text("chance"), again.row(2031)) == (
            sentence,
            told,
            rows,
        )
        assert again.tab.input_value("#browse-least") == "600"


@pytest.mark.browser
def test_the_latest_choice_is_drawn(browser: Any, page: Path) -> None:
    with Page(browser, page, f"#scenario={POLICY}&as=level") as seen:
        seen.tab.evaluate(
            """async () => {
                const list = document.getElementById("browse-indicator");
                for (let i = 0; i < 60; i++) {
                    list.selectedIndex = i % list.options.length;
                    list.dispatchEvent(new Event("input", { bubbles: true }));
                    if (i % 9 === 0) await new Promise(requestAnimationFrame);
                }
            }"""
        )
        chosen = "document.getElementById('browse-indicator').selectedOptions[0].text"
        label = seen.tab.evaluate(chosen).replace(" (no effect)", "")
        title = "document.querySelector('#browse-picture .role-title-text').textContent"
        seen.tab.wait_for_function(f"label => {title} === label", arg=label)
        seen.tab.wait_for_timeout(300)
        assert seen.tab.locator("#browse-picture > div").count() == 1
        assert seen.text("sentence").startswith(label)
        assert seen.faults == []


@pytest.mark.browser
def test_no_fragment_breaks_the_page(browser: Any, page: Path) -> None:
    whole = f"scenario={OTHER}&indicator={STOCK}&year=2031&as=level&least=600000"
    chance = random.Random(3)  # noqa: S311 - a test's own
    pieces = [
        "%",
        "%ff",
        "&",
        "=",
        "#",
        "é",
        "<b>",
        "-",
        "1e999",
        "NaN",
        "__proto__",
        "constructor",
        "",
    ]
    mutated = []
    for _ in range(80):
        text = list(whole)
        for _ in range(chance.randint(1, 5)):
            text[chance.randrange(len(text))] = chance.choice(pieces)
        mutated.append("".join(text))
    with Page(browser, page) as seen:
        told = seen.tab.evaluate(
            """fragments => fragments.map((fragment) => {
                history.replaceState(null, "", `#${fragment}`);
                dispatchEvent(new PopStateEvent("popstate"));
                return document.getElementById("browse-sentence").textContent;
            })""",
            mutated,
        )
        assert all(told)
        assert seen.faults == []
    with Page(browser, page, "#indicator=__proto__&year=1999&as=percent") as seen:
        assert "what is not here, left out: indicator, year." in seen.text("status")
        assert seen.state()["as"] == "percent"
        seen.tab.evaluate(f"location.hash = 'scenario={OTHER}&indicator={STOCK}&as=difference'")
        seen.tab.wait_for_selector("#browse-seen", state="hidden")
        assert "as it is in" in seen.text("sentence")
        assert not seen.tab.is_visible("#browse-svg")


@pytest.mark.browser
def test_the_controls_are_accessible_and_fit_a_telephone(browser: Any, page: Path) -> None:
    why = "axe_playwright_python is not installed: pip install axe-playwright-python"
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason=why).Axe()
    with Page(browser, page, f"#indicator={STOCK}&least=9", viewport=PHONE) as seen:
        for scheme in ("light", "dark"):
            seen.tab.emulate_media(color_scheme=scheme)
            assert seen.tab.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
            assert axe.run(seen.tab, context="#browse").response["violations"] == []


@pytest.mark.browser
def test_paper_and_pages_without_scripts_have_no_controls(browser: Any, page: Path) -> None:
    with Page(browser, page) as seen:
        seen.tab.emulate_media(media="print")
        assert not seen.tab.is_visible("#browse")
    with Page(browser, page, java_script_enabled=False) as still:
        assert not still.tab.is_visible("#browse-form")
        assert still.tab.is_visible("noscript p")
        assert still.tab.is_visible(".finding svg")

"""The explorer in a headless Chromium: every kind of control, links, bursts, accessibility.

Run them with `python -m pytest -m browser`. They need the extras `explore` and `browser`, and an
installed Chromium; they are skipped where one is missing, and say which.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from benchmarks.open_explorer import SETTLED, chromium, lacking, served
from vnjp_sim.charts.theme import DARK, PAPER
from vnjp_sim.foundation.vocabulary import QUANTILES

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DRAWS = 200
PATIENCE = 60_000
DESK, PHONE = {"width": 1400, "height": 1000}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    missing = lacking()
    if missing:
        pytest.skip(missing)
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def address(browser: Any, calibrated_out: Path) -> Iterator[str]:
    """Where the explorer of these tests is."""
    with served(calibrated_out, DRAWS) as place:
        yield place


class Explorer:
    """An open page, and all that it asked for and complained of."""

    def __init__(self, browser: Any, address: str, query: str = "", **look: Any) -> None:
        self.context = browser.new_context(**{"viewport": DESK, **look})
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.faults: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._heard)
        self.page.goto(address + query)
        self.settle()

    def _heard(self, said: Any) -> None:
        if said.type in {"error", "warning"}:
            self.faults.append(said.text)

    def settle(self) -> None:
        """Wait until the latest move is answered, drawn and explained."""
        self.page.wait_for_selector(SETTLED)
        asked = self.page.get_attribute("body", "data-asked")
        self.page.wait_for_selector(f'body[data-explained="{asked}"]')

    def press(self, keys: str) -> None:
        self.page.keyboard.press(keys)
        self.settle()

    def choose(self, control: str, value: str) -> None:
        self.page.select_option(control, value)
        self.settle()

    def fill(self, control: str, value: str) -> None:
        self.page.fill(control, value)
        self.page.dispatch_event(control, "change")
        self.settle()

    def click(self, control: str) -> None:
        self.page.click(control)
        self.settle()

    def text(self, place: str) -> str:
        return str(self.page.inner_text(place))

    @property
    def state(self) -> dict[str, str]:
        """The state that the address holds."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    @property
    def shown(self) -> list[str]:
        """Everything that the page says of its state."""
        tables = ("effect", "chance", "level", "sector")
        found = [self.page.text_content(f"#{name}-table") for name in tables]
        return [self.text("#answer"), self.text("#departures"), self.text("#targets"), *found]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


LEVER = "#lever-oda_commitments"


def open_sector(page: Any, lever: str) -> None:
    page.eval_on_selector(lever, "place => { place.closest('details').open = true; }")


def test_levers_are_moved_by_keys_and_numbers_and_undone(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        page, first, begun = one.page, one.state, one.shown
        assert first["scenario"] == "base"
        assert "None" in one.text("#departures")
        open_sector(page, LEVER)
        one.fill(f"{LEVER} [data-part=amount]", "2.5")
        assert "2.5 times as much" in one.text("#departures")
        with_lever = one.shown
        assert with_lever != begun
        page.focus(f"{LEVER} [data-part=slide]")
        one.press("ArrowRight")
        assert one.shown != with_lever
        one.press("Control+z")
        assert one.shown == with_lever
        one.press("Control+z")
        assert (one.shown, one.state) == (begun, first)
        one.press("Control+Shift+Z")
        assert one.shown == with_lever
        one.choose(f"{LEVER} [data-part=form]", "pulse")
        one.fill(f"{LEVER} [data-part=last]", "2032")
        assert "to 2032" in one.text("#departures")
        one.choose(f"{LEVER} [data-part=operation]", "add")
        assert "2.5 times as much" in one.text("#departures")
        one.fill(f"{LEVER} [data-part=amount]", "300")
        assert "raised by JPY 300 bn from 2026 to 2032" in one.text("#departures")
        one.click("#departures button[data-move=reset]")
        assert one.shown == begun
        one.choose(f"{LEVER} [data-part=form]", "step")
        one.fill(f"{LEVER} [data-part=amount]", "0.5")
        assert "halved from 2026 on" in one.text("#departures")
        assert not one.faults


def test_events_are_added_changed_and_taken_away(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        page, begun = one.page, one.shown
        page.click("#new-event > summary")
        page.select_option("#event-type", "loan_pledge")
        page.fill("#event-on", "2028-10-01")
        page.fill("#field-loan_pledge-amount", "5000")
        page.click("#event-add")
        assert "5,000 cannot be taken: give 0 to 2,000." in one.text("#new-event > .hint")
        page.fill("#field-loan_pledge-amount", "200")
        one.click("#event-add")
        assert "1 October 2028" in one.text("#events")
        page.select_option("#event-type", "vessel_order")
        one.click("#event-add")
        page.click("#edit-0")
        one.fill("#at-0-count", "5")
        one.choose("#at-0-purse", "grant")
        one.fill("#at-0-chance", "40")
        told = one.text("#departures")
        for words in ("5 vessels", "a grant of aid", "with a chance of 40 %"):
            assert words in told
        page.fill("#at-0-on", "2029-04-01")  # the order of patrol vessels comes second now
        one.settle()
        assert page.evaluate("document.activeElement.id") == "at-1-on"
        assert "1 April 2029" in one.text("#event-1")
        assert page.get_attribute("#event-1 .edit", "open") is not None
        assert page.get_attribute("#event-0 .edit", "open") is None
        one.fill("#at-1-count", "99")
        assert "give a whole number from 1 to 24" in one.text("#event-1 > .hint")
        assert page.input_value("#at-1-count") == "5"
        for _ in range(2):
            page.focus("#away-0")
            one.press("Enter")
        assert one.text("#events") == ""
        assert page.evaluate("document.activeElement.textContent") == "Add an event"
        assert one.shown == begun
        assert not one.faults


def test_a_name_of_its_user_stands_in_titles_and_links(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        page, name = one.page, "Đường sắt <b>& tàu</b> ../x 日本"
        assert not page.is_visible("#name")
        open_sector(page, LEVER)
        one.fill(f"{LEVER} [data-part=amount]", "2.5")
        one.fill("#name", name)
        assert page.title().startswith(f"{name} –")
        assert one.text("#basis").startswith(f"{name}, against: ")
        one.fill(f"{LEVER} [data-part=amount]", "2")
        with page.expect_download() as taking:
            page.click(".menu > summary")
            page.click("#downloads [data-form=yaml]")
        assert taking.value.suggested_filename == "duong_sat_b_tau_b_x.yml"
        with Explorer(browser, address, f"?{urlsplit(page.url).query}") as other:
            assert other.page.input_value("#name") == name
            assert other.shown == one.shown
        one.fill("#name", "")
        assert "changed: New aid commitments" in page.title()
        assert not one.faults


def test_what_is_shown_is_chosen_and_every_step_can_be_gone_back_to(
    browser: Any, address: str
) -> None:
    with Explorer(browser, address) as one:
        page, first, begun = one.page, one.state, one.shown
        page.locator("#level svg .mark-symbol path").last.hover()
        assert "A further boost to Vietnam" in one.text("#sources li.lit")
        one.choose("#indicator", "oda_disbursements")
        one.fill("#year", "2035")
        page.focus("#year-slide")
        one.press("ArrowLeft")
        page.focus("#view-effect")
        one.press("ArrowRight")
        one.choose("#preset", "labour_growth")
        one.choose("#against", "labour_stall")
        chosen = ("labour_growth", "labour_stall", "oda_disbursements", "2034", "percent")
        keys = ("scenario", "against", "indicator", "year", "view")
        assert tuple(one.state[key] for key in keys) == chosen
        steps = page.locator("#steps li button")
        assert steps.count() == 3
        steps.last.click()
        one.settle()
        assert one.state == first | dict(zip(keys[2:], chosen[2:], strict=True))
        for _ in range(7):  # each change of what is set or shown
            page.go_back()
            one.settle()
        assert (one.shown, one.state) == (begun, first)
        page.go_forward()
        one.settle()
        assert one.state["indicator"] == "oda_disbursements"
        steps.first.click()
        one.settle()
        assert one.state["against"] == "labour_stall"
        one.click("#clear")
        assert one.state["scenario"] == "base"
        assert not one.faults


def test_a_refused_move_says_why_and_changes_nothing(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        begun, state = one.shown, one.state
        open_sector(one.page, LEVER)
        wrong = (("amount", "99", "1"), ("amount", "", "1"), ("first", "1850", "2026"))
        for part, amount, kept in wrong:
            one.fill(f"{LEVER} [data-part={part}]", amount)
            told = one.text(f"{LEVER} .hint")
            assert ("10" if part == "amount" else "2040") in told
            assert one.page.input_value(f"{LEVER} [data-part={part}]") == kept
        one.fill("#year", "1850")
        told = "1850 cannot be taken: give a whole number from 2025 to 2040."
        assert told in one.text(".field.narrow .hint")
        assert (one.shown, one.state) == (begun, state)
        one.fill(f"{LEVER} [data-part=last]", "2025")
        one.fill(f"{LEVER} [data-part=amount]", "2")
        assert "New aid commitments" in one.text("#message")
        assert (one.shown, one.state) == (begun, state)
        one.page.click("#close")
        assert not one.page.is_visible("#message")


def test_shared_link_shows_what_compare_prints_of_the_downloaded_scenario(
    browser: Any, address: str, calibrated_out: Path, tmp_path: Path
) -> None:
    with Explorer(browser, address) as one:
        open_sector(one.page, LEVER)
        one.choose("#preset", "labour_growth")
        one.fill(f"{LEVER} [data-part=amount]", "2.5")
        one.choose("#indicator", "labour_stock")
        link, shown = one.page.url, one.shown
        with one.page.expect_download() as taking:
            one.page.click(".menu > summary")
            one.page.click("#downloads [data-form=yaml]")
        file = tmp_path / "mine.yml"
        taking.value.save_as(file)
    query = f"?{urlsplit(link).query}"
    with served(calibrated_out, DRAWS) as again, Explorer(browser, again, query) as other:
        assert other.shown == shown
        with urlopen(f"{again}download/csv{query}") as answer:  # noqa: S310 - of this machine
            rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    command = [sys.executable, "-m", "vnjp_sim", "compare", str(file), "--json"]
    command += ["--draws", str(DRAWS), "--out", str(calibrated_out)]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    page = {(row["indicator"], int(row["year"])): row for row in rows}
    assert {"labour_stock", "oda_disbursements"} <= {one["indicator"] for one in printed["effects"]}
    for one in printed["effects"]:
        row = page[one["indicator"], one["year"]]
        told = [float(row[name]) for name in ("mean", "sd", "positive", "negative", *QUANTILES)]
        same = [one["mean"], one["sd"], one["positive"], one["negative"], *one["quantiles"]]
        assert told == same, one["indicator"]


STALE = """() => {
  window.stale = [];
  const look = () => document.querySelectorAll("[data-number]").forEach((picture) => {
    const late = picture.dataset.number !== document.body.dataset.asked;
    if (late && !picture.closest(".busy, .waiting")) window.stale.push(picture.id);
  });
  const watch = new MutationObserver(look);
  watch.observe(document.body, { subtree: true, childList: true, attributes: true });
}"""
BURST = """async (count) => {
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  const amount = document.querySelector("#lever-oda_commitments [data-part=amount]");
  const year = document.getElementById("year");
  for (let i = 0; i < count; i += 1) {
    const control = i % 5 === 4 ? year : amount;
    control.value = control === year ? 2026 + ((i * 7) % 15) : 0.5 + ((i * 37) % 90) / 10;
    control.dispatchEvent(new Event("change"));
    if (i % 50 === 49) await wait(120);
    else if (i % 3 === 0) await wait(1);
  }
}"""


def test_burst_of_moves_leaves_no_stale_picture(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        page = one.page
        before = int(page.get_attribute("body", "data-asked"))
        page.evaluate(STALE)
        page.evaluate(BURST, 500)
        one.settle()
        assert int(page.get_attribute("body", "data-asked")) == before + 500
        assert page.evaluate("window.stale") == []
        numbers = page.eval_on_selector_all(
            ".picture[data-number]", "all => all.map((picture) => Number(picture.dataset.number))"
        )
        assert set(numbers[:4]) == {before + 500}
        assert not one.faults
        query = f"?{urlsplit(page.url).query}"
        with Explorer(browser, address, query) as fresh:
            assert fresh.shown == one.shown


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_page_is_accessible_local_and_fits(
    browser: Any, address: str, theme: str, window: dict[str, int]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    query = "?scenario=labour_growth&indicator=labour_stock"
    with Explorer(
        browser, address, query, viewport=window, color_scheme=theme, reduced_motion="reduce"
    ) as one:
        page = one.page
        page.eval_on_selector_all("details", "all => all.forEach((one) => { one.open = true; })")
        found = Axe().run(page, options={"resultTypes": ["violations"]})
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
        background = page.evaluate(
            "getComputedStyle(document.querySelector('.card')).backgroundColor"
        )
        paper = DARK[PAPER] if theme == "dark" else PAPER
        assert background == f"rgb({', '.join(str(int(paper[i : i + 2], 16)) for i in (1, 3, 5))})"
        hosts = {urlsplit(url).hostname for url in one.requests if not url.startswith("data:")}
        assert hosts == {"127.0.0.1"}
        assert not one.faults


FOCUSED = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const outlined = (element) => element && getComputedStyle(element).outlineStyle !== "none";
  const label = one.labels?.[0]?.textContent ?? "";
  const place = one.getBoundingClientRect();
  return {
    name: (one.getAttribute("aria-label") || label || one.textContent).trim(),
    ring: outlined(one) || outlined(one.nextElementSibling),
    seen: place.bottom > 0 && place.top < innerHeight,
    what: one.id || one.getAttribute("href") || one.tagName,
  };
}"""


@pytest.mark.parametrize("window", [DESK, PHONE], ids=["desk", "phone"])
def test_every_control_is_reached_by_keys_and_named(
    browser: Any, address: str, window: dict[str, int]
) -> None:
    query = "?scenario=osa_framework@vessels&indicator=security_cooperation"
    with Explorer(browser, address, query, viewport=window, reduced_motion="reduce") as one:
        page, seen = one.page, []
        page.keyboard.press("Tab")
        while found := page.evaluate(FOCUSED):
            assert found["name"], found
            assert found["ring"], found
            assert found["seen"], found
            seen.append(found["what"])
            assert len(seen) < 300, "the focus is trapped"
            page.keyboard.press("Tab")
        assert seen[0] == "#results"
        reached = ("preset", "against", "edit-2", "away-2", "indicator", "year", "year-slide")
        assert [what for what in seen if what in reached] == list(reached)
        page.focus("#help > summary")
        page.keyboard.press("Enter")
        assert page.is_visible("#help kbd")
        page.keyboard.press("Escape")
        assert not page.is_visible("#help kbd")
        assert page.evaluate("document.activeElement.textContent") == "Help"
        page.focus("#departures li:last-child button")
        one.press("Enter")
        assert page.evaluate("document.activeElement.closest('#departures') !== null")
        assert not one.faults


MUTATED = (
    "scenario=nothing",
    "scenario=../../etc/passwd",
    "scenario=%00",
    "scenario=%7Bextends%3A%20base%2C%20levers%3A%20%7Boda_commitments%3A%20%7D%7D",
    "year=1066",
    "year=2030&year=2031",
    "draws=999999999",
    "seed=-1",
    "view=upside",
    "indicator=%F0%9F%92%A9",
    "model=elsewhere",
    "unknown=1",
    "%",
    "a" * 2000,
)


def test_damaged_links_open_the_page_and_say_what_is_wrong(browser: Any, address: str) -> None:
    with Explorer(browser, address) as one:
        begun = one.shown
        for query in MUTATED:
            one.page.goto(f"{address}?{query}")
            one.settle()
            assert one.page.is_visible("#message"), query
            assert "Traceback" not in one.text("body")
            assert one.shown == begun, query


def test_page_says_when_its_server_has_gone(browser: Any, calibrated_out: Path) -> None:
    with served(calibrated_out, DRAWS) as address:
        one = Explorer(browser, address)
    with one:
        one.page.wait_for_selector("#message:not([hidden])")
        assert "has stopped" in one.text("#message")
        assert "busy" in str(one.page.get_attribute("body", "class"))

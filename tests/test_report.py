"""The report: words that follow from figures, pictures inside, nothing loaded from elsewhere."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import vnjp_sim as vj
from vnjp_sim.analysis.effects import Effect
from vnjp_sim.analysis.findings import Findings, find
from vnjp_sim.analysis.marks import PRIOR_DRIVEN, UNSURE
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.report import contents_of, interactive_page, write_findings, write_report
from vnjp_sim.report.words import effect_sentence, in_short
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import Options

ASKED = ["osa_framework", "labour_growth"]
END = 2032
OPTIONS = Options(draws=1_000, start=2025, end=END)


@pytest.fixture(scope="module")
def findings(shipped_model: Model, calibrated_out: Path) -> Findings:
    return find(ASKED, shipped_model, OPTIONS, calibrated_out)


@pytest.fixture(scope="module")
def written(findings: Findings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, _ = write_findings(findings, tmp_path_factory.mktemp("written"))
    return folder


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


def loads_of(page: str) -> Loads:
    parser = Loads()
    parser.feed(page)
    return parser


def test_report_loads_nothing(written: Path) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    found = loads_of(page)
    assert [load for load in found.loads if not load.startswith(("#", "data:"))] == []
    assert "<script" not in page
    assert "@import" not in page
    assert re.findall(r"url\((?!#)", page) == []
    assert len(found.ids) == len(set(found.ids))
    assert {a.removeprefix("#") for a in found.anchors} <= set(found.ids)


def test_interactive_page_loads_nothing(written: Path) -> None:
    page = (written / "charts.html").read_text(encoding="utf-8")
    assert loads_of(page).loads == []
    assert page.count("vegaEmbed(") > 10


def test_report_has_every_part(written: Path, findings: Findings) -> None:
    page = (written / "report.html").read_text(encoding="utf-8")
    for scenario in findings.scenarios.values():
        assert scenario.title in page
    for document in findings.model.evidence.documents.values():
        assert document.title in page
    for name, _ in findings.model.parameters.all_parameters():
        assert f"<td>{name}</td>" in page
    command = "vnjp_sim report osa_framework labour_growth --draws 1000"
    assert f"{command} --horizon 2025:{END}" in page
    assert page.count("<svg") == len(contents_of(findings).pictures)


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


def test_words_follow_from_the_figures(findings: Findings) -> None:
    told = in_short(findings, "labour_growth")
    (workers,) = findings.comparison.summaries(["labour_stock"], [END])[1:]
    middle = f"{workers.quantiles[2] / 1000:.0f} thousand persons higher in {END}"
    assert any(middle in sentence for sentence in told)
    assert any("No link of the model carries an effect to" in s and "security" in s for s in told)


@pytest.mark.parametrize(
    ("quantiles", "positive", "sentence"),
    [
        (
            (1.0, 2.0, 3.0, 4.0, 5.0),
            1.0,
            "3.00 USD bn higher in 2040 (90\u00a0% interval 1.00 to 5.00",
        ),
        (
            (-5.0, -4.0, -3.0, -2.0, -1.0),
            0.0,
            "3.00 USD bn lower in 2040 (90\u00a0% interval 1.00 to 5.00",
        ),
        (
            (-1.0, 1.0, 3.0, 4.0, 5.0),
            0.9,
            "3.00 USD bn higher in 2040 (90\u00a0% interval −1.00 to 5.00",
        ),
    ],
)
def test_effects_in_sentences(
    quantiles: tuple[float, ...], positive: float, sentence: str, shipped_model: Model
) -> None:
    effect = Effect(
        "s", "trade_turnover", 2040, 0.0, 1.0, quantiles, None, positive, 1.0 - positive, "", 10_000
    )
    told = effect_sentence(effect, shipped_model.registry)
    assert sentence in told
    share = "in every draw" if positive in {0.0, 1.0} else "with a probability of 90.0 ± 0.3 %"
    assert told.endswith(f"{share}.")


def test_marks_stand_in_the_report(written: Path, findings: Findings) -> None:
    effects = findings.comparison.summaries(findings.indicators, findings.years)
    assert {UNSURE, PRIOR_DRIVEN} <= {e.mark for e in effects}
    page = (written / "report.html").read_text(encoding="utf-8")
    assert "†" in page
    assert "rises in " in page


def test_a_baseline_alone_has_a_report(
    shipped_model: Model, calibrated_out: Path, tmp_path: Path
) -> None:
    alone = find(["base"], shipped_model, OPTIONS, calibrated_out)
    file = write_report(alone, tmp_path / "base.html")
    page = file.read_text(encoding="utf-8")
    assert "This report shows the projection only" in page
    assert "Projection of base" in page
    with pytest.raises(InputError, match="exists already"):
        write_report(alone, file)
    with pytest.raises(InputError, match="nothing to compare"):
        alone.comparison.require_scenarios()
    assert interactive_page(contents_of(alone)).count("vegaEmbed(") >= 8


def test_stored_runs_have_the_same_findings(
    findings: Findings, shipped_model: Model, calibrated_out: Path
) -> None:
    manifests = findings.comparison.manifests
    vj.run(ASKED, draws=OPTIONS.draws, horizon=(2025, END), out=calibrated_out)
    folders = [calibrated_out / name / manifests[name]["run"] for name in ASKED]
    again = find(folders, shipped_model, OPTIONS, calibrated_out)
    assert set(again.scenarios) == set(ASKED)
    for name in ASKED:
        for indicator, total in again.attributions[name].total.items():
            np.testing.assert_array_equal(total, findings.attributions[name].total[indicator])

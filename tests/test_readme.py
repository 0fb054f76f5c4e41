"""What the README shows works as it stands there."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from vnjp_sim.analysis.effect_words import finding
from vnjp_sim.analysis.findings import find
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.pipeline import run_scenario
from vnjp_sim.simulation.request import Options
from vnjp_sim.tables.effects import effect_table
from vnjp_sim.tables.runs import run_table


def blocks(repository: Path, language: str) -> list[str]:
    text = (repository / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_python_example_runs(
    repository: Path, calibrated_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").symlink_to(calibrated_out)
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(repository, "python")
    namespace: dict[str, Any] = {}
    exec(compile(code, "README.md", "exec"), namespace)  # noqa: S102 - it is our own text
    assert dict(namespace["runs"].sizes) == {"scenario": 2, "year": 16, "draw": 2_000}
    assert namespace["comparison"].scenarios == ("oda_expansion",)
    assert (tmp_path / "turnover.svg").read_text(encoding="utf-8").startswith("<svg")


def test_excerpts_are_what_is_printed(
    repository: Path, calibrated_out: Path, shipped_model: Model
) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    result = run_scenario("base", shipped_model, Options(), calibrated_out)
    console.print(run_table(result, shipped_model.registry, shipped_model.evidence))
    found = find(["oda_expansion"], shipped_model, Options(), calibrated_out, deep=False)
    effects = found.comparison.summaries(found.indicators, found.years)
    console.print(effect_table(found.comparison, "oda_expansion", effects, found.years))
    printed = {" ".join(line.split()) for line in console.export_text().splitlines()}
    shown = [line for text in blocks(repository, "text") for line in text.splitlines()]
    assert len(shown) > 8
    (effect,) = (e for e in effects if (e.indicator, e.year) == ("oda_disbursements", 2040))
    told = finding(effect, shipped_model.registry, "Doubling Japan's new aid").split()
    readme = (repository / "README.md").read_text(encoding="utf-8").replace("\n> ", "\n")
    assert " ".join(told) in " ".join(readme.split())
    for line in shown:
        if set(line) <= set(" ─"):
            continue
        assert " ".join(line.split()) in printed, line


def test_scenario_example_is_valid(repository: Path, tmp_path: Path, shipped_model: Model) -> None:
    (text,) = blocks(repository, "yaml")
    file = tmp_path / "example.yml"
    file.write_text(text, encoding="utf-8")
    scenario = shipped_model.scenario_reader().read(file)
    assert scenario.levers
    assert scenario.events
    assert scenario.parameters


def test_links_lead_somewhere(repository: Path) -> None:
    pages = [repository / "README.md", *sorted((repository / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"

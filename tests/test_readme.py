"""What the README shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vnjp_sim.runs import Model
from vnjp_sim.scenario import read_scenario


def blocks(repository: Path, language: str) -> list[str]:
    text = (repository / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_python_example_runs(
    repository: Path, calibrated_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "results").symlink_to(calibrated_out)
    monkeypatch.chdir(tmp_path)
    (code,) = blocks(repository, "python")
    namespace: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), namespace)  # noqa: S102 - it is our own text
    assert dict(namespace["effect"].sizes) == {"draw": 2_000}  # type: ignore[attr-defined]


def test_scenario_example_is_valid(repository: Path, tmp_path: Path, shipped_model: Model) -> None:
    (text,) = blocks(repository, "yaml")
    file = tmp_path / "example.yml"
    file.write_text(text, encoding="utf-8")
    scenario = read_scenario(file, shipped_model.parameters, shipped_model.instruments)
    assert scenario.levers
    assert scenario.events
    assert scenario.parameters


def test_links_lead_somewhere(repository: Path) -> None:
    pages = [repository / "README.md", *sorted((repository / "docs").rglob("*.md"))]
    for page in pages:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_generated_pages_are_fresh(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location(
        "sector_pages", repository / "tools" / "sector_pages.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "DOCS", tmp_path)
    module.main([])
    for page in tmp_path.glob("*.md"):
        stored = (repository / "docs" / "sectors" / page.name).read_text(encoding="utf-8")
        assert page.read_text(encoding="utf-8") == stored, f"run tools/sector_pages.py: {page.name}"

"""The registry of indicators and units."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import cases
import pytest

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.registry import read_registry
from vnjp_sim.sectors import SECTORS
from vnjp_sim.simulation.model_data import Model, load_model


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("registry"))
def test_bad_registry_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(cases.case("registry", name), tmp_path / "indicators.yml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        read_registry(tmp_path)
    cases.assert_refused(refused.value, "registry", name)


def test_factor_converts_within_a_dimension(shipped_model: Model) -> None:
    registry = shipped_model.registry
    assert registry.factor("USD mn", "USD bn") == pytest.approx(0.001)
    assert registry.factor("ratio", "percent") == pytest.approx(100.0)
    assert registry.factor("persons", "persons") == 1.0


@pytest.mark.parametrize(
    ("unit", "to", "told"),
    [
        ("JPY bn", "USD bn", "unit 'JPY bn' cannot be read as 'USD bn' — use one of: USD"),
        ("USD bln", "USD bn", "unknown unit 'USD bln' — did you mean 'USD bn'?"),
        ("USD bn", "usd bn", "unknown unit 'usd bn' — did you mean 'USD bn'?"),
    ],
)
def test_clash_of_units_is_told(unit: str, to: str, told: str, shipped_model: Model) -> None:
    with pytest.raises(ValueError, match="unit") as refused:
        shipped_model.registry.factor(unit, to)
    assert str(refused.value).startswith(told)


def test_shipped_indicators_begin_with_their_sector(shipped_model: Model) -> None:
    for name, indicator in shipped_model.registry.indicators.items():
        assert name.startswith(f"{indicator.sector}_")


def test_every_indicator_is_projected_or_says_why_not(shipped_model: Model) -> None:
    given = {name for sector in SECTORS for name in sector.outputs}
    for name, indicator in shipped_model.registry.indicators.items():
        assert (name in given) != bool(indicator.not_projected), name


def test_missing_and_needless_reasons_are_told(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(repository / "models", tmp_path / "models")
    monkeypatch.chdir(tmp_path)
    file = Path("models/indicators.yml")
    text = file.read_text(encoding="utf-8")
    reason = "    not_projected: Aid of one emergency.\n"
    text = text.replace(reason, "", 1)
    turnover = "    meaning: Goods traded between Vietnam and Japan in both directions.\n"
    assert turnover in text
    file.write_text(text.replace(turnover, turnover + reason), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        load_model(Path("models"))
    first, second = map(str, refused.value.refusals)
    assert first.startswith("models/indicators.yml:")
    assert first.endswith("a sector projects 'trade_turnover'; leave not_projected out")
    assert second.endswith(
        "no sector projects 'oda_covid_equipment', and no reason is given; "
        "give the reason as not_projected"
    )


def test_shipped_headlines_are_projected(shipped_model: Model) -> None:
    registry = shipped_model.registry
    shown = {*registry.headlines, *registry.headline_effects}
    shown |= {*registry.report_fans, *registry.report_budgets}
    assert shown
    assert not [name for name in shown if registry.indicators[name].not_projected]


def without_flags(text: str) -> str:
    """Return the text of a registry as version 0.1.0 wrote it."""
    flag = re.compile(r"    (headline|headline_effect|report_fan|report_budget): ")
    return "".join(line for line in text.splitlines(keepends=True) if not flag.match(line))


def test_own_entry_without_flags_is_shown_as_the_shipped_one(
    tmp_path: Path, shipped_model: Model
) -> None:
    text = (shipped_model.folder / "indicators.yml").read_text(encoding="utf-8")
    old = without_flags(text).replace("label: Trade turnover in goods\n", "label: Goods traded\n")
    assert "headline" not in old.partition("\nindicators:\n")[2]
    (tmp_path / "indicators.yml").write_text(old, encoding="utf-8")
    own, shipped = read_registry(tmp_path), shipped_model.registry
    assert own.indicators["trade_turnover"].label == "Goods traded"
    assert own.headlines == shipped.headlines
    assert own.headline_effects == shipped.headline_effects
    assert own.report_fans == shipped.report_fans
    assert own.report_budgets == shipped.report_budgets


def test_own_entry_with_a_flag_is_shown_as_it_says(tmp_path: Path, shipped_model: Model) -> None:
    text = (shipped_model.folder / "indicators.yml").read_text(encoding="utf-8")
    own_flag = "  trade_cover_ratio:\n    headline: true\n    report_fan: 1\n"
    text = without_flags(text).replace("  trade_cover_ratio:\n", own_flag)
    text = text.replace("  trade_turnover:\n", "  trade_turnover:\n    headline: false\n")
    (tmp_path / "indicators.yml").write_text(text, encoding="utf-8")
    own, shipped = read_registry(tmp_path), shipped_model.registry
    assert set(own.headlines) == {*shipped.headlines, "trade_cover_ratio"} - {"trade_turnover"}
    assert "trade_turnover" not in {*own.headline_effects, *own.report_fans}
    assert own.report_fans[0] == "trade_cover_ratio"

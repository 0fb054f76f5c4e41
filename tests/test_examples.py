"""The shipped examples, and the files that `vnjp_sim new --from` makes of them and of scenarios."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.scenario_lookup import examples
from vnjp_sim.inputs.scenario_template import write_copy, write_template
from vnjp_sim.simulation.catalogue import catalogue
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.simulation.prepared import prepare_scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Options


def test_every_example_runs_and_does_something(posterior: Posterior, shipped_model: Model) -> None:
    options = Options(draws=32)
    files = list(examples().values())
    assert len(files) == 11
    reader = shipped_model.scenario_reader()
    requests = [one for file in files for one in reader.with_variants(str(file))]
    scenarios = [prepare_scenario(request, shipped_model, options) for request in requests]
    projector = Projector(posterior, shipped_model, options)
    base = projector.variant(prepare_scenario("base", shipped_model, options))
    batch = projector.batch([base, *map(projector.variant, scenarios)], 2025, 2032)
    projected = projector.project(batch)
    usual = projected.of(0)
    for place, scenario in enumerate(scenarios, 1):
        assert scenario.name.partition("@")[0] == Path(scenario.file).stem
        moved = projected.of(place)
        assert any(moved[name].tobytes() != usual[name].tobytes() for name in usual), scenario.name
    silent = [
        f"{scenario.name}: {part.name}"
        for scenario in scenarios
        for part in scenario.assumptions
        if not (part.reason.why and part.reason.reference and part.reason.grade)
    ]
    assert not silent
    assert all(len(line) <= 120 for file in files for line in file.read_text("utf-8").splitlines())


def test_examples_are_listed_by_what_they_show(shipped_model: Model) -> None:
    (found,) = catalogue(shipped_model, "examples", ["dollars"])
    assert (found["id"], found["shows"]) == ("dollar_pledge", "A loan in dollars.")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("source", ["three_versions", "oda_floor", "oda_floor@high", "combined"])
def test_a_copy_does_what_its_source_does(source: str, here: Path, shipped_model: Model) -> None:
    file = write_copy("mine", source)
    copied = prepare_scenario(file, shipped_model, Options())
    name, _, variant = source.partition("@")
    origin = str(examples().get(name, name)) + (f"@{variant}" if variant else "")
    theirs = prepare_scenario(origin, shipped_model, Options())
    assert copied.name == "mine"
    assert copied.title == theirs.title
    assert (copied.levers, copied.events) == (theirs.levers, theirs.events)
    assert (copied.variants == theirs.variants) or variant
    assert copied.assumptions == theirs.assumptions


@pytest.mark.parametrize("source", ["oda_expansion", "oda_expansion@high", "three_versions"])
def test_a_copy_marks_words_that_its_numbers_may_leave_behind(source: str, here: Path) -> None:
    lines = write_copy("mine", source).read_text(encoding="utf-8").splitlines()
    keys = ("title:", "narrative:", "why:", "reference:", "variants:")
    for before, line in pairwise(lines):
        for key in keys:
            if line.lstrip().startswith(key):
                assert before.lstrip().startswith("# adapt this: "), line
                assert key.rstrip(":") in before
    assert sum("why" in line for line in lines if "# adapt this" in line) >= 1


def test_a_copy_keeps_comments_under_its_own_name(here: Path) -> None:
    text = write_copy("mine", "three_versions").read_text(encoding="utf-8")
    assert text.startswith("# A copy of three_versions, yours to change. `vnjp_sim validate mine")
    assert "compare mine.yml --variants" in text
    assert "three_versions" not in text.partition("\n")[2]


@pytest.mark.parametrize(
    ("name", "source", "message"),
    [
        ("mine", "base", "source: 'base' is a baseline, .* write vnjp_sim new mine --extends base"),
        ("mine", "dolar_pledge", "source: no scenario 'dolar_pledge'; did you mean 'dollar_pledge"),
        ("mine", "oda_floor@hi", "'oda_floor' has no variant 'hi'; did you mean 'high'"),
        ("oda_floor", "oda_floor", "oda_floor: is the name of a shipped scenario"),
        ("there", "oda_floor", "there.yml: exists already"),
        ("mine", "elsewhere/child.yml", "extends the unknown scenario 'parent'"),
        ("mine", "gone.yml", "gone.yml: no such file"),
    ],
)
def test_a_copy_that_cannot_be_is_refused(name: str, source: str, message: str, here: Path) -> None:
    write_template("there", "base")
    (here / "elsewhere").mkdir()
    child = "name: child\ntitle: Child\nextends: parent\n"
    (here / "elsewhere" / "child.yml").write_text(child, encoding="utf-8")
    before = Path("there.yml").read_bytes()
    with pytest.raises(InputError, match=message):
        write_copy(name, source)
    assert not Path("mine.yml").exists()
    assert Path("there.yml").read_bytes() == before

"""Own models folders: they hold only what differs; whole copies of older versions still load."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.exchange import NewDocument, import_figures, write_datapackage
from vnjp_sim.exchange.documents import add_documents
from vnjp_sim.exchange.own_figures import Mode
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.documents import Document
from vnjp_sim.inputs.events import EVENT_COLUMNS
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.simulation.model_data import Model, load_model

OWN = {"own": NewDocument(title="Own figures", published="2025-06-30")}
HEADER = ",".join(OBSERVATION_COLUMNS) + "\n"
LINK = """links:
  {name}:
    driver: macro_jp_gdp
    response: trade_exports
    form: elasticity
    lag: {{fixed: 1}}
    prior: {{fixed: 0.1}}
    grade: assumed
    reference: made for the test
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder `models` in the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    return Path("models")


def write(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")


def shipped_rows(table: str) -> list[dict[str, str]]:
    file = shipped_folder("models") / table
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write_rows(file: Path, rows: list[dict[str, str]]) -> None:
    file.parent.mkdir(exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def refusal(models: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        load_model(models)
    return str(refused.value).splitlines()


def test_a_folder_is_read_once_and_anew_when_a_file_changes(models: Path) -> None:
    """Also when a file comes or goes; a fault is told each time."""
    write(models / "targets.yml", "targets: []\n")
    before = load_model(models)
    assert load_model(models) is before
    write(models / "links.yml", LINK.format(name="own"))
    added = load_model(models)
    assert set(added.links.links) - set(before.links.links) == {"own"}
    write(models / "links.yml", LINK.format(name="own").replace("0.1", "0.2"))
    assert load_model(models).links.links["own"] != added.links.links["own"]
    write(models / "links.yml", LINK.format(name="own").replace("macro_jp_gdp", "unheard_of"))
    assert refusal(models) == refusal(models)
    (models / "links.yml").unlink()
    assert load_model(models).links == before.links


# ---------------------------------------------------------------------- entries


def test_an_own_link_stands_over_the_shipped_ones(models: Path, shipped_model: Model) -> None:
    shipped = shipped_model.links
    name = list(shipped.links)[3]
    write(models / "links.yml", LINK.format(name=name))
    links = load_model(models).links
    assert list(links.links) == list(shipped.links), "in the place of the shipped one"
    assert links.links[name].reference == "made for the test"
    assert {n: x for n, x in links.links.items() if n != name} == {
        n: x for n, x in shipped.links.items() if n != name
    }
    assert (links.places[name].file, links.places[name].line) == ("models/links.yml", 2)
    write(models / "links.yml", LINK.format(name="mine"))
    assert list(load_model(models).links.links) == [*shipped.links, "mine"]


def test_shipped_links_can_be_removed(models: Path, shipped_model: Model) -> None:
    first, second, *rest = shipped_model.links.links
    removed = json.dumps({"links": [first, second]})
    write(models / "links.yml", f"remove: {removed}\n")
    model = load_model(models)
    assert list(model.links.links) == rest
    assert model.hashes["links"] != shipped_model.hashes["links"]
    write(models / "links.yml", f"remove:\n  links: [{first}s]\n  link: [x]\n")
    assert refusal(models) == [
        (
            f"models/links.yml:2:11: removes '{first}s', which the shipped links do not have; "
            f"did you mean '{first}'?"
        ),
        "models/links.yml:3:3: unknown key 'link'; did you mean 'links'?",
    ]


def test_the_example_of_the_docs_is_read(
    models: Path, shipped_model: Model, repository: Path
) -> None:
    page = (repository / "docs" / "exchange.md").read_text(encoding="utf-8")
    _, _, after = page.partition("`my_models/links.yml`")
    write(models / "links.yml", after.split("```")[1].removeprefix("yaml\n"))
    links = load_model(models).links.links
    assert list(links) == [n for n in shipped_model.links.links if n != "investment_to_imports"]
    assert links["investment_to_exports"].reference.startswith("My judgement.")


def test_faults_are_told_where_the_entry_stands(models: Path, shipped_model: Model) -> None:
    target = shipped_model.targets[2].id
    write(
        models / "targets.yml",
        f"targets:\n  - id: {target}\n    title: Own\n    sense: at_lest\n",
    )
    write(models / "levers.yml", "levers:\n  oda_delay:\n    unit: yen\n")
    write(models / "parameters" / "own.yml", "sector: own\nparameters:\n  oda_dealy: {}\n")
    told = refusal(models)
    assert any(line.startswith("models/targets.yml:4:5: 'sense' cannot be") for line in told)
    assert {line.split(":")[0] for line in told} == {
        "models/levers.yml",
        "models/parameters/own.yml",
        "models/targets.yml",
    }


def test_laws_and_priors_that_no_sector_declares_are_refused(
    models: Path, shipped_model: Model
) -> None:
    law = shipped_model.parameters.laws["people_associations"]
    prior = shipped_model.parameters.single["oda_depreciation"]
    own = {
        "sector": "own",
        "laws": {"people_association": law.model_dump(mode="json", exclude_none=True)},
        "parameters": {"oda_deprecation": prior.model_dump(mode="json", exclude_none=True)},
    }
    write(models / "parameters" / "own.yml", json.dumps(own))
    nothing = "so that it would have no effect; did you mean"
    law_fault, prior_fault = refusal(models)
    assert law_fault.startswith("models/parameters/own.yml:1:")
    assert law_fault.endswith(
        f"no sector declares the law 'people_association', {nothing} 'people_associations'?"
    )
    assert prior_fault.endswith(
        f"no sector declares the prior 'oda_deprecation', {nothing} 'oda_depreciation'?"
    )


def test_an_own_prior_replaces_the_shipped_one_whatever_its_file(
    models: Path, shipped_model: Model
) -> None:
    name = "pooled_half_life"
    before = shipped_model.parameters.single[name]
    content = before.model_dump(mode="json", exclude_none=True)
    content["prior"] = {"lognormal": {"median": 9.0, "sigma": 0.5}}
    own = {"sector": "mine", "parameters": {name: content}}
    write(models / "parameters" / "mine.yml", json.dumps(own))
    parameters = load_model(models).parameters
    assert list(parameters.single) == list(shipped_model.parameters.single)
    assert parameters.growth("people_learners").half_life == parameters.single[name] != before
    assert parameters.places[name].file == "models/parameters/mine.yml"
    content["unit"] = 5
    write(models / "parameters" / "mine.yml", json.dumps(own))
    assert refusal(models)[0].startswith("models/parameters/mine.yml:1:")


def test_own_units_and_indicators_join_the_shipped_ones(models: Path, shipped_model: Model) -> None:
    write(
        models / "indicators.yml",
        "units:\n  dong: {dimension: currency_vnd, scale: 1, label: Vietnamese dong}\n",
    )
    registry = load_model(models).registry
    assert list(registry.units) == [*shipped_model.registry.units, "dong"]
    assert registry.indicators == shipped_model.registry.indicators


@pytest.mark.parametrize(
    "name", ["links.yml", "targets.yml", "levers.yml", "documents.yml", "coverage.yml"]
)
def test_a_whole_copy_of_a_file_is_the_file(name: str, models: Path) -> None:
    shutil.copy(shipped_folder("models") / name, models)
    shipped = read_models_yaml(shipped_folder("models"), name)
    assert read_models_yaml(models, name).content == shipped.content


# ---------------------------------------------------------------------- names of files


def test_files_that_nothing_would_read_are_refused(models: Path) -> None:
    assert refusal(models) == ["models: holds no file of a models folder; check models="]
    write(models / "README.md", "Mine.")
    write(models / ".notes.yml", "")
    write(models / "link.yml", LINK.format(name="mine"))
    write(models / "observation" / "own.csv", HEADER)
    write(models / "parameters" / "trade.yaml", "sector: trade\n")
    assert refusal(models) == [
        "models/link.yml: is not a file that a models folder may hold; did you mean 'links.yml'?",
        (
            "models/observation: is not a file that a models folder may hold; "
            "did you mean 'observations'?"
        ),
        (
            "models/parameters/trade.yaml: is not a file that a models folder may hold; "
            "let its name end in .yml"
        ),
    ]


# ---------------------------------------------------------------------- figures and events


def test_a_row_restates_a_shipped_figure(
    models: Path, shipped_model: Model, tmp_path: Path
) -> None:
    rows = shipped_rows("observations/oda.csv")
    row = next(row for row in rows if row["use"] == "calibrate")
    write_rows(models / "observations" / "mine.csv", [row | {"use": "disputed", "note": "Why."}])
    evidence = load_model(models).evidence
    before = shipped_model.evidence.observations
    assert [o.key for o in evidence.observations] == [o.key for o in before]
    uses = {o.key: o.use for o in before}
    (changed,) = (o for o in evidence.observations if o.use != uses[o.key])
    assert (changed.use, changed.note) == ("disputed", "Why.")
    assert (changed.file, changed.row) == ("models/observations/mine.csv", 2)
    package = write_datapackage(load_model(models), tmp_path / "package").parent
    with (package / "observations" / "oda.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(rows) - 1
    assert (package / "observations" / "mine.csv").is_file()
    write_rows(models / "observations" / "too.csv", [row])
    assert refusal(models) == [
        (
            "models/observations/too.csv:2: repeats the figure of models/observations/mine.csv:2; "
            "keep one of the two rows"
        )
    ]


def test_a_table_of_a_shipped_name_stands_in_its_place(models: Path, shipped_model: Model) -> None:
    rows = shipped_rows("observations/oda.csv")
    write_rows(models / "observations" / "oda.csv", rows[1:])
    figures = load_model(models).evidence.observations
    assert len(figures) == len(shipped_model.evidence.observations) - 1


def test_own_events_are_added_or_stand_instead(models: Path, shipped_model: Model) -> None:
    row = shipped_rows("events.csv")[0]
    write_rows(models / "events" / "mine.csv", [row | {"actor": "Somebody else"}])
    events = load_model(models).evidence.events
    assert len(events) == len(shipped_model.evidence.events) + 1
    write_rows(models / "events" / "mine.csv", [row])
    (told,) = refusal(models)
    assert told.startswith("models/events/mine.csv:2: repeats the event of ")
    assert told.endswith("events.csv:2; keep one of the two rows")
    (models / "events" / "mine.csv").unlink()
    write(models / "events.csv", ",".join(EVENT_COLUMNS) + "\n")
    assert "names the unknown event type" in refusal(models)[0]


# ---------------------------------------------------------------------- older folders


def test_claims_in_the_links_of_older_versions_are_read(models: Path, shipped_model: Model) -> None:
    claim = "not_modelled:\n  - claim: Ships draw trade.\n    reason: No figure.\n"
    write(models / "links.yml", LINK.format(name="mine") + claim)
    model = load_model(models)
    assert list(model.links.links) == [*shipped_model.links.links, "mine"]
    assert model.coverage == shipped_model.coverage


def older_import(figures: Path, folder: Path, mode: Mode) -> None:
    """Make what an import of versions 0.1.0 and 0.2.0 made: a whole copy with changed files."""
    shutil.copytree(shipped_folder("models"), folder)
    content = {**OWN["own"].model_dump(), "file": figures.name, "sha256": "0" * 64}
    add_documents(folder / "documents.yml", {"own": Document(**content)})
    own = [line.split(",") for line in figures.read_text(encoding="utf-8").splitlines()[1:]]
    for number, cells in enumerate(own, start=2):
        cells[8:11] = ["own", str(number), f"Line {number}"]
    lines = [HEADER, *(",".join(cells) + "\n" for cells in own)]
    write(folder / "observations" / "own_mine.csv", "".join(lines))
    if mode == "add":
        return
    for file in (folder / "observations").glob("*.csv"):
        rows = [*csv.DictReader(file.read_text(encoding="utf-8").splitlines())]
        for row in rows:
            replaced = set(row["indicator"].split("+")) <= {cells[0] for cells in own}
            if replaced and row["use"] == "calibrate" and row["document"] != "own":
                row["use"] = "superseded"
                row["note"] = f"Replaced by own figures (own). {row['note']}".rstrip()
        write_rows(file, rows)


@pytest.mark.parametrize("mode", ["add", "instead"])
def test_folders_of_older_versions_give_the_same_numbers(
    mode: Mode, tmp_path: Path, shipped_model: Model
) -> None:
    figures = tmp_path / "mine.csv"
    write(figures, HEADER + "trade_turnover,2015,28.49,USD bn,exact,,,,,,,calibrate,\n")
    older_import(figures, tmp_path / "older", mode)
    done = import_figures(figures, tmp_path / "own", mode=mode, documents=OWN)
    assert sorted(p.relative_to(done.folder).as_posix() for p in done.folder.rglob("*.*")) == [
        "documents.yml",
        "observations/own_mine.csv",
    ]
    older, own = load_model(tmp_path / "older"), load_model(done.folder)
    assert older.hashes == own.hashes
    assert [(o.key, o.value, o.use, o.note) for o in older.evidence.observations] == [
        (o.key, o.value, o.use, o.note) for o in own.evidence.observations
    ]
    assert calibration_hash(own.evidence, own.parameters) != calibration_hash(
        shipped_model.evidence, shipped_model.parameters
    )
    assert list(own.parameters.laws) == list(older.parameters.laws)
    assert list(own.links.links) == list(older.links.links)
    assert own.targets == older.targets


def test_import_builds_on_a_folder_of_an_older_version(tmp_path: Path) -> None:
    figures = tmp_path / "mine.csv"
    write(figures, HEADER + "trade_turnover,2015,28.49,USD bn,exact,,,,,,,calibrate,\n")
    older_import(figures, tmp_path / "older", "add")
    write(figures, HEADER + "trade_turnover,2016,29.9,USD bn,exact,,,,,,,calibrate,\n")
    more = {"more": NewDocument(title="More", published="2025-07-31")}
    done = import_figures(
        figures, tmp_path / "own", mode="instead", models=tmp_path / "older", documents=more
    )
    model = load_model(done.folder)
    left = [o for o in model.evidence.calibrating() if o.indicators == ("trade_turnover",)]
    assert [o.document for o in left] == ["more"]
    assert (done.folder / "observations" / "own_mine_2.csv").is_file()
    assert len(model.evidence.observations) == len(
        {o.key for o in load_model(tmp_path / "older").evidence.observations} | {left[0].key}
    )

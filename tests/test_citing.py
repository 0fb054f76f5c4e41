"""How to cite the software, a run and the documents."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import codemeta
import pandas as pd
import pytest
import yaml
from commands import outcome

import vnjp_sim as vj
from vnjp_sim.explorer.answers import Answers
from vnjp_sim.inputs.documents import read_documents
from vnjp_sim.simulation.citing import (
    bibtex_of,
    document_item,
    evidence_items,
    software_item,
    source_line,
    text_of,
)
from vnjp_sim.simulation.model_data import Model
from vnjp_sim.storage.store import read_manifest, write_json

TYPES = {"software", "dataset", "document", "article-journal", "article-newspaper"}
"""Those of CSL 1.0.2 that are used here."""


@pytest.fixture(scope="module")
def stored(own_out: Path) -> Path:
    """The folder of a stored run."""
    words = ["run", "weak_yen", "--draws", "20", "--horizon", "2025:2028", "--json"]
    status, text, err = outcome([*words, "--out", str(own_out)])
    assert (status, err) == (0, "")
    return Path(json.loads(text)[0]["folder"])


def cited(*words: str) -> list[dict[str, Any]]:
    status, text, err = outcome(["cite", *words, "--csl"])
    assert (status, err) == (0, ""), err
    items: list[dict[str, Any]] = json.loads(text)
    return items


SIZE = ("--draws", "20", "--horizon", "2025:2028")


def test_run_is_cited_by_folder_hash_and_scenario(stored: Path) -> None:
    manifest = read_manifest(stored)
    out = ("--out", str(stored.parents[1]))
    run, software, *documents = cited(str(stored))
    assert run["custom"]["run"] == manifest["run"] == stored.name
    assert manifest["run"] in run["version"]
    assert f"seed {manifest['seed']}, calibration {manifest['calibration']}" in run["note"]
    assert run["title"].startswith(manifest["title"])
    assert software == cited()[0]
    assert [run, software, *documents] == cited(stored.name[:6], *out)
    named = cited("weak_y", *SIZE, *out)
    assert named[1]["custom"]["scenario"] == "base"  # what effects are compared with
    assert [run, software, *documents] == [named[0], *named[2:]]
    assert "hue_journal_2021" in {item["id"] for item in documents}
    both = cited("weak_yen", "weak_yen@high", *SIZE, *out)
    scenarios = [item["custom"]["scenario"] for item in both[:3]]
    assert scenarios == ["weak_yen", "base", "weak_yen@high"]
    assert both[3:] == [software, *documents]


def test_what_run_shows_is_cited_whatever_is_stored(stored: Path, tmp_path: Path) -> None:
    """A newer run of another size, of other models or of another file of that name is not."""
    other = tmp_path / "weak_yen" / "0123456789abcdef"
    shutil.copytree(stored, other)
    manifest = read_manifest(stored) | {"calibration": "0" * 16, "run": other.name, "seed": 10}
    write_json(other / "manifest.json", manifest)
    file = tmp_path / "mine.yml"
    file.write_text("name: weak_yen\ntitle: Mine\nextends: base\n", encoding="utf-8")
    out = ("--out", str(tmp_path))
    status, text, err = outcome(["cite", "weak_yen", *SIZE, *out, "--csl"])
    assert (status, json.loads(text)[0]["custom"]["run"]) == (0, stored.name)
    assert "with 20 draws, seed 20251, which is not stored. Stored:" in err
    assert "own or older models, 20 draws, seed 10" in err
    shutil.copytree(stored, tmp_path / "weak_yen" / stored.name)
    assert cited("weak_yen", *SIZE, *out)[0]["custom"]["run"] == stored.name  # and nothing is told
    assert cited("0123", *out)[0]["custom"]["run"] == other.name
    mine = json.loads(outcome(["cite", str(file), *SIZE, *out, "--csl"])[1])[0]
    assert mine["title"].startswith("Mine")
    assert mine["custom"]["run"] != stored.name


def test_a_link_of_the_explorer_is_cited_as_its_page_does(calibrated_out: Path) -> None:
    session = vj.Session(draws=50, out=calibrated_out)
    answers = Answers(session)
    state = replace(answers.states.first("weak_yen"), draws=50)
    items = cited(f"http://127.0.0.1:8470/?{answers.states.query(state)}")
    pair = answers.pair(state)
    runs = [pair.own.manifest["run"], pair.compared.manifests[pair.compared.baseline]["run"]]
    assert [item["custom"]["run"] for item in items[:2]] == runs
    status, text, err = outcome(["cite", "http://127.0.0.1:8470/?year=1999"])
    assert (status, text, "year" in err) == (2, "", True)
    status, text, err = outcome(["cite", f"http://127.0.0.1:8470/?{'y' * 5_000}=1"])
    assert (status, text, "longer than a path" in err) == (2, "", False)


def test_what_no_run_can_be_made_of_is_refused(stored: Path, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path))
    status, text, err = outcome(["cite", "no_such_run", *out])
    assert (status, text, "no such scenario" in err) == (2, "", True)
    shutil.copytree(stored, tmp_path / "no_such_run" / stored.name)
    status, text, err = outcome(["cite", "no_such_run", *out])
    assert (status, text) == (2, "")
    assert f"has runs of that name; give the hash of one, such as {stored.name[:8]}" in err
    status, text, err = outcome(["cite", str(stored), "--draws", "30"])
    assert (status, text) == (2, "")
    assert "--draws: has no effect on a stored run" in err
    status, text, err = outcome(["cite", "{" + "x" * 300 + ": 1}"])
    assert (status, text, "x" * 20 in err) == (2, "", True)


def test_items_are_what_bibliographies_read(shipped_model: Model) -> None:
    items = cited()
    assert len({item["id"] for item in items}) == len(items) > len(shipped_model.evidence.documents)
    for item in items:
        assert item["type"] in TYPES
        assert all(set(a) in ({"literal"}, {"family", "given"}) for a in item.get("author", ()))
        assert all(isinstance(part, int) for part in item["issued"]["date-parts"][0])


def test_a_day_that_is_an_estimate_is_told_by_its_month(shipped_model: Model) -> None:
    told = {name: d.published_words for name, d in shipped_model.evidence.documents.items()}
    assert told["vov_2025"] == "about April 2025"
    assert told["hue_journal_2021"] == "2021"  # as its volume prints it
    exact = {name: s for name, s in shipped_model.evidence.sources.items() if not s.published_note}
    assert all(source.published_words == source.published for source in exact.values())
    assert source_line({}, shipped_model).endswith("published until about April 2025.")


def test_bibtex_closes_every_brace_and_escapes_its_own_signs() -> None:
    _, text, _ = outcome(["cite", "--bibtex"])
    entries = text.strip().split("\n\n")
    assert [re.match(r"@(\w+){(\w+),", entry)[2] for entry in entries] == [  # type: ignore[index]
        item["id"] for item in cited()
    ]
    own = {"id": "x", "type": "document", "title": r"50 % of A&B_c {d} ~ ^ \ # $"}
    for entry in [*entries, bibtex_of(own)]:
        plain = re.sub(r"\\[{}]", "", entry)
        assert plain.count("{") == plain.count("}")
        assert not re.search(r"(?<!\\)[&%$#]", entry)
    assert r"50 \% of A\&B\_c \{d\} \textasciitilde{} \textasciicircum{}" in bibtex_of(own)


def test_bibtex_names_a_source_without_author_and_the_licence_of_a_run(
    shipped_model: Model,
) -> None:
    """An entry that has neither is sorted nowhere, and cited as by nobody."""
    entries = {item["id"]: bibtex_of(item) for item in evidence_items(shipped_model)}
    assert all(("author = " in e) != ("  key = " in e) for e in entries.values())
    assert "author = {{International Monetary Fund}}" in entries["imf_weo_2025_10"]
    unsigned = entries["press_2023"]
    assert "howpublished = {press article}" in unsigned
    assert "Author and publisher not printed. Date not printed; the year is an est" in unsigned
    assert "url = {https://jos.hueuni.edu.vn}" in entries["hue_journal_2021"]
    run = {"id": "x", "type": "dataset", "title": "x", "license": "CC-BY-4.0", "publisher": "y"}
    assert "note = {Licence: CC-BY-4.0}" in bibtex_of(run)


def test_records_hold_what_the_texts_print(repository: Path) -> None:
    documents = read_documents(repository / "models")
    article = text_of(document_item("x", documents["hue_journal_2021"]))
    assert article.startswith("Nguyễn Văn Tuấn (2021). Quan hệ trên lĩnh vực chính trị")
    journal = "Hue University Journal of Science: Social Sciences and Humanities 130(6A)"
    assert article.endswith(f"{journal}. Hue University. https://jos.hueuni.edu.vn.")
    note = text_of(document_item("x", documents["vioit_2023"]))
    assert note.startswith("Le Anh Tu (about 2023). Celebrating 50 Years")


def test_citation_file_is_the_source(repository: Path) -> None:
    content = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    item = software_item()
    assert (item["title"], item["license"]) == (content["title"], content["license"])
    assert [a["literal"] for a in item["author"]] == [a["name"] for a in content["authors"]]
    assert codemeta.FILE.read_text(encoding="utf-8") == codemeta.text(), "run tools/codemeta.py"


@pytest.mark.parametrize("kind", ["csv", "iamc"])
def test_tables_have_metadata_beside_them(kind: str, stored: Path, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    words = ["export", "weak_yen", "--draws", "20", "--horizon", "2025:2028", "--format", kind]
    words += ["--to", str(file), "--out", str(stored.parents[1])]
    assert outcome(words)[0] == 0
    beside = tmp_path / "table.csv-metadata.json"
    content = json.loads(beside.read_text(encoding="utf-8"))
    assert content["url"] == "table.csv"
    assert stored.name in content["dc:source"]
    assert any(stored.name in citation for citation in content["dc:bibliographicCitation"])
    file.unlink()
    status, _, err = outcome(words)
    assert status == 2
    assert "table.csv-metadata.json: exists already" in err
    assert outcome([*words, "--force"])[0] == 0


def test_crate_holds_the_runs_whole_and_says_what_made_them(stored: Path, tmp_path: Path) -> None:
    pytest.importorskip("rocrate")
    words = ["export", "weak_yen", "--draws", "20", "--horizon", "2025:2028", "--format"]
    words += ["rocrate", "--out", str(stored.parents[1]), "--to"]
    for name in ("one", "two"):
        assert outcome([*words, str(tmp_path / name)])[0] == 0
    files = [path.relative_to(stored) for path in stored.iterdir()]
    for file in files:
        copied = tmp_path / "one" / "weak_yen" / file
        assert copied.read_bytes() == (stored / file).read_bytes()
    text = (tmp_path / "one" / "ro-crate-metadata.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "two" / "ro-crate-metadata.json").read_text(encoding="utf-8")
    entities = {entity["@id"]: entity for entity in json.loads(text)["@graph"]}
    assert {f"weak_yen/{file}" for file in files} <= set(entities)
    assert all(entities[f"weak_yen/{file}"].get("sha256") for file in files)
    action = entities[f"#run-{stored.name}"]
    assert {each["@id"] for each in action["result"]} == {f"weak_yen/{file}" for file in files}
    assert entities[action["instrument"]["@id"]]["version"] == software_item()["version"]
    assert {"@id": "#vioit_2023"} in entities["./"]["citation"]
    kept = {str(f.relative_to(tmp_path / "one")) for f in (tmp_path / "one").rglob("*.*")}
    assert kept - set(entities) == set()
    assert {"scenarios/weak_yen.yml", "scenarios/base.yml", "base/manifest.json"} <= kept
    assert {"figures/observations/trade.csv", "models/parameters/trade.yml"} <= kept
    base = read_manifest(tmp_path / "one" / "base")
    out = ["--out", str(stored.parents[1])]
    assert base["run"] == cited("weak_yen", *SIZE, *out)[1]["custom"]["run"]
    told = vj.scenario(tmp_path / "one" / "scenarios" / "weak_yen.yml")
    assert told == vj.Session(horizon=(2025, 2028)).scenario("weak_yen")
    effects = pd.read_csv(tmp_path / "one" / "effects.csv")
    assert {*effects.scenario} == {"weak_yen"}
    assert {*effects.year} == set(range(2025, 2029))
    assert "weak_yen/indicators.csv" in (tmp_path / "one" / "ro-crate-preview.html").read_text()

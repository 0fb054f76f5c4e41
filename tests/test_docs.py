"""The documentation: examples are read, nothing public is left out, nothing needs the network."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import rich_click as click
from data_pages import amount
from design_picture import floors
from listed import LAWS
from proof_plots import read_plots, verdict_lines

import vnjp_sim
from vnjp_sim import charts, exchange, report
from vnjp_sim.charts.titles import sector_title
from vnjp_sim.cli import commands
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.levers import OPERATIONS
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.model_data import Model

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WITH_SCENARIOS = ("cookbook.md",)
CITED = re.compile(r"\b([A-Z][A-Za-z-]+)(?:,? (?:and|van|[A-Z])[\w ,.-]*?)? ((?:19|20)\d\d), [A-Z]")


@pytest.fixture(scope="module")
def written(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages that a build writes."""
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(repository / "tools")
        importlib.import_module("docs_pages").write_pages(folder)
    return folder


def examples(repository: Path, page: str) -> list[tuple[str, str]]:
    """The YAML blocks of a page, each with the messages in the block after it, if it has any."""
    blocks = FENCE.findall((repository / "docs" / page).read_text(encoding="utf-8"))
    found = []
    for (language, text), (_, after) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "yaml":
            found.append((text, after if after.startswith("error: ") else ""))
    return found


def read(text: str, folder: Path, model: Model) -> Scenario:
    file = folder / "my_scenario.yml"
    file.write_text(text, encoding="utf-8")
    return model.scenario_reader().read(file)


@pytest.mark.parametrize("page", WITH_SCENARIOS)
def test_scenarios_of_a_page_are_read_or_refused_as_it_says(
    repository: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    shipped_model: Model,
    page: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    for text, told in examples(repository, page):
        if not told:
            assert read(text, tmp_path, shipped_model).title
            continue
        with pytest.raises(InputError) as caught:
            read(text, tmp_path, shipped_model)
        assert "".join(f"error: {fault.typed}\n" for fault in caught.value.refusals) == told


def test_cookbook_shows_every_path_operation_and_event(
    repository: Path, tmp_path: Path, shipped_model: Model
) -> None:
    valid = [
        read(text, tmp_path, shipped_model)
        for text, told in examples(repository, "cookbook.md")
        if not told
    ]
    paths = [path for scenario in valid for path in scenario.levers.values()]
    assert {path.path for path in paths} == {"step", "ramp", "pulse", "series"}
    assert {path.operation for path in paths} == set(OPERATIONS)
    shown = {event.type for scenario in valid for event in scenario.events}
    assert shown == set(shipped_model.instruments.event_types)
    assert any(scenario.parameters for scenario in valid)


def test_every_command_and_option_is_documented(written: Path) -> None:
    page = (written / "reference" / "commands.md").read_text(encoding="utf-8")
    for path, command in leaves(commands, ()):
        _, _, part = page.partition(f"\n{'#' * (1 + len(path))} {' '.join(path)}\n")
        assert part, f"no part on {' '.join(path)}"
        part = re.split(r"\n##+ ", part)[0]
        for option in command.params:
            if isinstance(option, click.Option):
                assert f"`{option.opts[0]}" in part


def leaves(
    group: click.Command, path: tuple[str, ...]
) -> list[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(group, click.Group):
        return [(path, group)]
    return [x for n, c in group.commands.items() for x in leaves(c, (*path, n))]


@pytest.mark.parametrize("module", [vnjp_sim, charts, exchange, report])
def test_every_public_name_is_documented(written: Path, module: object) -> None:
    pages = "".join(p.read_text(encoding="utf-8") for p in (written / "reference").glob("*.md"))
    name = module.__name__  # type: ignore[attr-defined]
    told = set(re.findall(rf"^\.\. auto(?!module)\w+:: {name}\.(\w+)$", pages, re.MULTILINE))
    assert told == set(module.__all__)  # type: ignore[attr-defined]


def test_every_indicator_and_figure_has_a_row(written: Path, shipped_model: Model) -> None:
    listed = (written / "data" / "indicators.md").read_text(encoding="utf-8")
    for name in shipped_model.registry.indicators:
        assert listed.count(f"\n| `{name}` |") == 1
    sectors = {i.sector for i in shipped_model.registry.indicators.values()}
    rows = 0
    for sector in sectors:
        page = written / "data" / f"{sector}.md"
        if page.is_file():
            rows += page.read_text(encoding="utf-8").count('\n| <span class="nowrap">')
    assert rows == len(shipped_model.evidence.observations)
    conflicts = (written / "data" / "conflicts.md").read_text(encoding="utf-8")
    for use in ("superseded", "disputed", "implausible"):
        figures = [o for o in shipped_model.evidence.observations if o.use == use]
        assert conflicts.count(f"| **{use}** |") == len(figures)
    events = (written / "data" / "events.md").read_text(encoding="utf-8")
    assert events.count('\n| <span class="nowrap">') == len(shipped_model.evidence.events)


def test_every_parameter_and_lever_has_a_row(written: Path, shipped_model: Model) -> None:
    parameters = (written / "reference" / "parameters.md").read_text(encoding="utf-8")
    for name, _ in shipped_model.parameters.all_parameters():
        assert parameters.count(f"\n| `{name}` |") == 1
    levers = (written / "reference" / "levers.md").read_text(encoding="utf-8")
    for name in shipped_model.instruments.levers:
        assert levers.count(f"\n| `{name}` |") == 1


def test_cited_works_are_in_the_bibliography(repository: Path, shipped_model: Model) -> None:
    page = (repository / "docs" / "bibliography.md").read_text(encoding="utf-8")
    links = shipped_model.links
    references = [x.reference for x in (*links.links.values(), *links.coefficients.values())]
    references += [p.reference for _, p in shipped_model.parameters.all_parameters()]
    references += [x.reference for x in shipped_model.links.coefficients.values()]
    cited = {found for text in references for found in CITED.findall(" ".join(text.split()))}
    assert {("Nitsch", "2007"), ("Kimura", "2010"), ("Hudson", "2013")} <= cited
    for author, year in cited:
        assert re.search(rf"\b{author}\b[^\n]*({year}|\n)", page), f"{author} {year}"


def test_pages_are_in_the_contents(repository: Path, written: Path) -> None:
    docs = repository / "docs"
    pages = [*docs.glob("*.md"), *(docs / "sectors").glob("*.md"), *written.rglob("*.md")]
    listed = set()
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```\{toctree\}\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            root = written if written in page.parents else docs
            base = page.parent.relative_to(root)
            names = [line for line in block.split("\n") if line and not line.startswith(":")]
            listed |= {(base / name).as_posix() for name in names}
    for page in pages:
        root = written if written in page.parents else docs
        name = page.relative_to(root).with_suffix("").as_posix()
        assert name == "index" or name in listed, f"{name} is in no table of contents"


def test_a_load_from_the_network_is_found(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(repository / "docs" / "_ext")
    external_loads = importlib.import_module("no_network").external_loads
    fine = '<a href="https://example.org">read</a> <svg xmlns="http://www.w3.org/2000/svg"></svg>'
    (tmp_path / "fine.html").write_text(fine, encoding="utf-8")
    assert not list(external_loads(tmp_path))
    bad = {
        "a.html": '<script src="https://cdn.example.org/x.js"></script>',
        "b.html": '<link rel="stylesheet" href="//fonts.example.org/css">',
        "c.css": '@import url("https://fonts.example.org/css");',
        "d.css": "@font-face { src: url(https://fonts.example.org/a.woff2) }",
        "e.js": 'import("https://cdn.example.org/x.js")',
        "f.html": "<img alt='' src = 'http://example.org/a.png'>",
    }
    for name, text in bad.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert {told.split()[0] for told in external_loads(tmp_path)} == set(bad)


def test_the_glossary_has_the_words_of_the_files(repository: Path, shipped_model: Model) -> None:
    page = (repository / "docs" / "glossary.md").read_text(encoding="utf-8")
    figures = shipped_model.evidence.observations
    priors = [prior for _, prior in shipped_model.parameters.all_parameters()]
    words = {*OPERATIONS, "step", "ramp", "pulse", "series", *LAWS}
    words |= {figure.use for figure in figures} | {prior.grade for prior in priors}
    words |= {figure.reported.split()[0] for figure in figures}
    for word in words:
        assert re.search(rf"\b{word}\b", page), word
    terms = re.findall(r"^(\w[^\n]*)\n(?=  \w|\w[^\n]*\n  )", page, re.MULTILINE)
    assert len(terms) == len(set(terms)) > 90


def test_the_page_of_the_design_names_files_that_are_there(repository: Path) -> None:
    page = (repository / "docs" / "design.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+\.py)`", page))
    roots = (repository, repository / "vnjp_sim", repository / "vnjp_sim" / "report")
    assert len(named) > 20
    assert {name for name in named if not any((root / name).is_file() for root in roots)} == set()


def test_the_page_of_the_design_has_a_paragraph_a_room(repository: Path) -> None:
    page = (repository / "docs" / "design.md").read_text(encoding="utf-8")
    rooms = [room for floor in reversed(floors()) for room in reversed(floor)]
    assert set(re.findall(r"^\*\*(\w+)\*\* ", page, re.MULTILINE)) == set(rooms)
    for room in rooms:
        assert f"(room-{room})=\n**{room}** " in page, room


def test_the_proof_says_what_its_pictures_show(repository: Path) -> None:
    page = (repository / "docs" / "proof.md").read_text(encoding="utf-8").replace("\u00a0", " ")
    plots = read_plots(repository / "docs" / "proof_plots.json")
    for line in verdict_lines(plots):
        assert f"\n{line}\n" in page
    for row in plots["errors"]:
        assert f" {row['crps']:.3f}" in page
    worse = {**plots, "errors": [{**row, "crps": 1.0} for row in plots["errors"]]}
    assert "in 0 of 15 quantities and leads" in verdict_lines(worse)[1]
    real = verdict_lines(plots)[1]
    assert "differs by at most 7 %" in real
    assert "exports at 5, 10 and 15 years and turnover at 10 years" in real
    rows = re.findall(r"^\| CRPS, (model|pooled) \| (.*) \|$", page, re.MULTILINE)
    errors = [(m, [float(cell.split()[0]) for cell in cells.split(" | ")]) for m, cells in rows]
    pairs = [(a, b) for one, two in side_by_side(errors) for a, b in zip(one, two, strict=True)]
    lower = sum(other < own for own, other in pairs)
    assert f"pooled growth has the lower CRPS in {lower}" in page


def side_by_side(errors: list[tuple[str, list[float]]]) -> list[tuple[list[float], list[float]]]:
    """Return the errors of the model and those of pooled growth, quantity by quantity."""
    own, other = ([row for name, row in errors if name == one] for one in ("model", "pooled"))
    return list(zip(own, other, strict=True))


def test_numbers_of_the_data_pages_are_worded_as_one_says_them() -> None:
    assert amount("1", "vessels") == "1 vessel"
    assert amount("2", "vessels") == "2 vessels"
    assert amount("2", "rank") == "rank 2"
    assert amount("1", "USD bn") == "1 USD bn"
    assert amount("15", "count") == "15"


def test_the_title_of_a_sector_counts_what_is_likely_too() -> None:
    first = np.zeros(100)
    ends = [(first, np.where(np.arange(100) < part, 1.0, 0.0)) for part in (94, 100, 30)]
    told = sector_title("Security", ends, 2040)
    assert told == (
        "Security: of 3 indicators, 1 almost certainly rises and 1 probably rises by 2040"
    )
    assert sector_title("Fleet", ends[2:] * 2, 2040).endswith(
        "none with a clear rise or fall by 2040"
    )


@pytest.mark.parametrize(
    ("word", "page"), [("OSA", "assistance"), ("vessel", "fleet"), ("aid", "oda")]
)
def test_a_search_finds_the_page_of_a_sector_by_its_usual_name(
    written: Path, word: str, page: str
) -> None:
    assert word in (written / "sectors" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_site_is_built_without_warnings_and_network(repository: Path, tmp_path: Path) -> None:
    for name in ("sphinx", "myst_nb", "furo", "latex2mathml", "altair", "vl_convert"):
        pytest.importorskip(name)
    out = tmp_path / "html"
    sphinx = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    folders = ["-d", tmp_path / "doctrees", repository / "docs", out]
    done = subprocess.run(
        [*sphinx, *map(str, folders)], capture_output=True, text=True, check=False, cwd=repository
    )
    assert done.returncode == 0, done.stderr
    for page in ("index", "tutorial", "cookbook", "data/index", "reference/python"):
        assert (out / f"{page}.html").is_file()
    formulas = (out / "sectors" / "oda.html").read_text(encoding="utf-8")
    assert formulas.count("<math") == 2
    assert not re.search(r"<script[^>]*mathjax", formulas, re.IGNORECASE)
    tutorial = (out / "tutorial.html").read_text(encoding="utf-8")
    assert str(repository) not in tutorial
    assert 'href="glossary.html#term-draw"' in tutorial
    cited = re.search(r"[Rr]un\s+([0-9a-f]{16})", re.sub("<[^>]*>", "", tutorial))
    assert cited
    picture = (out / "_images" / "finding_oda_expansion.svg").read_text(encoding="utf-8")
    assert cited[1][:8] in picture
    excerpts = (out / "_static" / "excerpts.js").read_text(encoding="utf-8")
    assert "undisbursed" in excerpts
    assert "excerpts.js" in (out / "search.html").read_text(encoding="utf-8")
    assert "excerpts.js" not in tutorial
    assert "<pre>" not in tutorial, "code that scrolls cannot be reached by keyboard"
    assert 'role="heading">' not in tutorial
    assert "sectors\\/" in (out / "_static" / "language_data.js").read_text(encoding="utf-8")

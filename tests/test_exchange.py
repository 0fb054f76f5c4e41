"""Exchange: what other tools read of ours, and how a user's own figures come in."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, get_args

import cases
import numpy as np
import openpyxl
import pandas as pd
import pytest
import xarray as xr

import vnjp_sim as vj
from vnjp_sim import cli, exchange
from vnjp_sim.exchange import NewDocument, Series, SeriesMap, import_figures
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pairing import manifests_of
from vnjp_sim.simulation.projection_file import write_projection
from vnjp_sim.simulation.summaries import SUMMARY_COLUMNS, summarise
from vnjp_sim.storage.store import write_run

YEARS = (2025, 2026, 2027)
NAMES = ("trade_turnover", "trade_balance", "people_residents")
DRAWS = 60
OWN = {"own": NewDocument(title="Own figures", published="2025-06-30", reliability="high")}
HEADER = ",".join(OBSERVATION_COLUMNS) + "\n"
EXPORTS = Series(
    indicator="trade_exports",
    where={"REF_AREA": "VN", "COUNTERPART_AREA": "JP", "INDICATOR": "EXPORTS"},
)
EFFECT_FILES = {"csv": "e.csv", "iamc": "i.csv", "netcdf": "e.nc", "excel": "e.xlsx"}
STATISTICS = 8
"""Lines an indicator has in the IAMC format: median, five percentiles, mean, deviation."""


@pytest.fixture
def projections() -> xr.Dataset:
    """Two scenarios of three indicators; the second lacks the last year."""
    rng = np.random.default_rng(1)
    shape = (2, len(YEARS), DRAWS)
    arrays = {name: rng.normal(10.0, 3.0, shape) for name in NAMES}
    for array in arrays.values():
        array[1, 2] = np.nan
    manifest = {"title": "= made up", "draws": DRAWS, "seed": 1, "run": "r", "calibration": "c"}
    data = xr.Dataset(
        {name: (("scenario", "year", "draw"), array) for name, array in arrays.items()},
        coords={"scenario": ["base", "other"], "year": list(YEARS), "draw": np.arange(DRAWS)},
    )
    data.attrs["manifests"] = json.dumps({"base": manifest, "other": manifest})
    return data


def expected(data: xr.Dataset, scenario: str, name: str) -> dict[int, Any]:
    """Return the summaries of an indicator by year."""
    array = data[name].sel(scenario=scenario).to_numpy()
    known = ~np.isnan(array).all(axis=1)
    found = summarise({name: array[known]}, 0)
    return dict(zip(data.year.to_numpy()[known].tolist(), found, strict=True))


def table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# ---------------------------------------------------------------------- out


def test_iamc_lines_hold_every_statistic(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    file = exchange.write_iamc(projections, shipped_model, tmp_path / "iamc.csv")
    rows = table(file)
    assert list(rows[0]) == ["Model", "Scenario", "Region", "Variable", "Unit", *map(str, YEARS)]
    assert len(rows) == 2 * len(NAMES) * STATISTICS
    assert {row["Model"].split()[0] for row in rows} == {"vnjp_sim"}
    assert {row["Region"] for row in rows} == {"Viet Nam|Japan"}
    keys = [(row["Scenario"], row["Variable"]) for row in rows]
    assert len(set(keys)) == len(keys)
    by_key = dict(zip(keys, rows, strict=True))
    told = expected(projections, "base", "trade_turnover")
    for ending, value in (
        ("", told[2026].quantiles[2]),
        ("|5.0th Percentile", told[2026].quantiles[0]),
        ("|95.0th Percentile", told[2026].quantiles[4]),
        ("|Mean", told[2026].mean),
        ("|Standard Deviation", told[2026].sd),
    ):
        row = by_key["base", "Trade|Goods|Turnover" + ending]
        assert (float(row["2026"]), row["Unit"]) == (value, "USD bn")
    assert by_key["other", "Trade|Goods|Turnover"]["2027"] == ""


def test_iamc_refuses_two_indicators_of_one_name(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path, repository: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(repository / "models", models)
    file = models / "indicators.yml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("iamc: Trade|Goods|Balance", "iamc: Trade|Goods|Turnover"))
    with pytest.raises(InputError, match="has the IAMC name of trade_turnover"):
        exchange.write_iamc(projections, load_model(models), tmp_path / "iamc.csv")
    assert not (tmp_path / "iamc.csv").exists()


def test_tidy_table_holds_all_scenarios(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    rows = table(exchange.write_tidy(projections, shipped_model, tmp_path / "tidy.csv"))
    assert tuple(rows[0]) == SUMMARY_COLUMNS
    assert len(rows) == len(NAMES) * (3 + 2)
    row = next(r for r in rows if (r["scenario"], r["year"]) == ("other", "2026"))
    told = expected(projections, "other", row["indicator"])[2026]
    numbers = [float(row[name]) for name in SUMMARY_COLUMNS[5:]]
    assert numbers == [told.mean, told.sd, *told.quantiles]


def test_netcdf_keeps_every_draw(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    one = exchange.write_netcdf(projections, shipped_model, tmp_path / "one.nc")
    two = exchange.write_netcdf(projections, shipped_model, tmp_path / "two.nc")
    assert one.read_bytes() == two.read_bytes()
    with xr.open_dataset(one, engine="h5netcdf") as read:
        xr.testing.assert_equal(read.load(), projections)
        assert read.attrs["Conventions"] == "CF-1.11"
        assert {"title", "institution", "source", "history", "references"} <= set(read.attrs)
        assert not re.search(r"\d\d:\d\d", read.attrs["history"])
        for name, variable in read.data_vars.items():
            known = shipped_model.registry.indicators[str(name)]
            assert variable.attrs["units"] == known.unit
            assert variable.attrs["long_name"] == known.label
    assert "long_name" not in projections["year"].attrs, "the caller's Dataset stays as it was"


def test_workbook_reads_back_whole(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    file = exchange.write_excel(projections, shipped_model, tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(file)
    sheets = ["summary", "charts", "projections", "targets", "indicators", "documents", "sources"]
    assert book.sheetnames == [*sheets, "assumptions", "links", "chart data"]
    links = {cell.value for cell in book["summary"]["A"] if cell.hyperlink}
    assert links == {*sheets[1:], "assumptions", "links", "chart data"}
    sheet = book["projections"]
    header, *rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert header == ["scenario", "indicator", "label", "unit", "statistic", *YEARS]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("F2", sheet.dimensions)
    for printed in book.worksheets[2:]:  # on as many pages as it takes to read it
        width = sum(column.width for column in printed.column_dimensions.values())
        assert width <= 240 * printed.page_setup.fitToWidth
        assert printed.print_title_rows
    assert len(rows) == 2 * 3 * len(NAMES)
    for scenario, name, _, _, statistic, *numbers in rows:
        told = expected(projections, str(scenario), str(name))
        place = {"median": 2, "5 %": 0, "95 %": 4}[str(statistic)]
        levels = [told[year].quantiles[place] if year in told else None for year in YEARS]
        assert numbers == levels
    figures = shipped_model.evidence.observations
    rows = list(book["sources"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == len(figures)
    for row, o in zip(rows, figures, strict=True):
        assert (row[0], row[1], row[3]) == ("+".join(o.indicators), o.period.text, o.printed)
        assert row[2] == float(o.printed)
        assert row[10] == shipped_model.evidence.documents[o.document].title
        assert (row[11], row[12]) == (";".join(map(str, o.lines)), o.place)
    assumptions = list(book["assumptions"].iter_rows(min_row=2, values_only=True))
    shared = shipped_model.links.coefficients
    assert len(assumptions) == len([*shipped_model.parameters.all_parameters(), *shared])
    assert all(grade in get_args(Grade) and text for *_, grade, text in assumptions)
    assert book["links"].max_row == 1 + len(shipped_model.links.links)
    assert book["indicators"].max_row == 1 + len(shipped_model.registry.indicators)


def test_charts_of_a_workbook_show_its_numbers(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    """Each chart has an interval below its lines, of the numbers that stand beside it."""
    file = exchange.write_excel(projections, shipped_model, tmp_path / "book.xlsx")
    data = openpyxl.load_workbook(file)["chart data"]
    with zipfile.ZipFile(file) as parts:
        texts = [parts.read(n).decode() for n in parts.namelist() if "charts/chart" in n]
    assert len(texts) == len([n for n in NAMES if n in shipped_model.registry.headlines])
    assert all("<areaChart>" in text and "<lineChart>" in text for text in texts)
    titles = [cell.value for cell in data[1] if cell.value]
    (turnover,) = [c.column for c in data[1] if c.value == "Trade turnover in goods, USD bn"]
    assert len(titles) == len(texts)
    told = expected(projections, "base", "trade_turnover")
    for row, year in enumerate(YEARS, start=3):
        low, *_, high = told[year].quantiles
        shown = [data.cell(row, turnover + at).value for at in range(4)]
        assert shown == [year, low, high - low, told[year].quantiles[2]]


def test_workbook_holds_no_formula(
    projections: xr.Dataset, tmp_path: Path, repository: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(repository / "models", models)
    file = models / "indicators.yml"
    text = file.read_text(encoding="utf-8")
    hostile = '=HYPERLINK("http://example.org","x")'
    file.write_text(
        text.replace("label: Trade turnover in goods\n", f"label: '{hostile}'\n"), encoding="utf-8"
    )
    written = exchange.write_excel(projections, load_model(models), tmp_path / "book.xlsx")
    book = openpyxl.load_workbook(written)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    found = [cell for cell in cells if cell.value == hostile]
    assert found
    assert all(cell.quotePrefix for cell in found)


def test_workbook_needs_its_ending(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"end it in \.xlsx"):
        exchange.write_excel(projections, shipped_model, tmp_path / "book.xls")


def test_workbook_without_openpyxl_says_what_to_install(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(EnvironmentFailureError, match=r"vnjp-sim\[excel\]"):
        exchange.write_excel(projections, shipped_model, tmp_path / "book.xlsx")


WRITERS = (exchange.write_iamc, exchange.write_tidy, exchange.write_netcdf, exchange.write_excel)


@pytest.mark.parametrize("writer", WRITERS)
def test_writers_never_lose_a_file(
    writer: Callable[..., Path], projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    """Nor write one that its program cannot open."""
    endings = {exchange.write_excel: ".xlsx", exchange.write_netcdf: ".nc"}
    ending = endings.get(writer, ".csv")
    with pytest.raises(InputError, match=f"end it in {ending}"):
        writer(projections, shipped_model, tmp_path / "mine.html")
    file = tmp_path / f"mine{ending}"
    file.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        writer(projections, shipped_model, file)
    assert file.read_text() == "mine"
    writer(projections, shipped_model, file, force=True)
    assert file.read_bytes() != b"mine"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.crash
def test_failed_writing_leaves_nothing(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vnjp_sim.storage.atomic.os.fsync", full)
    with pytest.raises(EnvironmentFailureError, match="No space left"):
        exchange.write_tidy(projections, shipped_model, tmp_path / "tidy.csv")
    with pytest.raises(EnvironmentFailureError, match="No space left"):
        exchange.write_datapackage(shipped_model, tmp_path / "package")
    assert list(tmp_path.iterdir()) == []


def test_writers_check_what_they_are_given(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    def refused(source: Any) -> str:
        with pytest.raises(InputError) as error:
            exchange.write_tidy(source, shipped_model, tmp_path / "tidy.csv")
        return str(error.value)

    assert "has no dimension 'draw'" in refused(projections.mean("draw"))
    assert "did you mean 'trade_turnover'" in refused(
        projections.rename(trade_turnover="trade_turnovers")
    )
    assert "holds no indicator" in refused(projections[[]])
    assert "holds no projection.nc" in refused([tmp_path])
    one = exchange.write_tidy(projections.sel(scenario="base"), shipped_model, tmp_path / "one.csv")
    assert {row["scenario"] for row in table(one)} == {"base"}


def test_runs_are_read_from_their_folders(
    projections: xr.Dataset, shipped_model: Model, tmp_path: Path
) -> None:
    folders = []
    for name in ("base", "other"):
        part = projections.sel(scenario=name).dropna("year")
        write = partial(
            write_projection,
            scenario=name,
            start_year=2025,
            arrays={n: part[n].to_numpy() for n in NAMES},
            registry=shipped_model.registry,
            attributes={"manifest": json.dumps({"scenario": name}), "title": name},
        )
        writers = {"projection.nc": write, "indicators.csv": Path.touch}
        folders.append(write_run(tmp_path, name, "run", writers, {})[0])
    data = exchange.read_runs(folders)
    assert manifests_of(data)["other"] == {"scenario": "other"}
    one = exchange.write_tidy(folders, shipped_model, tmp_path / "folders.csv")
    two = exchange.write_tidy(projections, shipped_model, tmp_path / "dataset.csv")
    assert one.read_bytes() == two.read_bytes()
    with pytest.raises(InputError, match="two runs have the name 'base'"):
        exchange.read_runs([folders[0], shutil.copytree(folders[0], tmp_path / "copy")])
    assert exchange.read_runs([folders[0], str(folders[0])]).sizes["scenario"] == 1
    with (folders[0] / "projection.nc").open("ab") as stream:
        stream.write(b"1")
    with pytest.raises(EnvironmentFailureError, match="has changed since it was written"):
        exchange.read_runs(folders)


# ---------------------------------------------------------------------- data package


def test_data_package_describes_every_table(
    shipped_model: Model, tmp_path: Path, repository: Path
) -> None:
    descriptor = exchange.write_datapackage(shipped_model, tmp_path / "package")
    package = json.loads(descriptor.read_text(encoding="utf-8"))
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["licenses"][0]["name"] == "CC-BY-4.0"
    assert len(package["sources"]) == len(shipped_model.evidence.documents)
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert len(resources) == len(package["resources"])
    tables = {name: table(descriptor.parent / r["path"]) for name, r in resources.items()}
    for name, resource in resources.items():
        assert re.fullmatch(r"[-a-z0-9._]+", name)
        raw = (descriptor.parent / resource["path"]).read_bytes()
        assert resource["bytes"] == len(raw)
        assert resource["hash"] == "sha256:" + hashlib.sha256(raw).hexdigest()
        check_table(resource["schema"], tables[name], tables)
    history = {p.relative_to(repository / "models") for p in _history(repository / "models")}
    assert history == {p.relative_to(descriptor.parent) for p in _history(descriptor.parent)}
    for path in history:
        assert (descriptor.parent / path).read_bytes() == (
            repository / "models" / path
        ).read_bytes()


def _history(folder: Path) -> list[Path]:
    return [*folder.glob("observations/*.csv"), folder / "events.csv"]


def check_table(
    schema: dict[str, Any], rows: list[dict[str, str]], tables: dict[str, list[dict[str, str]]]
) -> None:
    """Check rows against a table schema, as far as our descriptors use it."""
    fields = {field["name"]: field for field in schema["fields"]}
    for row in rows:
        assert list(row) == list(fields)
        for name, text in row.items():
            limits = fields[name].get("constraints", {})
            if not text:
                assert not limits.get("required"), (name, row)
                continue
            if fields[name]["type"] == "number":
                float(text)
            assert text in limits.get("enum", [text])
            assert re.search(limits.get("pattern", ""), text), (name, text)
    for key in schema.get("foreignKeys", []):
        (column,), reference = key["fields"], key["reference"]
        known = {row[reference["fields"][0]] for row in tables[reference["resource"]]}
        assert {row[column] for row in rows if row[column]} <= known
    if "primaryKey" in schema:
        (column,) = schema["primaryKey"]
        assert len({row[column] for row in rows}) == len(rows)


def test_data_package_is_whole_and_new(shipped_model: Model, tmp_path: Path) -> None:
    exchange.write_datapackage(shipped_model, tmp_path / "package")
    with pytest.raises(InputError, match="exists already"):
        exchange.write_datapackage(shipped_model, tmp_path / "package")
    dated = load_model(as_of=shipped_model.evidence.documents["vov_2025"].published_on)
    with pytest.raises(InputError, match="exported whole"):
        exchange.write_datapackage(dated, tmp_path / "other")


# ---------------------------------------------------------------------- own figures


def write_own(file: Path, *rows: dict[str, str]) -> Path:
    plain = {"indicator": "trade_turnover", "unit": "USD bn", "reported": "exact"}
    cells = [{"use": "calibrate"} | plain | row for row in rows]
    text = "".join(",".join(c.get(k, "") for k in OBSERVATION_COLUMNS) + "\n" for c in cells)
    file.write_text(HEADER + text, encoding="utf-8")
    return file


def files(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_own_figures_stand_in_a_folder_of_what_differs(tmp_path: Path, repository: Path) -> None:
    before = files(repository / "models")
    own = write_own(
        tmp_path / "My trade.csv",
        {"period": "2015", "value": "28.49"},
        {"period": "2016", "value": "29.9", "use": "check", "note": "Kept for comparison."},
    )
    done = import_figures(own, tmp_path / "mine", documents=OWN)
    assert (len(done.figures), done.replaced, done.left_out) == (2, (), ())
    after = files(done.folder)
    assert files(repository / "models") == before
    assert set(after) == {"documents.yml", "observations/own_my_trade.csv"}
    model = load_model(done.folder)
    document = model.evidence.documents["own"]
    assert (document.file, document.reliability) == ("My trade.csv", "high")
    assert document.sha256 == hashlib.sha256(own.read_bytes()).hexdigest()
    figure = next(o for o in model.evidence.calibrating() if o.document == "own")
    assert (figure.value, figure.lines, figure.place) == (28.49, (2,), "Line 2")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["My trade.csv", "mine"]


def test_padding_of_a_spreadsheet_is_no_part_of_a_name(tmp_path: Path) -> None:
    padded = {"indicator": "trade_exports\u00a0", "period": "2022 ", "value": " 24.2\u00a0"}
    own = write_own(tmp_path / "own.csv", {**padded, "unit": "USD bn "})
    (figure,) = import_figures(own, tmp_path / "mine", documents=OWN).figures
    assert (figure.indicators, figure.printed, figure.unit) == (
        ("trade_exports",),
        "24.2",
        "USD bn",
    )
    assert load_model(tmp_path / "mine").evidence.figures_of("trade_exports")
    own = write_own(tmp_path / "other.csv", {"indicator": "trade_\u200bexports", "period": "2022"})
    with pytest.raises(InputError, match=r"U\+200B"):
        import_figures(own, tmp_path / "other", documents=OWN)


def test_own_figures_stand_instead_of_the_documents(tmp_path: Path, shipped_model: Model) -> None:
    own = write_own(tmp_path / "own.csv", {"period": "2022", "value": "47.6"})
    done = import_figures(own, tmp_path / "mine", mode="instead", documents=OWN)
    measured = [
        o for o in shipped_model.evidence.calibrating() if o.indicators == ("trade_turnover",)
    ]
    assert {o.key for o in done.replaced} == {o.key for o in measured}
    model = load_model(done.folder)
    left = [o for o in model.evidence.calibrating() if o.indicators == ("trade_turnover",)]
    assert [o.document for o in left] == ["own"]
    gone = [o for o in model.evidence.observations if o.key in {m.key for m in measured}]
    assert {o.use for o in gone} == {"superseded"}
    assert all(o.note.startswith("Replaced by own figures (own).") for o in gone)
    # before the new document was published, the documents' figures count again
    earlier = load_model(done.folder, model.evidence.documents["vov_2025"].published_on)
    again = [o for o in earlier.evidence.calibrating() if o.indicators == ("trade_turnover",)]
    assert {o.document for o in again} == {"russian_commentary_2023"}


def test_documents_may_stand_beside_the_figures(tmp_path: Path) -> None:
    own = write_own(tmp_path / "own.csv", {"period": "2015", "value": "28.5", "document": "stats"})
    beside = tmp_path / "own.documents.yml"
    beside.write_text(
        "documents:\n  stats:\n    title: 'Statistics: a \"yearbook\"'\n    published: 2025-01-31\n"
    )
    done = import_figures(own, tmp_path / "mine")
    model = load_model(done.folder)
    assert model.evidence.documents["stats"].title == 'Statistics: a "yearbook"'
    beside.write_text("documents:\n  stats:\n    titel: x\n    published: 2025-13-31\n")
    with pytest.raises(InputError) as refused:
        import_figures(own, tmp_path / "other")
    assert [f.place.line for f in refused.value.refusals] == [2, 3, 4]


def test_import_keeps_its_hands_off(
    tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = write_own(tmp_path / "own.csv", {"period": "2015", "value": "28.5"})
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="exists already"):
        import_figures(own, tmp_path / "there", documents=OWN)
    inside = repository / "models" / "observations" / "mine"
    with pytest.raises(InputError, match="lies inside the models folder"):
        import_figures(own, inside, documents=OWN)
    known = {"vov_2025": OWN["own"]}
    with pytest.raises(InputError, match="'vov_2025' is already in"):
        import_figures(own, tmp_path / "mine", documents=known)
    with pytest.raises(InputError, match="'No id' is not a document id"):
        import_figures(own, tmp_path / "mine", documents={"No id": OWN["own"]})

    def damaged(*_: object, **__: object) -> None:
        raise InputError.single("x", "is damaged")

    monkeypatch.setattr("vnjp_sim.exchange.own_figures._check_whole", damaged)
    with pytest.raises(InputError, match="is damaged"):
        import_figures(own, tmp_path / "mine", documents=OWN)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["own.csv", "there"]


def test_second_import_builds_on_the_first(tmp_path: Path) -> None:
    one = write_own(tmp_path / "own.csv", {"period": "2015", "value": "28.5"})
    first = import_figures(one, tmp_path / "first", documents=OWN)
    two = write_own(tmp_path / "own.csv", {"period": "2016", "value": "29.9"})
    more = {"more": NewDocument(title="More", published="2025-07-31")}
    second = import_figures(two, tmp_path / "second", models=first.folder, documents=more)
    assert {"own_own.csv", "own_own_2.csv"} <= {
        p.name for p in (second.folder / "observations").iterdir()
    }
    assert {"own", "more"} <= set(load_model(second.folder).evidence.documents)


PLAIN = """Year;SERIES;Value;Unit;Comment;My column
2015;Trade turnover in goods;28,49;USD bn;as printed;x
2016;trade_turnover;1.029,9;usd BN;;
"""
"""As a spreadsheet of a country with decimal commas saves a table."""


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN.encode("utf-8-sig"),
        PLAIN.replace("\n", "\r\n").replace(";", "\t").encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        ("sep=;\n" + PLAIN).encode(),
        PLAIN.replace("1.029,9", "1 029,9").replace(";", "|").encode(),
        PLAIN.replace(",", ".").replace("1.029.9", '"1,029.9"').replace(";", ",").encode(),
    ],
    ids=["BOM", "UTF-16 with tabs", "UTF-16 without mark", "sep=", "blanks", "decimal points"],
)
def test_own_figures_are_read_as_spreadsheets_save_them(raw: bytes, tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    file.write_bytes(raw)
    done = import_figures(file, tmp_path / "mine", mode="instead", documents=OWN)
    found = [(o.indicators, o.period.text, o.printed, o.unit, o.note) for o in done.figures]
    name = ("trade_turnover",)
    assert found == [
        (name, "2015", "28.49", "USD bn", "as printed"),
        (name, "2016", "1029.9", "USD bn", ""),
    ]
    assert done.left_out == ("column 'My column', which no figure needs",)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("2015;trade_turnover;47,6;USD bn\n2016;trade_turnover;1.234;USD bn", "own.csv:3: value "),
        ("2016;trade_turnover;1.234;USD bn", "'1.234' may mean 1234 or 1.234"),
        ("2016;trade_turnover;1,234;USD bn", "'1,234' may mean 1234 or 1.234"),
        ("2016;trade_turnover;47,6;USD bn\n2016;trade_turnover;47.65;USD bn", "one way"),
        ("2016;trade;47,6;USD bn", "may mean trade_balance"),
    ],
)
def test_figures_that_may_mean_two_things_are_refused(
    lines: str, told: str, tmp_path: Path
) -> None:
    file = tmp_path / "own.csv"
    file.write_text(f"year;indicator;value;unit\n{lines}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        import_figures(file, tmp_path / "mine", mode="instead", documents=OWN)
    assert told in str(refused.value)
    assert len(refused.value.refusals) == 1
    if "may mean 1234" in told:
        done = import_figures(
            file, tmp_path / "mine", mode="instead", documents=OWN, decimal="comma"
        )
        assert done.figures[0].printed == ("1234" if "." in lines else "1.234")


def test_own_figures_are_read_from_the_template_as_a_workbook(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    """The example is passed over; numbers keep the digits that their cells show."""
    for name in ("own.csv", "own.xlsx"):
        assert command("import", "--template", tmp_path / name)[0] == 0
        with pytest.raises(InputError, match="holds no figure"):
            import_figures(tmp_path / name, tmp_path / "none", documents=OWN)
    book = openpyxl.load_workbook(tmp_path / "own.xlsx")
    sheet = book["figures"]
    sheet.append(["trade_turnover", 2015, 28.5, "USD bn"])
    sheet.append(["trade_exports", date(2016, 3, 1), 0.1 + 0.2, "USD bn"])
    sheet["C3"].number_format, sheet["B4"].number_format = "0.00", "yyyy-mm"
    book.save(tmp_path / "own.xlsx")
    done = import_figures(tmp_path / "own.xlsx", tmp_path / "mine", mode="instead", documents=OWN)
    found = [(o.period.text, o.printed, o.row) for o in done.figures]
    assert found == [("2015", "28.50", 3), ("2016-03", "0.3", 4)]
    assert command("import", tmp_path / "own.csv", "--template")[0] == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (["macro_vn_growth", 2015, 0.066, "percent"], "'6.6%' is not a plain number"),
        (["labour_stock", 2015, "420.000", "persons"], "may mean 420000"),
        (["#REF!", 2015, 47.5, "USD bn"], "unknown indicator '#REF!'"),
        (["trade_turnover", 2015, "#N/A", "USD bn"], "'#N/A' is not a plain number"),
        (["trade_turnover", 2015, 47.5, "USD bn", *[None] * 200, "x"], "behind the 200th"),
    ],
    ids=["%", "text", "failed formula", "failed value", "too wide"],
)
def test_no_cell_of_a_workbook_is_read_as_another_number(
    row: list[object], told: str, tmp_path: Path
) -> None:
    """The ending of its name does not matter."""
    book = openpyxl.Workbook()
    for cells in (["indicator", "period", "value", "unit", *row[4:]], row):
        book.active.append(cells)
    book.active["C2"].number_format = "0.0%"
    book.save(tmp_path / "own.xlsx")
    file = (tmp_path / "own.xlsx").rename(tmp_path / "own.csv")
    with pytest.raises(InputError) as refused:
        import_figures(file, tmp_path / "mine", mode="instead", documents=OWN)
    assert told in str(refused.value)


@pytest.mark.fuzz
@pytest.mark.parametrize("name", cases.names("exchange"))
def test_bad_figures_are_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(repository / "models", "models")
    shutil.copy(cases.case("exchange", name), "own.csv")
    series = SeriesMap(series=(EXPORTS,)) if name.startswith("sdmx") else None
    with pytest.raises(InputError) as refused:
        import_figures("own.csv", "mine", models="models", documents=OWN, series=series)
    cases.assert_refused(refused.value, "exchange", name)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["models", "own.csv"]


# ---------------------------------------------------------------------- SDMX

SDMX = "FREQ,REF_AREA,COUNTERPART_AREA,INDICATOR,TIME_PERIOD,OBS_VALUE,UNIT_MULT,UNIT_MEASURE"


def read_sdmx(tmp_path: Path, text: str, *series: Series, **more: Any) -> list[Any]:
    """Import SDMX-CSV and return its figures."""
    file = tmp_path / "sdmx.csv"
    file.write_text(text, encoding="utf-8")
    mapped = SeriesMap(series=series or (EXPORTS,), **more)
    shutil.rmtree(tmp_path / "mine", ignore_errors=True)
    # instead: the figures of these tests are made up, and need not agree with the documents
    done = import_figures(file, tmp_path / "mine", mode="instead", documents=OWN, series=mapped)
    return list(done.figures)


def observation(time: str, value: str, mult: str = "6", status: str = "A", freq: str = "A") -> str:
    return f"{freq},VN,JP,EXPORTS,{time},{value},{mult},USD,{status}\n"


def test_sdmx_values_keep_their_digits(tmp_path: Path) -> None:
    text = f"{SDMX},OBS_STATUS\n" + observation("2015", "14100") + observation("2016", "14676.70")
    text += observation("2017", "1.684E10", "0") + observation("2018", "0.0188515", "12")
    found = read_sdmx(tmp_path, text)
    assert [(o.printed, o.step) for o in found] == [
        ("14.100", 0.001),
        ("14.67670", 0.00001),
        ("16.84", 0.01),
        ("18.8515", 0.0001),
    ]
    assert {(o.unit, o.reported, o.document) for o in found} == {("USD bn", "exact", "own")}
    assert [o.lines for o in found] == [(2,), (3,), (4,), (5,)]
    assert found[0].place == "Series VN.JP.EXPORTS"


def test_sdmx_statuses_tell_how_a_figure_is_taken(tmp_path: Path) -> None:
    text = f"{SDMX},OBS_STATUS\n"
    for year, status in enumerate("AEPBFMDO", start=2015):
        text += observation(str(year), "" if status in "MO" else "14100", status=status)
    found = {o.period.text: o for o in read_sdmx(tmp_path, text)}
    told = {year: (o.reported, o.use, o.step) for year, o in found.items()}
    assert told == {
        "2015": ("exact", "calibrate", 0.001),
        "2016": ("about", "calibrate", 0.2),
        "2017": ("about", "calibrate", 0.1),
        "2018": ("exact", "calibrate", 0.001),
        "2019": ("forecast", "check", 0.001),
        "2021": ("exact", "check", 0.001),
    }
    assert found["2016"].note == "OBS_STATUS E: estimated value."
    assert found["2018"].note.startswith("OBS_STATUS B: break in the series")
    assert found["2015"].note == ""


def test_sdmx_months_and_quarters_become_years(tmp_path: Path) -> None:
    months = [observation(f"2021-{m:02d}", "1000.5", freq="M") for m in range(1, 13)]
    months += [observation(f"2022-M{m:02d}", "1100", freq="M", status="P") for m in range(1, 4)]
    found = read_sdmx(tmp_path, f"{SDMX},OBS_STATUS\n" + "".join(months))
    year, part = found
    assert (year.period.text, year.printed) == ("2021", "12.0060")
    assert year.step == pytest.approx(0.0001 * np.sqrt(12), rel=0.05)
    assert (year.lines, year.note) == (tuple(range(2, 14)), "Sum of 12 periods.")
    assert (part.period.text, part.printed, part.reported) == ("2022-01/2022-03", "3.300", "about")
    quarters = [observation(f"2021-Q{q}", "4", "9", freq="Q") for q in range(1, 5)]
    (year,) = read_sdmx(tmp_path, f"{SDMX},OBS_STATUS\n" + "".join(quarters))
    assert (year.period.text, year.value) == ("2021", 16.0)
    alone = Series(indicator="trade_exports", where=EXPORTS.where, combine="none")
    found = read_sdmx(tmp_path, f"{SDMX},OBS_STATUS\n" + "".join(quarters), alone)
    assert [o.period.text for o in found][:2] == ["2021-01/2021-03", "2021-04/2021-06"]


def test_sdmx_stocks_take_the_last_date_and_rates_their_mean(tmp_path: Path) -> None:
    text = "REF_AREA;TIME_PERIOD;OBS_VALUE\n"
    text += "".join(f"VN;2021-{m:02d};{190000 + m}\n" for m in (3, 6, 12)) + "VN;2022-06;195000\n"
    stock = Series(indicator="labour_trainees", where={"REF_AREA": "VN"}, unit="persons")
    found = read_sdmx(tmp_path, text, stock)
    assert [(o.period.text, o.value) for o in found] == [("2021", 190012.0), ("2022-06", 195000.0)]
    text = "AREA,TIME_PERIOD,OBS_VALUE\n"
    text += "".join(f"JP,2021-{m:02d},{109 + m % 2}\n" for m in range(1, 13)) + "JP,2022-01,115\n"
    where = {"AREA": "JP"}
    rate = Series(indicator="macro_jpy_per_usd", where=where, unit="JPY per USD", combine="mean")
    (mean,) = read_sdmx(tmp_path, text, rate)
    assert (mean.period.text, mean.value) == ("2021", 109.5)


def test_sdmx_labels_and_other_series_are_passed_over(tmp_path: Path) -> None:
    text = (
        "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA: Reporter,COUNTERPART_AREA: Partner,INDICATOR,"
        "TIME_PERIOD,OBS_VALUE,UNIT_MEASURE\n"
        "dataflow,X:Y(1.0),I,VN: Viet Nam,JP: Japan,EXPORTS,2015,14100000000,US\n"
        "dataflow,X:Y(1.0),I,VN: Viet Nam,CN: China,EXPORTS,2015,17100000000,US\n"
        "dataflow,X:Y(1.0),D,VN: Viet Nam,JP: Japan,EXPORTS,2016,,US\n"
    )
    file = tmp_path / "sdmx.csv"
    file.write_text(text)
    mapped = SeriesMap(series=(EXPORTS,), units={"US": "USD"}, documents=OWN)
    done = import_figures(file, tmp_path / "mine", series=mapped)
    assert [o.value for o in done.figures] == [14.1]
    assert done.left_out == (
        "1 observations of series that the map does not name",
        "1 observations of the action 'delete'",
    )


OECD = (
    "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,ACTION,REF_AREA,Reference area,MEASURE,Measure,"
    "UNIT_MEASURE,Unit of measure,TIME_PERIOD,Time period,OBS_VALUE,Observation value,"
    "UNIT_MULT,Unit multiplier,DECIMALS,Decimals\n"
    "DATAFLOW,OECD:X(1.0),Trade,I,VNM,Viet Nam,X,Exports,USD_EXC,US dollars,2019,,21712.6,,"
    "6,Millions,1,One\n"
)
BIS = (
    "STRUCTURE,STRUCTURE_ID,ACTION,FREQ:Frequency,REF_AREA:Area,MEASURE:Measure,"
    "UNIT_MEASURE:Unit,TIME_PERIOD:Time period or range,OBS_VALUE:Value,UNIT_MULT:Multiplier\n"
    "dataflow,BIS:X(1.0),I,A: Annual,VNM: Viet Nam,X: Exports: total,USD: US dollar,2019,"
    "21712.6,6: Millions\n"
)
EUROSTAT = (
    "DATAFLOW,LAST UPDATE,freq,partner,Partner,measure,unit,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
    "ESTAT:X(1.0),01/01/25 11:00,A,VNM,Viet Nam,X,MIO_USD,2018,:,c\n"
    "ESTAT:X(1.0),01/01/25 11:00,A,VNM,Viet Nam,X,MIO_USD,2019,21712.6,bp\n"
)
EVERY = (
    "STRUCTURE[;],STRUCTURE_ID,ACTION,FREQ,MEASURE,UNIT_MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MULT\n"
    "dataflow,X:X(1.0),R,A,X,USD,2019-12-31,21712.6,6\n"
)
EXPORTS_OF_VIETNAM = Series(indicator="trade_exports", where={"MEASURE": "X"})


@pytest.mark.parametrize("text", [OECD, BIS, EUROSTAT, EVERY])
def test_sdmx_is_read_as_statistical_offices_write_it(text: str, tmp_path: Path) -> None:
    (figure,) = read_sdmx(tmp_path, text, EXPORTS_OF_VIETNAM)
    assert (figure.period.text, figure.value) == ("2019", 21.7126)
    assert figure.reported == ("about" if text is EUROSTAT else "exact")


def test_sdmx_has_decimal_points(tmp_path: Path) -> None:
    series = SeriesMap(series=(EXPORTS,))
    with pytest.raises(InputError, match="decimal: has no effect on SDMX-CSV"):
        import_figures(tmp_path / "no.csv", tmp_path / "m", series=series, decimal="comma")


def test_sdmx_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    twice = OECD.replace("Measure", "MEASURE")
    with pytest.raises(InputError, match="has the column MEASURE twice; delete one of the two"):
        read_sdmx(tmp_path, twice, EXPORTS_OF_VIETNAM)
    assert read_sdmx(tmp_path, OECD.replace("Unit of measure", "Time period"), EXPORTS_OF_VIETNAM)


COMMITMENTS = Series(indicator="oda_commitments", where={"MEASURE": "X"})


@pytest.mark.parametrize(
    ("time", "start", "period"),
    [
        ("2014-A1", "--04-01", "FY2014"),
        ("2014-A1", "", "2014"),
        ("2014", "--04-01", "2014"),
        ("FY2014", "", "FY2014"),
        ("2014-04-01/P1Y", "", "FY2014"),
        ("2014-01-01/P1Y", "", "2014"),
        ("2014-Q1", "--04-01", "2014-04/2014-06"),
        ("2014-07/P12M", "", "2014-07/2015-06"),
    ],
)
def test_sdmx_years_begin_when_the_file_says(
    time: str, start: str, period: str, tmp_path: Path
) -> None:
    text = "MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT,REPORTING_YEAR_START_DAY\n"
    text += f"X,{time},112,JPY,9,{start}\n"
    (figure,) = read_sdmx(tmp_path, text, COMMITMENTS)
    assert figure.period.text == period


def test_sdmx_quarters_of_a_fiscal_year_make_that_year(tmp_path: Path) -> None:
    text = "MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT,REPORTING_YEAR_START_DAY\n"
    text += "".join(f"X,2014-Q{q},28,JPY,9,--04-01\n" for q in (1, 2, 3, 4))
    (figure,) = read_sdmx(tmp_path, text, COMMITMENTS)
    assert (figure.period.text, figure.value) == ("FY2014", 112.0)


@pytest.mark.parametrize("time", ["2014/15", "2014-13", "2014-15", "2014-04-31/P2W", "14"])
def test_sdmx_times_of_unknown_form_are_told(time: str, tmp_path: Path) -> None:
    text = f"MEASURE,TIME_PERIOD,OBS_VALUE,UNIT_MEASURE,UNIT_MULT\nX,{time},112,JPY,9\n"
    with pytest.raises(InputError, match="a Japanese fiscal year as FY2023"):
        read_sdmx(tmp_path, text, COMMITMENTS)


def test_series_map_is_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "map.yml"
    file.write_text(
        "documents:\n  own: {title: Own, published: 2025-06-30}\n"
        "series:\n  - indicator: trade_exports\n    where: {INDICATOR: EXPORTS}\n"
        "statuses:\n  A: {reported: about, percent: 3}\n"
    )
    read = exchange.read_series_map(file)
    assert read.series[0].where == {"INDICATOR": "EXPORTS"}
    assert read.statuses["A"].percent == 3
    file.write_text("series:\n  - indicator: trade_exports\n    were: {INDICATOR: EXPORTS}\n")
    with pytest.raises(InputError, match="did you mean 'where'"):
        exchange.read_series_map(file)


def test_worked_examples_of_the_documentation(tmp_path: Path, repository: Path) -> None:
    text = (repository / "docs" / "exchange.md").read_text(encoding="utf-8")
    (own,) = re.findall(r"^```text\n(indicator,.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    documents, mapping, _links = re.findall(
        r"^```yaml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE
    )
    (tmp_path / "my_trade.csv").write_text(own, encoding="utf-8")
    (tmp_path / "my_trade.documents.yml").write_text(documents, encoding="utf-8")
    done = import_figures(tmp_path / "my_trade.csv", tmp_path / "mine")
    assert [o.document for o in done.figures] == ["customs_2025"] * 3
    (tmp_path / "map.yml").write_text(mapping, encoding="utf-8")
    read = exchange.read_series_map(tmp_path / "map.yml")
    assert [s.indicator for s in read.series] == ["trade_exports", "trade_imports"]


# ---------------------------------------------------------------------- commands


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], plain_terminal: None
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process; returns status, output and messages."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["vnjp_sim", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            cli.main()
        told = capsys.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


def test_import_command(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text(f"{SDMX},OBS_STATUS\n" + observation("2015", "14100"))
    key = "trade_exports:REF_AREA=VN,INDICATOR=EXPORTS"
    words = ["import", "x.csv", "--to", "mine", "--sdmx", "--series", key, "--document", "own"]
    words += ["--title", "Own", "--published", "2025-06-30"]
    status, out, _ = command(*words)
    assert status == 0
    assert out.splitlines() == [
        "read 1 figure",
        "used by the calibration: 1 of 1 figure marked to calibrate",
        "wrote mine; use it with: vnjp_sim run base --models mine",
    ]
    assert command("validate", "--models", "mine")[0] == 0
    status, _, err = command(*words)
    assert (status, err) == (2, "error: mine: exists already; name a new folder\n")
    status, out, _ = command(*[w if w != "mine" else "other" for w in words], "--json")
    assert json.loads(out)["used"] == 1
    for wrong, told in (
        (["--sdmx"], "no series is mapped"),
        (["--series", key], "say that FILE is SDMX-CSV"),
        (["--sdmx", "--series", "trade_exports"], "is not a series"),
        (["--document", "own"], "--title: is missing"),
        (["--document", "own", "--title", "x", "--published", "soon"], "is not a date"),
        (["--title", "x"], "give the new document an id"),
    ):
        status, _, err = command("import", "x.csv", "--to", "third", *wrong)
        assert status == 2
        assert told in err


def test_export_command(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, calibrated_out: Path
) -> None:
    words = ["base", "oda_expansion", "--draws", "40", "--horizon", "2025:2027"]
    words += ["--out", calibrated_out]
    file = tmp_path / "iamc.csv"
    status, out, _ = command("export", *words, "--format", "iamc", "--to", file)
    assert (status, out) == (0, f"wrote {file}\n")
    assert {row["Scenario"] for row in table(file)} == {"base", "oda_expansion"}
    status, _, err = command("export", *words, "--format", "iamc", "--to", file)
    assert status == 2
    assert "replace it with --force" in err
    assert command("export", "--format", "csv", "--to", tmp_path / "a.csv")[0] == 2
    package = tmp_path / "package"
    assert command("export", "base", "--format", "datapackage", "--to", package)[0] == 2
    status, out, _ = command("export", "--format", "datapackage", "--to", package, "--json")
    assert json.loads(out) == {"file": str(package / "datapackage.json")}


def test_effects_are_exported_as_runs_are(
    command: Callable[..., tuple[int, str, str]],
    shipped_model: Model,
    tmp_path: Path,
    calibrated_out: Path,
) -> None:
    """In a workbook beside the levels, in other formats instead of them; the baseline is found."""
    compared = vj.compare("oda_expansion", draws=40, horizon=(2025, 2027), out=calibrated_out)
    table = compared.table()
    row = table[(table["indicator"] == "oda_disbursements") & (table["year"] == 2027)].iloc[0]
    words = ["oda_expansion", "--draws", "40", "--horizon", "2025:2027", "--out", calibrated_out]
    files = {kind: tmp_path / name for kind, name in EFFECT_FILES.items()}
    exchange.write_iamc(compared, shipped_model, files["iamc"])
    exchange.write_netcdf(compared, shipped_model, files["netcdf"])
    for kind, option in (("csv", ["--effects"]), ("excel", [])):
        status, _, err = command("export", *words, "--format", kind, *option, "--to", files[kind])
        assert status == 0, err
    tidy = pd.read_csv(files["csv"])
    pd.testing.assert_frame_equal(tidy[["p05", "mean"]], table[["p05", "mean"]], check_exact=True)
    iamc = pd.read_csv(files["iamc"]).set_index("Variable")
    name = shipped_model.registry.indicators["oda_disbursements"].iamc
    assert iamc.loc[f"{name}|Difference from Baseline|Mean", "2027"] == row["mean"]
    with xr.open_dataset(files["netcdf"], engine="h5netcdf") as read:
        assert (read.attrs["measure"], read.attrs["baseline"]) == ("difference", "base")
        assert list(read.scenario.to_numpy()) == ["oda_expansion"]
        assert read["oda_disbursements"].attrs["measure"] == "difference"
    book = openpyxl.load_workbook(files["excel"], read_only=True)
    head, *rows = book["effects"].iter_rows(values_only=True)
    found = [dict(zip(head, r, strict=True)) for r in rows]
    (one,) = [r for r in found if (r["indicator"], r["year"]) == ("oda_disbursements", 2027)]
    assert (one["mean"], one["median"]) == (row["mean"], row["p50"])
    assert "contributions" in book.sheetnames
    told = [str(row[1]) for row in book["summary"].iter_rows(max_col=2, values_only=True)]
    book.close()
    assert any(text.startswith("ODA disbursements") for text in told)


def test_history_stands_beside_the_scenarios(
    command: Callable[..., tuple[int, str, str]], tmp_path: Path, calibrated_out: Path
) -> None:
    """Under a name of its own, and only where it is asked for."""
    words = ("base", "--draws", "40", "--out", calibrated_out)
    for kind, name in (("csv", "out.csv"), ("iamc", "iamc.csv"), ("excel", "book.xlsx")):
        status, _, err = command(
            "export", *words, "--format", kind, "--history", "--to", tmp_path / name
        )
        assert status == 0, err
    table = pd.read_csv(tmp_path / "out.csv")
    past = vj.history(["trade_exports"], draws=40, out=calibrated_out).table()
    own = table[(table.scenario == "history") & (table.indicator == "trade_exports")]
    assert own["year"].tolist() == past["year"].tolist()
    assert own["p50"].tolist() == past["p50"].tolist()
    assert set(table.scenario) == {"history", "base"}
    iamc = pd.read_csv(tmp_path / "iamc.csv")
    assert set(iamc.Scenario) == {"history", "base"}
    sheets = openpyxl.load_workbook(tmp_path / "book.xlsx").sheetnames
    assert sheets[:4] == ["summary", "charts", "projections", "history"]
    status, _, err = command(
        "export", *words, "--format", "netcdf", "--history", "--to", tmp_path / "out.nc"
    )
    assert status == 2
    assert "--history: has no effect for netcdf" in err

"""Ids with blanks: wherever a file names something, white space in the name is refused there.

The places are found from the models that files are read into and from the shipped files, so that a
new key is tried too.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Annotated, Any, Literal, get_args, get_origin

import cases
import pytest
from pydantic import BaseModel, StringConstraints

import vnjp_sim
from vnjp_sim import cli
from vnjp_sim.exchange.documents import _File as _OwnDocumentsFile
from vnjp_sim.exchange.series_map import SeriesMap
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.packaged import shipped_folder
from vnjp_sim.inputs.coverage import _CoverageFile
from vnjp_sim.inputs.documents import _DocumentsFile
from vnjp_sim.inputs.events import EVENT_COLUMNS, EventRow
from vnjp_sim.inputs.evidence import read_evidence
from vnjp_sim.inputs.instruments import _EventTypesFile, _LeversFile
from vnjp_sim.inputs.links import _LinksFile
from vnjp_sim.inputs.observation_row import OBSERVATION_COLUMNS, ObservationRow
from vnjp_sim.inputs.official import ForecastRow
from vnjp_sim.inputs.parameter_files import SectorParameters
from vnjp_sim.inputs.registry import _RegistryFile
from vnjp_sim.inputs.scenario_file import ScenarioFile
from vnjp_sim.inputs.scenario_lookup import find_scenario
from vnjp_sim.inputs.schema import Checked, Id, Name, Phrase, blank_in, check, is_name
from vnjp_sim.inputs.strict_yaml import KeyPath, parse_yaml, read_yaml
from vnjp_sim.inputs.targets import _TargetsFile
from vnjp_sim.simulation.model_data import Model

pytestmark = pytest.mark.fuzz

BLANKS = [
    sign
    for sign in map(chr, range(sys.maxunicode + 1))
    if sign.isspace() or unicodedata.category(sign) in ("Cf", "Cc")
]
"""All white space and all format and control characters of Unicode."""

PHRASE = get_args(Phrase)[-1]
IDS = {get_args(Id)[-1], get_args(Name)[-1], PHRASE}
"""What marks an annotation of text as that of an id."""

CHECKED_OTHERWISE = {"published", "by", "sha256", "line", "lines", "id", "events", "when"}
"""Keys whose text is a day, a sum, lines or has a pattern, taken as written; events have a type and
a note, and what waits a form of its own."""

ROWS = (ObservationRow, EventRow, ForecastRow)

ROOTS: dict[str, type[Checked]] = {
    "indicators.yml": _RegistryFile,
    "documents.yml": _DocumentsFile,
    "levers.yml": _LeversFile,
    "event_types.yml": _EventTypesFile,
    "links.yml": _LinksFile,
    "targets.yml": _TargetsFile,
    "coverage.yml": _CoverageFile,
}
OWN = {
    "documents": {"own": {"title": "Own figures", "published": "2025-06-30", "language": "en"}},
    "document": "own",
    "series": [{"indicator": "trade_exports", "where": {"REF_AREA": "VN"}, "unit": "USD bn"}],
    "units": {"US": "USD mn"},
    "statuses": {"A": {"reported": "exact", "use": "calibrate"}},
}


@dataclass(frozen=True)
class Place:
    """Where a file names something: the path, the kind of place, whether it is a key."""

    path: KeyPath
    kind: tuple[str, ...]
    key: bool = False
    phrase: bool = False


def files() -> Iterator[tuple[str, type[Checked], Any]]:
    """Yield name, model and content of files of every kind."""
    models = shipped_folder("models")
    for name, root in ROOTS.items():
        yield name, root, read_yaml(models / name).content
    for file in sorted((models / "parameters").glob("*.yml")):
        yield f"parameters/{file.name}", SectorParameters, read_yaml(file).content
    for file in [*shipped_folder("scenarios").glob("*.yml"), *(cases.CASES / "seeds").iterdir()]:
        yield file.name, ScenarioFile, read_yaml(file).content
    yield "map.yml", SeriesMap, OWN
    yield "own.documents.yml", _OwnDocumentsFile, {"documents": OWN["documents"]}


def places(annotation: Any, content: Any, path: KeyPath, kind: tuple[str, ...]) -> Iterator[Place]:
    """Yield the places of ids below one of a file, as the annotations of its model say."""
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            key = field.alias or name
            if isinstance(content, dict) and key in content:
                marked = Annotated[field.annotation, *field.metadata, None]
                below = (*kind, annotation.__name__, key)
                yield from places(marked, content[key], (*path, key), below)
    elif hasattr(annotation, "__metadata__"):
        marks = [mark for mark in annotation.__metadata__ if mark in IDS]
        if marks and isinstance(content, str):
            yield Place(path, kind, phrase=PHRASE in marks)
        yield from places(arguments[0], content, path, kind)
    elif get_origin(annotation) is not Literal:
        yield from _inside(annotation, content, path, kind)


def _inside(annotation: Any, content: Any, path: KeyPath, kind: tuple[str, ...]) -> Iterator[Place]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict and isinstance(content, dict):
        for key, value in content.items():
            for place in places(arguments[0], key, (*path, key), kind):
                yield replace(place, kind=(*kind, "key"), key=True)
            yield from places(arguments[1], value, (*path, key), kind)
    elif origin in (list, tuple) and isinstance(content, list):
        for index, value in enumerate(content):
            yield from places(arguments[0], value, (*path, index), kind)
    elif origin not in (dict, list, tuple):
        for member in arguments:
            yield from places(member, content, path, kind)


def one_of_each_kind() -> dict[tuple[str, ...], tuple[str, type[Checked], Any, Place]]:
    """Return a place of each kind, with its file."""
    found: dict[tuple[str, ...], tuple[str, type[Checked], Any, Place]] = {}
    for name, root, content in files():
        for place in places(root, content, (), ()):
            found.setdefault(place.kind, (name, root, content, place))
    return found


def few(content: Any, place: Place) -> Any:
    """Return a content with few things in each part, that of a place among them."""
    return {
        part: {key: items[key] for i, key in enumerate(items) if i < 2 or key in place.path}
        if isinstance(items, dict) and part != "horizon"
        else items
        for part, items in content.items()
    }


def spoilt(content: Any, place: Place, word: str) -> tuple[Any, KeyPath]:
    """Return a content with another word at a place, and the path of it now."""
    content = json.loads(json.dumps(content))
    here = content
    for step in place.path[:-1]:
        here = here[step]
    last = place.path[-1]
    if not place.key:
        here[last] = word
        return content, place.path
    items = [(word if key == last else key, value) for key, value in here.items()]
    here.clear()
    here.update(items)
    return content, (*place.path[:-1], word)


def with_blank(word: str, sign: str, where: str) -> str:
    middle = max(len(word) // 2, 1)
    return {
        "begin": sign + word,
        "end": word + sign,
        "both": sign + word + sign,
        "middle": word[:middle] + sign + word[middle:],
    }[where]


def quoted(content: Any) -> str:
    """Return a content as JSON, which is YAML too, one value a line; signs as escapes."""
    text = json.dumps(content, indent=1, ensure_ascii=False)

    def shown(sign: str) -> bool:
        return sign in "\n " or (sign.isprintable() and not sign.isspace())

    return "".join(
        c
        if c == "\n" or (c.isprintable() and (c == " " or not c.isspace()))
        else f"\\U{ord(c):08x}"
        for c in text
    )


KINDS = one_of_each_kind()


def test_the_places_of_ids_are_found() -> None:
    told = {"/".join(kind) for kind in KINDS}
    for known in (
        "ScenarioFile/name",
        "ScenarioFile/extends",
        "ScenarioFile/levers/key",
        "ScenarioFile/parameters/key",
        "ScenarioFile/events/key",
        "ScenarioFile/remove/Remove/levers",
        "ScenarioFile/remove/Remove/events",
        "_DocumentsFile/documents/key",
        "_RegistryFile/indicators/key",
        "_RegistryFile/units/key",
        "_RegistryFile/indicators/Indicator/unit",
        "_LinksFile/links/_LinkOfFile/driver",
        "_LeversFile/levers/key",
        "_EventTypesFile/event_types/EventType/fields/key",
        "_TargetsFile/targets/Target/document",
        "SectorParameters/laws/CountLaw/events",
        "SeriesMap/series/Series/where/key",
        "SeriesMap/series/Series/where",
    ):
        assert known in told


def test_signs_of_ascii_are_refused_where_nobody_sees_them() -> None:
    # names of ASCII alone take a short way
    taken = [chr(code) for code in range(128) if blank_in(f"a{chr(code)}b") is None]
    assert taken == [chr(code) for code in range(0x21, 0x7F)]
    assert blank_in("a b", words=True) is None
    assert blank_in("a  b", words=True) is not None


@pytest.mark.parametrize("kind", KINDS, ids="/".join)
def test_blank_in_an_id_is_refused_at_its_place(
    kind: tuple[str, ...], sized: Callable[[int, int], int]
) -> None:
    name, root, whole, place = KINDS[kind]
    content = few(whole, place)
    word = str(place.path[-1]) if place.key else str(_at(content, place.path))
    random = Random("/".join(kind))  # noqa: S311 - no secret
    signs = [" ", "\u00a0", "\u200b", "\ufeff", *random.sample(BLANKS, sized(4, len(BLANKS)))]
    check(root, parse_yaml(quoted(content), name))
    for sign in signs:
        for where in ("begin", "end", "both", "middle"):
            if sign == " " and where == "middle" and place.phrase:
                continue  # it stands between words
            damaged, path = spoilt(content, place, with_blank(word, sign, where))
            text = quoted(damaged)
            with pytest.raises(InputError) as refused:
                check(root, parse_yaml(text, name))
            line = _line(text, path)
            assert line in {fault.place.line for fault in refused.value.refusals}, (
                ascii(sign),
                where,
            )


def _at(content: Any, path: KeyPath) -> Any:
    for step in path:
        content = content[step]
    return content


def _line(text: str, path: KeyPath) -> int:
    """Return the line of a place, where the file as such can be read at all."""
    import yaml

    node = yaml.compose(text, Loader=yaml.SafeLoader)
    line = 0
    for step in path:
        if isinstance(node, yaml.MappingNode):
            key, node = next((k, v) for k, v in node.value if k.value == step)
            line = key.start_mark.line
        else:
            assert isinstance(node, yaml.SequenceNode)
            node = node.value[step]
            line = node.start_mark.line
    return line + 1


def test_every_text_of_a_file_is_an_id_or_prose() -> None:
    """A new key of a model decides what it is; text without a mark would be neither."""
    for module in pkgutil.walk_packages(vnjp_sim.__path__, "vnjp_sim."):
        importlib.import_module(module.name)
    models = list(_below(Checked))
    assert len(models) > 30
    for model in models:
        if not model.__module__.startswith("vnjp_sim.") or issubclass(model, ROWS):
            continue  # every cell of a row is tried below
        for name, field in model.model_fields.items():
            for marks in _texts(field.annotation, tuple(field.metadata)):
                known = any(m in IDS or isinstance(m, StringConstraints) for m in marks)
                pattern = any(getattr(m, "pattern", None) for m in marks)
                year = model.__name__ == "LeverPath"
                assert known or pattern or year or name in CHECKED_OTHERWISE, (model, name)


def _below(model: type[Checked]) -> Iterator[type[Checked]]:
    for other in model.__subclasses__():
        yield other
        yield from _below(other)


def _texts(annotation: Any, marks: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if annotation is str:
        yield marks
    elif hasattr(annotation, "__metadata__"):
        yield from _texts(get_args(annotation)[0], (*marks, *annotation.__metadata__))
    elif get_origin(annotation) is not Literal:
        for member in get_args(annotation):
            yield from _texts(member, marks if get_origin(annotation) is not dict else ())


# ---------------------------------------------------------------------- tables, options, requests

NAMING = {"indicator", "unit", "reported", "of", "document", "use", "sector", "type"}


@pytest.mark.parametrize(
    ("table", "columns", "column"),
    [
        *(("observations/oda.csv", OBSERVATION_COLUMNS, c) for c in OBSERVATION_COLUMNS),
        *(("events.csv", EVENT_COLUMNS, c) for c in EVENT_COLUMNS),
    ],
)
def test_blank_in_a_cell(
    table: str, columns: tuple[str, ...], column: str, tmp_path: Path, shipped_model: Model
) -> None:
    """Names are refused with blanks at their ends; numbers, periods and prose lose them."""
    import csv

    models = tmp_path / "models"
    shutil.copytree(shipped_folder("models"), models)
    file = models / table
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    at = columns.index(column)
    number = next((i for i, row in enumerate(rows) if i and row[at]), None)
    if number is None:
        pytest.skip("no row has the cell")
    for sign, where in ((" ", "end"), ("\u00a0", "begin"), ("\u3000", "both")):
        damaged = [list(row) for row in rows]
        damaged[number][at] = with_blank(rows[number][at], sign, where)
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(damaged)
        if column in NAMING:
            with pytest.raises(InputError) as refused:
                read_evidence(models, shipped_model.registry)
            told = [f for f in refused.value.refusals if f.place.line == number + 1]
            assert any(fault.what.startswith(column) and "blank" in fault.what for fault in told)
        else:
            read = read_evidence(models, shipped_model.registry)
            assert len(read.observations) == len(shipped_model.evidence.observations)
            assert [o.key for o in read.observations] == [
                o.key for o in shipped_model.evidence.observations
            ]


@pytest.mark.parametrize(
    ("series", "told"),
    [
        ("trade_exports :REF_AREA=VN", "'trade_exports ' ends with a blank"),
        (" trade_exports:REF_AREA=VN", "' trade_exports' begins with a blank"),
        ("trade_exports:REF_AREA=VN, UNIT=USD", "' UNIT' begins with a blank"),
        ("trade_exports:REF_AREA=VN\u00a0", "ends with a blank or invisible character, U+00A0"),
        ("trade_exports:REF_AREA =VN", "'REF_AREA ' ends with a blank"),
        ("trade_exports:REF_AREA=VN,REF_AREA=JP", "names a dimension twice"),
    ],
)
def test_series_of_the_command_line(
    series: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.csv"
    file.write_text("REF_AREA,TIME_PERIOD,OBS_VALUE\nVN,2020,1\n", encoding="utf-8")
    arguments = ["import", str(file), "--to", str(tmp_path / "to"), "--sdmx", "--series", series]
    with pytest.raises(InputError) as refused:
        cli.commands.main(arguments, standalone_mode=False, prog_name="vnjp_sim")
    assert told in str(refused.value).replace("\\xa0", "\u00a0")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("sign", [" ", "\u00a0", "\n", "\u200b"])
def test_names_of_requests_are_taken_as_written(sign: str) -> None:
    assert not is_name("base" + sign)
    with pytest.raises(InputError, match="did you mean 'base'"):
        find_scenario("base" + sign)


def test_words_of_a_unit_have_single_spaces_between() -> None:
    assert blank_in("USD bn", words=True) is None
    assert blank_in("") is None
    for text in ("USD  bn", " USD bn", "USD bn ", "USD\u00a0bn", "USD\tbn"):
        told = blank_in(text, words=True)
        assert told is not None
        assert told[1] == "write 'USD bn'"


def test_event_type_with_a_blank_is_told_so(tmp_path: Path, shipped_model: Model) -> None:
    file = tmp_path / "mine.yml"
    event = '{on: 2027-01-01, type: "summit ", to: 1}'
    file.write_text(f"name: mine\ntitle: A\nextends: base\nevents:\n  - {event}\n", "utf-8")
    with pytest.raises(InputError, match=r"'type' ends with a blank .*; write 'summit'"):
        shipped_model.scenario_reader().read(file)


def test_no_lever_is_lost_to_one_of_almost_its_name(tmp_path: Path, shipped_model: Model) -> None:
    file = tmp_path / "mine.yml"
    levers = "\n".join(
        f'  "trade_exports{end}": {{path: step, from: 2027, multiply: 1.{i}}}'
        for i, end in enumerate(("", " "))
    )
    file.write_text(f"name: mine\ntitle: A\nextends: base\nlevers:\n{levers}\n", "utf-8")
    with pytest.raises(InputError) as refused:
        shipped_model.scenario_reader().read(file)
    assert [fault.place.line for fault in refused.value.refusals] == [6]


@pytest.mark.parametrize(
    ("extends", "told"),
    [
        ('"oda_expansion "', "'extends' ends with a blank or invisible character, U+0020 (space)"),
        ('" oda_expansion"', "'extends' begins with a blank"),
        ('"oda_expansion\u00a0"', "U+00A0 (no-break space); write 'oda_expansion'"),
        ('"oda_\u200dexpansion"', "U+200D (zero width joiner); write 'oda_expansion'"),
        ('"oda_expansion\\n"', "'extends' ends with a blank or invisible character, U+000A"),
        ("", "'extends' is an empty value; give a value, or leave it out"),
        ("~", "'extends' is an empty value"),
        ("null", "'extends' is an empty value"),
        ('""', "'extends' cannot be an empty text"),
        ('" "', "'extends' cannot be the text ' '"),
        ("Oda_expansion", "'extends' cannot be the text 'Oda_expansion'"),
        ("ODA_EXPANSION", "use lower-case letters"),
        ("7", "'extends' needs text, not 7"),
        ("true", "'extends' needs text, not true"),
        ("[]", "'extends' is an empty list"),
        ("[oda_expansion, oda_expansion]", "'extends' names 'oda_expansion' twice"),
        ("[oda_expansion, 7]", "item 2 of 'extends' needs text, not 7"),
        ("oda_expansion@hi", "'oda_expansion' has no variant 'hi'"),
        (
            "oda_expansion.yml",
            "is the path 'oda_expansion.yml'; write the name alone, oda_",
        ),
        ("../oda_expansion", "'extends' is the path '../oda_expansion'; "),
        ("mine", "extends itself: mine → mine"),
        ("oda_expansio", "extends the unknown scenario 'oda_expansio'; did you mean"),
    ],
)
def test_parent_is_inherited_from_or_refused(
    extends: str, told: str, tmp_path: Path, shipped_model: Model
) -> None:
    file = tmp_path / "mine.yml"
    file.write_text(
        f"name: mine\ntitle: A\nhorizon: {{start: 2025, end: 2040}}\nextends: {extends}\n", "utf-8"
    )
    with pytest.raises(InputError) as refused:
        shipped_model.scenario_reader().read(file)
    (fault,) = refused.value.refusals
    assert fault.place.line == 4
    assert told in str(fault)

"""A second reading of files that the package accepted: other parsers, and rules written anew.

YAML is read by ruamel.yaml and tables by pandas; what a file may hold is said again as JSON Schemas
and a few checks of names, units and dates. Each function raises AssertionError where the package
should not have accepted the file, or read another value than is printed.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.scanner import ScannerError

NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
FIGURE = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


# ---------------------------------------------------------------------- what is printed


def read(text: str) -> Any:
    """Return the content of a YAML text; numbers as Decimal. No aliases, tags, repeated keys."""
    try:
        root = YAML(typ="safe", pure=True).compose(io.StringIO(text.removeprefix("\ufeff")))
    except ScannerError:
        if "\t" not in text:
            raise
        return read(text.replace("\t", " "))  # YAML allows a tab between two tokens
    return _plain(root)


def _plain(node: Any) -> Any:
    if isinstance(node, MappingNode):
        keys = [key.value for key, _ in node.value]
        assert all(isinstance(key, ScalarNode) for key, _ in node.value)
        assert len(set(keys)) == len(keys), "a repeated key"
        return {key: _plain(value) for key, (_, value) in zip(keys, node.value, strict=True)}
    if isinstance(node, SequenceNode):
        return [_plain(item) for item in node.value]
    if node is None:
        return None
    assert isinstance(node, ScalarNode)
    assert node.anchor is None, "an anchor"
    if node.style is not None and node.style != "":
        return node.value
    return (
        Decimal(node.value) if NUMBER.fullmatch(node.value) else WORDS.get(node.value, node.value)
    )


def assert_same(ours: Any, printed: Any, place: str = "") -> None:
    """Check that two readings agree, type by type."""
    if isinstance(printed, Mapping):
        assert isinstance(ours, Mapping), place
        assert list(ours) == list(printed), place
        for key, value in printed.items():
            assert_same(ours[key], value, f"{place}/{key}")
    elif isinstance(printed, list):
        assert isinstance(ours, list), place
        assert len(ours) == len(printed), place
        for index, value in enumerate(printed):
            assert_same(ours[index], value, f"{place}/{index}")
    elif isinstance(printed, Decimal):
        assert isinstance(ours, int | float), place
        assert not isinstance(ours, bool), place
        assert math.isfinite(ours), place
        assert float(printed) == float(ours), f"{place}: {printed} read as {ours}"
    else:
        assert type(ours) is type(printed), f"{place}: {printed!r} read as {ours!r}"
        assert ours == printed, f"{place}: {printed!r} read as {ours!r}"


# ---------------------------------------------------------------------- what a file may hold

Schema = dict[str, Any]


def number(**bounds: float) -> Schema:
    return {"type": "number", **bounds}


def whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}


def one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def keys(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def named(schema: Schema) -> Schema:
    names = {"pattern": r"^\S+( \S+)*$"}
    return {"type": "object", "additionalProperties": schema, "propertyNames": names}


def listed(schema: Schema, least: int = 0, most: int | None = None) -> Schema:
    most_items = {} if most is None else {"maxItems": most}
    return {"type": "array", "items": schema, "minItems": least, **most_items}


TEXT: Schema = {"type": "string"}
REASON: Schema = {"type": "string", "minLength": 8}
NAME: Schema = {"type": "string", "pattern": r"^[a-z][a-z0-9_]{0,59}$"}
LARGEST = 1e15
ANY = number(minimum=-LARGEST, maximum=LARGEST)
PRIOR: Schema = {
    **keys(
        {},
        normal=keys({"mean": ANY, "sd": number(exclusiveMinimum=0, maximum=LARGEST)}),
        lognormal=keys(
            {
                "median": number(exclusiveMinimum=0, maximum=LARGEST),
                "sigma": number(exclusiveMinimum=0, maximum=3),
            }
        ),
        logit_normal=keys(
            {
                "median": number(exclusiveMinimum=0, exclusiveMaximum=1),
                "sigma": number(exclusiveMinimum=0, maximum=5),
            }
        ),
        fixed=ANY,
    ),
    "minProperties": 1,
    "maxProperties": 1,
}


YEAR: Schema = whole(1900, 2100)
DATE: Schema = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
KNOWN_FROM: Schema = {"anyOf": [YEAR, DATE]}
GRADE: Schema = one_of("empirical", "published", "assumed")
SUPPORT: Schema = keys({}, **dict.fromkeys(("sign", "size", "spread"), GRADE))


def dated(schema: Schema, prior: Schema) -> Schema:
    """Return what also says since when its prior was known, and what stood there before."""
    known = {**schema["properties"], "known_from": KNOWN_FROM, "fallback": prior}
    not_fixed = {"properties": {"prior": {"not": {"required": ["fixed"]}}}}
    without_date = {"not": {"required": ["known_from"]}}
    return schema | {
        "properties": known,
        "dependentRequired": {"fallback": ["known_from"]},
        "anyOf": [without_date, {"required": ["fallback"]}, not_fixed],
    }


def parameter(prior: Schema, **further: Schema) -> Schema:
    grade = one_of("empirical", "published", "assumed")
    known = {"prior": prior, "unit": TEXT, "grade": grade, "reference": REASON}
    return dated(keys(known, **further), prior)


POSITIVE_PRIOR: Schema = {
    "allOf": [
        PRIOR,
        {
            "not": {"required": ["normal"]},
            "properties": {"fixed": number(exclusiveMinimum=0)},
        },
    ]
}
SHARE_PRIOR: Schema = {
    "allOf": [
        PRIOR,
        {
            "not": {"anyOf": [{"required": ["normal"]}, {"required": ["lognormal"]}]},
            "properties": {"fixed": number(exclusiveMinimum=0, exclusiveMaximum=1)},
        },
    ]
}
FREE, POSITIVE, SHARE = parameter(PRIOR), parameter(POSITIVE_PRIOR), parameter(SHARE_PRIOR)


def law(kind: str, required: Mapping[str, Schema], **optional: Schema) -> Schema:
    return keys({"law": one_of(kind), **required}, **optional)


LAW: Schema = {
    "oneOf": [
        law(
            "growth",
            {"volatility": POSITIVE},
            origin=YEAR,
            initial_growth=FREE,
            long_run_growth=FREE,
            half_life=POSITIVE,
            slowdown=POSITIVE,
            transitory=POSITIVE,
            departure_half_life=POSITIVE,
            follows=NAME,
            crisis_years=keys(
                {
                    "share": number(exclusiveMinimum=0, exclusiveMaximum=0.5),
                    "times": number(minimum=1, maximum=10),
                    "grade": one_of("empirical", "published", "assumed"),
                    "reference": REASON,
                }
            ),
            season=POSITIVE,
            release_lag=POSITIVE,
        ),
        law(
            "reverting",
            {"equilibrium": FREE, "spread": POSITIVE, "half_life": POSITIVE},
            level=FREE,
            level_year=YEAR,
            season=POSITIVE,
        ),
        law(
            "shares",
            {
                "whole": NAME,
                "groups": listed(NAME, 1),
                "rest": NAME,
                "equilibrium": FREE,
                "spread": POSITIVE,
                "half_life": POSITIVE,
                "season": POSITIVE,
            },
        ),
        law(
            "count",
            {"rate": POSITIVE, "dispersion": POSITIVE},
            events=listed(TEXT),
            recurring=listed(TEXT),
            coverage=listed(
                keys(
                    {
                        "document": TEXT,
                        "years": listed(YEAR, 2, 2),
                        "share": number(exclusiveMinimum=0, maximum=1),
                        "reason": TEXT,
                    }
                )
            ),
            figures=listed(NAME),
            occasions=named(whole(1, 10_000)),
        ),
        law("percent", {"equilibrium": SHARE, "spread": POSITIVE, "half_life": POSITIVE}),
        law("accrual", {"rate": POSITIVE, "years": POSITIVE}),
    ]
}
RANGE = listed(number(), 2, 2)
LINE_RANGES: Schema = {
    "type": "string",
    "pattern": "^[1-9][0-9]*(-[1-9][0-9]*)?(;[1-9][0-9]*(-[1-9][0-9]*)?)*$",
}
SHA = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
LAG = {
    **keys(
        {},
        fixed=whole(0, 20),
        phase_in=whole(1, 30),
        half_life=number(exclusiveMinimum=0, maximum=30),
    ),
    "minProperties": 1,
    "maxProperties": 1,
}
COUNTERPART: Schema = {"type": "string", "pattern": r"(?is)^(?!\s*$)(?!\s*none(:\s*)?\s*$)"}
"""A series, or "none: " and why."""
SCHEMAS: dict[str, Schema] = {
    "indicators.yml": keys(
        {
            "units": named(
                keys({"dimension": TEXT, "scale": number(exclusiveMinimum=0), "label": TEXT})
            ),
            "indicators": {
                **named(
                    keys(
                        {
                            "label": TEXT,
                            "unit": TEXT,
                            "kind": one_of("stock", "flow", "rate", "count", "rank", "index"),
                            "sector": TEXT,
                            "sign": one_of("positive", "nonnegative", "any"),
                            "decimals": whole(0, 6),
                            "price_basis": one_of("nominal", "real", "none"),
                            "iamc": TEXT,
                            "meaning": TEXT,
                            "counterpart": COUNTERPART,
                        },
                        not_projected=TEXT,
                        context={"type": "boolean"},
                        formerly=listed(NAME),
                        most=number(exclusiveMinimum=0),
                        headline={"type": "boolean"},
                        headline_effect={"type": "boolean"},
                        report_fan=whole(1, 1_000),
                        report_budget=whole(1, 1_000),
                    )
                ),
                "propertyNames": NAME,
            },
        }
    ),
    "documents.yml": keys(
        {
            "documents": named(
                keys(
                    {
                        "file": TEXT,
                        "sha256": SHA,
                        "title": TEXT,
                        "language": TEXT,
                        "kind": TEXT,
                        "published": DATE,
                        "reliability": one_of("high", "medium", "low"),
                        "reliability_reason": TEXT,
                    },
                    published_note=TEXT,
                    authors=listed(TEXT),
                    original_title=TEXT,
                    container=TEXT,
                    volume=TEXT,
                    issue=TEXT,
                    publisher=TEXT,
                    url=TEXT,
                    lines={"type": "integer", "minimum": 1},
                )
            )
        },
        official=named(
            keys(
                {"title": TEXT, "publisher": TEXT, "published": DATE, "terms": TEXT},
                published_note=TEXT,
                reliability=one_of("high", "medium", "low"),
                lag_months=whole(0, 60),
                lag_note=TEXT,
            )
        ),
    ),
    "links.yml": keys(
        {
            "links": named(
                dated(
                    keys(
                        {
                            "driver": NAME,
                            "response": NAME,
                            "form": one_of("elasticity", "semi", "added"),
                            "lag": LAG,
                            "grade": one_of("calibrated", "empirical", "published", "assumed"),
                            "reference": REASON,
                        },
                        prior=PRIOR,
                        shared=named(ANY),
                        support=SUPPORT,
                    ),
                    PRIOR,
                )
            ),
        },
        not_modelled={"type": "array"},
        coefficients=named(parameter(PRIOR, support=SUPPORT)),
    ),
    "levers.yml": keys(
        {
            "levers": named(
                keys(
                    {"meaning": TEXT, "unit": TEXT},
                    label=TEXT,
                    fiscal={"type": "boolean"},
                    part_of=TEXT,
                    formerly=listed(NAME),
                    multiply=RANGE,
                    add=RANGE,
                    set=RANGE,
                    limit=RANGE,
                )
            )
        }
    ),
    "event_types.yml": keys(
        {
            "event_types": named(
                keys(
                    {
                        "meaning": TEXT,
                        "sector": TEXT,
                        "fields": named(
                            keys(
                                {"unit": TEXT, "meaning": TEXT, "range": RANGE},
                                whole={"type": "boolean"},
                                default={"type": "number"},
                                stands_for=listed(TEXT, 1),
                            )
                        ),
                    },
                    label=TEXT,
                    formerly=listed(NAME),
                    choices=named(keys({"meaning": TEXT, "options": named(TEXT), "default": NAME})),
                )
            )
        }
    ),
    "targets.yml": keys(
        {
            "targets": listed(
                keys(
                    {
                        "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
                        "title": TEXT,
                        "indicator": NAME,
                        "sense": one_of("at_least", "at_most", "between"),
                        "value": number(),
                        "unit": TEXT,
                        "by": DATE,
                        "document": TEXT,
                        "line": {"type": "string", "pattern": "^[1-9][0-9]*(;[1-9][0-9]*)*$"},
                        "place": TEXT,
                        "grade": one_of("documented", "assumed"),
                    },
                    upper=number(),
                    note=TEXT,
                    outcome=one_of("kept", "missed"),
                )
            )
        }
    ),
    "coverage.yml": keys(
        {
            "coverage": named(
                keys(
                    {
                        "what": REASON,
                        "kind": one_of(
                            *("programme", "institution", "claim", "target", "priority", "figure")
                        ),
                        "lines": {**named(LINE_RANGES), "minProperties": 1},
                        "status": one_of("modelled", "context", "not_modelled"),
                    },
                    by=listed(TEXT),
                    reason=TEXT,
                )
            )
        }
    ),
    "parameters": keys({"sector": NAME}, laws=named(LAW), parameters=named(FREE)),
}
SECTORS = (
    *("macro", "trade", "investment", "oda", "security", "labour", "people", "diplomacy"),
    *("technology", "education", "localities", "energy", "index"),
)


PROSE = {
    *("title", "narrative", "sources", "label", "meaning", "not_projected", "reliability_reason"),
    *("published_note", "kind", "file", "reference", "what", "reason", "place", "note"),
    "counterpart",
}
"""Keys of text that loses the blanks at its ends; all other text stays as it is written."""


def _floats(content: Any, key: str = "") -> Any:
    """Return content with floats for Decimals, as JSON Schema has them; prose stripped as ours."""
    if isinstance(content, dict):
        return {name: _floats(value, name) for name, value in content.items()}
    if isinstance(content, list):
        return [_floats(item, key) for item in content]
    if isinstance(content, Decimal):
        is_whole = content == content.to_integral_value() and content.as_tuple().exponent == 0
        return int(content) if is_whole else float(content)
    return content.strip() if isinstance(content, str) and key in PROSE else content


@cache
def _validator(name: str) -> Any:
    schema = SCHEMAS[name]
    if name != "parameters":  # what an own file lacks is in the shipped one
        removed = {"type": "object", "additionalProperties": listed(TEXT)}
        sections = {**schema["properties"], "remove": removed}
        schema = {**schema, "properties": sections, "required": []}
    return jsonschema.Draft202012Validator(schema)


@cache
def assert_holds(name: str, text: str) -> None:
    """Check one file of a models folder against its schema here."""
    faults = list(_validator(name).iter_errors(_floats(content_of(text))))
    assert not faults, f"{name} at {list(faults[0].absolute_path)}: {faults[0].message[:300]}"


# ---------------------------------------------------------------------- names, units and dates


@cache
def content_of(text: str) -> Any:
    return read(text)


def texts_of(folder: Path) -> dict[str, str]:
    """Return the text of every YAML file of a models folder by its path below it."""
    files = sorted(folder.glob("*.yml")) + sorted((folder / "parameters").glob("*.yml"))
    return {f.relative_to(folder).as_posix(): f.read_text(encoding="utf-8-sig") for f in files}


def yaml_of(folder: Path) -> dict[str, Any]:
    """Return the content of every YAML file of a models folder by its path below it."""
    return {name: content_of(text) for name, text in texts_of(folder).items()}


def over(own: Any, shipped: Any) -> Any:
    """Return the content of a file whose entries stand over those of the shipped one."""
    whole = {}
    for section, below in shipped.items():
        above, dropped = own.get(section, type(below)()), own.get("remove", {}).get(section, [])
        if isinstance(below, dict):
            whole[section] = {n: v for n, v in below.items() if n not in dropped} | above
        else:
            names = [*dropped, *(item.get("id", item.get("claim")) for item in above)]
            kept = [item for item in below if item.get("id", item.get("claim")) not in names]
            whole[section] = [*kept, *above]
    return whole


def whole_yaml_of(folder: Path, shipped: Path) -> dict[str, Any]:
    """Return the content of a models folder with what it lacks from the shipped one."""
    own, known = yaml_of(folder), yaml_of(shipped)
    return {
        name: own.get(name, content)
        if name.startswith("parameters/")
        else over(own.get(name, {}), content)
        for name, content in known.items()
    } | {name: content for name, content in own.items() if name not in known}


def assert_models_hold(folder: Path, shipped: Path) -> None:
    """Check every YAML file of a models folder; names that the model knows are the shipped ones."""
    for name, text in texts_of(folder).items():
        assert_holds(name.partition("/")[0] if "/" in name else name, text)
    files, known = whole_yaml_of(folder, shipped), yaml_of(shipped)
    registry = files["indicators.yml"]
    _check_registry(registry, known["indicators.yml"]["indicators"])
    _check_instruments(files, known, registry["units"])
    for link in files["links.yml"]["links"].values():
        assert {link["driver"], link["response"]} <= set(registry["indicators"])
    documents = files["documents.yml"]["documents"]
    for document in documents.values():
        date.fromisoformat(document["published"])
    _check_targets(files["targets.yml"]["targets"], registry, documents)
    _check_coverage(files["coverage.yml"]["coverage"], documents)
    _check_parameters(files, known, registry["indicators"], documents)


def _check_registry(registry: Any, shipped: Mapping[str, Any]) -> None:
    for indicator in registry["indicators"].values():
        assert indicator["unit"] in registry["units"]
        assert indicator["sector"] in SECTORS
    projected = {name for name, indicator in shipped.items() if "not_projected" not in indicator}
    assert projected <= set(registry["indicators"]), "an indicator that a sector gives is missing"


def _check_instruments(files: Any, known: Any, units: Any) -> None:
    levers, types = files["levers.yml"]["levers"], files["event_types.yml"]["event_types"]
    assert set(levers) <= set(known["levers.yml"]["levers"]), "a lever that nothing follows"
    shipped = known["event_types.yml"]["event_types"]
    assert set(types) <= set(shipped), "an event type that nothing answers"
    for lever in levers.values():
        assert lever["unit"] in units
        assert lever.get("part_of", next(iter(levers))) in levers
        ranges = [lever[way] for way in ("multiply", "add", "set", "limit") if way in lever]
        assert ranges, "a lever that may not be moved"
        assert all(low < high for low, high in ranges)
        assert lever.get("multiply", [0])[0] >= 0
    for name, kind in types.items():
        assert kind["sector"] in SECTORS
        fields = shipped[name]["fields"]
        free = {n for n, field in fields.items() if {"default", "stands_for"} & set(field)}
        assert set(fields) - free <= set(kind["fields"]) <= set(fields)
        for field in kind["fields"].values():
            assert field["unit"] in units
            assert field["range"][0] < field["range"][1]
        for choice, given in kind.get("choices", {}).items():
            assert set(given["options"]) == set(shipped[name]["choices"][choice]["options"])
            assert len(given["options"]) > 1
            assert given["default"] in given["options"]


def _check_targets(targets: Any, registry: Any, documents: Any) -> None:
    assert len({target["id"] for target in targets}) == len(targets)
    for target in targets:
        indicator = registry["indicators"][target["indicator"]]
        kinds = {_dimension(unit, registry) for unit in (target["unit"], indicator["unit"])}
        assert len(kinds) == 1 or kinds == {"currency_usd", "currency_jpy"}
        assert target["document"] in documents
        date.fromisoformat(target["by"])
        assert ("upper" in target) == (target["sense"] == "between")
        assert target.get("upper", math.inf) > target["value"]


def _check_coverage(rows: Any, documents: Any) -> None:
    for row in rows.values():
        assert bool(row.get("by")) or row["status"] != "modelled"
        assert not (row.get("by") and row["status"] == "not_modelled")
        assert row.get("reason") or row["status"] == "modelled"
        for name, text in row["lines"].items():
            most = documents[name].get("lines", math.inf)
            ends = [list(map(int, part.split("-"))) for part in text.split(";")]
            assert all(first <= last <= most for first, *_, last in (e * 2 for e in ends))


def _dimension(unit: str, registry: Any) -> str:
    return str(registry["units"][unit]["dimension"])


def _check_parameters(files: Any, known: Any, indicators: Any, documents: Any) -> None:
    laws: dict[str, Any] = {}
    single: list[str] = []
    for name, content in files.items():
        if name.startswith("parameters/"):
            assert content["sector"] == Path(name).stem
            assert not set(laws) & set(content.get("laws", {}))
            laws |= content.get("laws", {})
            single += content.get("parameters", {})
    shipped = [content for name, content in known.items() if name.startswith("parameters/")]
    assert len(set(single)) == len(single), "a parameter twice"
    wanted = {p for content in shipped for p in content.get("parameters", {})}
    assert set(single) <= wanted, "a parameter that nothing reads"
    kinds = {n: law["law"] for content in shipped for n, law in content.get("laws", {}).items()}
    for name, content in laws.items():
        assert kinds[name] == content["law"], "a law of another kind"
        named_here = [content.get("whole"), content.get("rest"), *content.get("groups", [])]
        named_here += content.get("figures", [])
        assert {n for n in named_here if n is not None} <= set(indicators)
        assert all(window["document"] in documents for window in content.get("coverage", ()))


# ---------------------------------------------------------------------- tables

REPORTED = {
    *("exact", "rounded", "about", "nearly", "over", "at_least", "at_most", "growth", "share"),
    *("forecast", "pledge", "announced", "announced about", "announced nearly"),
    *("announced over", "announced at_least", "announced at_most"),
}
USES = {"calibrate", "check", "superseded", "disputed", "implausible"}
PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(/[0-9]{4}-(0[1-9]|1[0-2]))?|/[0-9]{4})?|FY[0-9]{4}")
LINES = re.compile(r"[1-9][0-9]*(; *[1-9][0-9]*)*")


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text, blank ones left out, cells without surrounding spaces."""
    frame = pd.read_csv(
        io.StringIO(text, newline=""), dtype=str, keep_default_na=False, index_col=False
    )
    rows = [{str(k): str(v).strip() for k, v in row.items()} for row in frame.to_dict("records")]
    return [row for row in rows if any(row.values())]


def assert_figures_hold(text: str, figures: list[Any], folder: Path) -> None:
    """Check each figure of a table, and that what was read is what is printed."""
    files = yaml_of(folder)
    registry, documents = files["indicators.yml"], files["documents.yml"]["documents"]
    rows = table(text)
    assert sorted(_printed(figure) for figure in figures) == sorted(
        tuple(_in_order(row)[name] for name in FIGURE_COLUMNS) for row in rows
    )
    keys_of = [
        tuple(v for k, v in row.items() if k not in ("place", "use", "note")) for row in rows
    ]
    assert len(set(keys_of)) == len(keys_of), "a figure twice"
    for figure in figures:
        value, factor = Decimal(figure.printed), _factor(figure, registry)
        assert math.isclose(figure.value, float(value) * factor, rel_tol=1e-12)
        assert figure.step > 0
    for row in rows:
        _check_figure(row, registry, documents)


FIGURE_COLUMNS = (
    *("indicator", "period", "value", "unit", "reported", "base_period", "of", "document", "line"),
    *("place", "use", "note"),
)


def _in_order(row: dict[str, str]) -> dict[str, str]:
    indicators = "+".join(sorted(row["indicator"].split("+")))
    return row | {"indicator": indicators, "line": row["line"].replace(" ", "")}


def _printed(figure: Any) -> tuple[str, ...]:
    base = figure.base_period.text if figure.base_period else ""
    lines = ";".join(map(str, figure.lines))
    return (
        *("+".join(figure.indicators), figure.period.text, figure.printed, figure.unit),
        *(figure.reported, base, figure.of, figure.document, lines, figure.place, figure.use),
        figure.note,
    )


def _factor(figure: Any, registry: Any) -> float:
    if figure.reported in ("growth", "share"):
        return 1.0
    units = registry["units"]
    scales = {
        float(units[figure.unit]["scale"] / units[registry["indicators"][name]["unit"]]["scale"])
        for name in figure.indicators
    }
    assert len(scales) == 1, "a sum of indicators in different units"
    return scales.pop()


def _check_figure(row: Mapping[str, str], registry: Any, documents: Any) -> None:
    names = row["indicator"].split("+")
    assert set(names) <= set(registry["indicators"])
    assert FIGURE.fullmatch(row["value"])
    assert not row["step"] or (FIGURE.fullmatch(row["step"]) and Decimal(row["step"]) > 0)
    assert row["reported"] in REPORTED
    assert row["use"] in USES
    assert row["use"] == "calibrate" or row["note"]
    assert PERIOD.fullmatch(row["period"])
    assert (row["reported"] == "growth") == bool(row["base_period"])
    assert (row["reported"] == "share") == bool(row["of"])
    _check_citation(row, documents)
    if row["reported"] in ("growth", "share"):
        assert row["unit"] == "percent"
    else:
        for name in names:
            unit = registry["indicators"][name]["unit"]
            assert _dimension(row["unit"], registry) == _dimension(unit, registry)
    if row["use"] == "calibrate" and row["reported"] != "growth":
        signs = {registry["indicators"][name]["sign"] for name in names}
        assert Decimal(row["value"]) >= 0 or "any" in signs


def _check_citation(row: Mapping[str, str], documents: Any) -> None:
    assert row["document"] in documents
    assert LINES.fullmatch(row["line"])
    assert row["place"]


def assert_events_hold(text: str, events: list[Any], folder: Path) -> None:
    """Check each event of a table, and that what was read is what is printed."""
    files = yaml_of(folder)
    units, documents = files["indicators.yml"]["units"], files["documents.yml"]["documents"]
    rows = table(text)
    columns = (*("date", "sector", "type", "actor", "unit", "document", "place", "note"),)
    assert sorted(tuple(getattr(event, c) for c in columns) for event in events) == sorted(
        tuple(row[c] for c in columns) for row in rows
    )
    numbers = [Decimal(row["value"]) for row in rows if FIGURE.fullmatch(row["value"])]
    assert len(numbers) == sum(bool(row["value"]) for row in rows)
    found = sorted(event.value for event in events if event.value is not None)
    assert found == sorted(map(float, numbers))
    assert len({tuple(row.values()) for row in rows}) == len(rows), "an event twice"
    for row in rows:
        day = row["date"]
        assert len(day) in (4, 7, 10)
        assert DAY.fullmatch((day + "-01-01")[:10])
        date.fromisoformat((day + "-01-01")[:10])
        assert row["sector"] in SECTORS
        assert row["type"]
        assert row["unit"] in units or not (row["unit"] or row["value"])
        _check_citation(row, documents)


# ---------------------------------------------------------------------- scenarios


REASONS = ("why", "reference", "grade")


def assert_scenario_holds(
    text: str, scenario: Any, parent: Callable[[str], str], models: Path, schema: Schema
) -> None:
    """Check a scenario against the published JSON Schema, and what was read with what is printed.

    Parameters
    ----------
    text : of the scenario's file.
    scenario : as the package read it.
    parent : gives the text of a scenario that may be extended.
    models : the models folder.
    schema : the JSON Schema of scenario files.
    """
    own = _floats(content_of(text.removeprefix("\ufeff")))
    faults = list(jsonschema.Draft202012Validator(schema).iter_errors(own))
    assert not faults, f"at {list(faults[0].absolute_path)}: {faults[0].message[:300]}"
    levers, priors, events, horizon = _merged(own, parent)
    assert (scenario.name, scenario.title) == (own["name"], own["title"])
    assert (scenario.start, scenario.end) == (horizon["start"], horizon["end"])
    assert scenario.narrative == own.get("narrative", "")
    assert list(scenario.sources) == own.get("sources", [])
    waiting = [*levers.values(), *(event for _, event in events)]
    fixed = ["fixed"] if any("when" in one for one in waiting) else []
    assert list(scenario.variants) == list(dict.fromkeys([*own.get("variants", {}), *fixed]))
    files = yaml_of(models)
    _check_levers(levers, scenario, files["levers.yml"]["levers"], horizon)
    kinds = files["event_types.yml"]["event_types"]
    _check_waits(waiting, scenario, files["indicators.yml"], horizon)
    _check_events([event for _, event in events], scenario, kinds, horizon)
    assert set(priors) == set(scenario.parameters)
    singles = {n for c in files.values() for n in c.get("parameters", {})}
    singles |= {n for part in ("links", "coefficients") for n in files["links.yml"][part]}
    for name, prior in priors.items():
        assert name in singles
        jsonschema.validate(prior, PRIOR)
        assert scenario.parameters[name].model_dump(exclude_none=True) == prior


def _merged(content: Any, parent: Callable[[str], str]) -> tuple[Any, Any, Any, Any]:
    """Return levers, priors, events (each with whose it is) and horizon of a scenario."""
    levers: dict[str, Any] = {}
    priors: dict[str, Any] = {}
    events: list[tuple[Any, Any]] = []
    horizon: Any = {}
    extends = content.get("extends", [])
    for name in extends if isinstance(extends, list) else [extends]:
        more = _merged(_floats(content_of(parent(name))), parent)
        for mine, theirs in ((levers, more[0]), (priors, more[1])):
            dropped = content.get("remove", {})
            stated = {*content.get("levers", {}), *content.get("parameters", {})}
            stated |= {*dropped.get("levers", []), *dropped.get("parameters", [])}
            assert all(mine.get(n, v) == v or n in stated for n, v in theirs.items())
            mine.update(theirs)
        events += [event for event in more[2] if event not in events]
        horizon = horizon or more[3]
    dropped = content.get("remove", {})
    levers = {n: v for n, v in levers.items() if n not in dropped.get("levers", [])}
    priors = {n: v for n, v in priors.items() if n not in dropped.get("parameters", [])}
    events = [e for e in events if e[1]["type"] not in dropped.get("events", [])]
    events += [((content["name"], i), e) for i, e in enumerate(content.get("events", []))]
    return (
        levers | content.get("levers", {}),
        priors | content.get("parameters", {}),
        events,
        content.get("horizon", horizon),
    )


def _check_levers(levers: Any, scenario: Any, known: Any, horizon: Any) -> None:
    assert set(levers) == set(scenario.levers)
    for name, path in levers.items():
        dumped = scenario.levers[name].model_dump(by_alias=True, exclude_defaults=True)
        (way,) = {"multiply", "add", "set", "at_least", "at_most"} & set(path)
        apart = {way, "when"}
        rest = {key: value for key, value in path.items() if value != "" and key not in apart}
        assert rest == {key: value for key, value in dumped.items() if key not in apart}
        low, high = known[name]["limit" if way.startswith("at_") else way]
        unit = "" if way == "multiply" else known[name]["unit"]
        held = dumped[way] if isinstance(path[way], dict) else {path["from"]: dumped[way]}
        stated = path[way] if isinstance(path[way], dict) else {path["from"]: path[way]}
        amounts = {year: amount(value, unit)[0] for year, value in stated.items()}
        assert {y: amount(x, unit) for y, x in held.items()} == {
            y: amount(x, unit) for y, x in stated.items()
        }
        assert len({amount(x, unit)[1:] for x in stated.values()}) == 1
        years = [int(year) for year in amounts]
        assert all(re.fullmatch("[0-9]{4}", str(year)) for year in amounts)
        assert all(low <= number <= high for number in amounts.values())
        assert horizon["start"] <= min(years) <= horizon["end"]
        assert isinstance(path[way], dict) == (path["path"] == "series")
        assert path["path"] not in ("ramp", "pulse") or path["to"] >= path["from"]


WAITS = re.compile(r"(\S+) (below|above) (-?[0-9.]+)( .+?)??( from (20[0-9]{2}))?")


def waited(one: Any) -> tuple[Any, ...]:
    """Return indicator, side, number, unit and first year of what a lever or event waits for."""
    if isinstance(one["when"], str):
        found = WAITS.fullmatch(one["when"])
        assert found, one["when"]
        name, side, limit, unit, since = found[1], found[2], found[3], found[4], found[6]
    else:
        (side,) = {"below", "above"} & set(one["when"])
        limit, _, unit = str(one["when"][side]).partition(" ")
        name, since = one["when"]["indicator"], one["when"].get("from")
        unit = one["when"].get("unit", unit)
    years = [int(str(one[key])[:4]) for key in ("from", "on") if key in one]
    years += [int(y) for x in one.values() if isinstance(x, dict) for y in x if str(y).isdigit()]
    first = min(years)
    assert int(since or first) <= first
    return name, side, float(limit), (unit or "").strip(), int(since or first)


def _check_waits(waiting: Any, scenario: Any, registry: Any, horizon: Any) -> None:
    """Check what levers and events wait for against what was read of it."""
    held = sorted(one.when for one in (*scenario.levers.values(), *scenario.events) if one.when)
    stated = [waited(one) for one in waiting if "when" in one]
    assert len(held) == len(stated)
    for text, (name, side, limit, unit, first) in zip(held, sorted(stated), strict=True):
        own = registry["indicators"][name]["unit"]
        word = WAITS.fullmatch(text)
        assert word is not None
        assert (word[1], word[2], int(word[6])) == (name, side, first)
        assert "not_projected" not in registry["indicators"][name]
        assert first > horizon["start"]
        scale = {"thousand": 1e3, "million": 1e6}.get(unit.partition(" ")[0], 1.0)
        assert unit or float(word[3]) == limit
        assert (unit.partition(" ")[2] if scale > 1.0 else unit) != own or math.isclose(
            float(word[3]), scale * limit
        )


def _check_events(events: Any, scenario: Any, known: Any, horizon: Any) -> None:
    assert sorted((e["on"], e["type"]) for e in events) == sorted(
        (e.on.isoformat(), e.type) for e in scenario.events
    )
    usual = {
        kind: {name: choice["default"] for name, choice in given.get("choices", {}).items()}
        for kind, given in known.items()
    }
    amounts = sorted(
        (
            e["on"],
            e["type"],
            *sorted(
                (
                    _event_numbers(e, known[e["type"]]["fields"])
                    | {k: v for k, v in {**usual[e["type"]], **e}.items() if k in usual[e["type"]]}
                ).items()
            ),
        )
        for e in events
    )
    units = {
        kind: {name: field["unit"] for name, field in given["fields"].items()}
        for kind, given in known.items()
    }
    assert amounts == sorted(
        (
            e.on.isoformat(),
            e.type,
            *((n, amount(x, units[e.type][n]) if n in units[e.type] else x) for n, x in e.amounts),
        )
        for e in scenario.events
    )
    repeated = [(e["on"], e["type"], *_months(e["every"], horizon)) for e in events if "every" in e]
    assert sorted(repeated) == sorted(
        (e.on.isoformat(), e.type, *_months(e.every, horizon)) for e in scenario.events if e.every
    )
    said = [(e["on"], e["type"], *(e.get(key) or "" for key in REASONS)) for e in events]
    assert sorted(tuple(" ".join(word.split()) for word in words) for words in said) == sorted(
        (e.on.isoformat(), e.type, *vars(e.reason).values()) for e in scenario.events
    )
    assert sorted(e.get("chance", 1.0) for e in events) == sorted(e.chance for e in scenario.events)
    for event in events:
        fields = known[event["type"]]["fields"]
        choices = known[event["type"]].get("choices", {})
        optional = {n for n, field in fields.items() if {"default", "stands_for"} & set(field)}
        more = {"on", "type", "note", "chance", "every", "when", "why", "reference", "grade"}
        assert set(fields) - optional <= set(event) <= more | set(fields) | set(choices)
        assert all(event.get(n, c["default"]) in c["options"] for n, c in choices.items())
        assert 0.0 < event.get("chance", 1.0) <= 1.0
        assert horizon["start"] <= date.fromisoformat(event["on"]).year <= horizon["end"]
        for name in set(fields) & set(event):
            field = fields[name]
            number = amount(event[name], field["unit"])[0]
            assert field["range"][0] <= number <= field["range"][1]
            assert number == int(number) or not field.get("whole")
        assert "every" not in event or _months(event["every"], horizon)[1] >= int(event["on"][:4])


def _event_numbers(event: Any, fields: Any) -> dict[str, Any]:
    """Return what each field of an event is, given or not."""
    numbers = {name: field["default"] for name, field in fields.items() if "default" in field}
    for name, field in fields.items():
        numbers |= {other: event[name] for other in field.get("stands_for", ()) if name in event}
    stood_for = [name for name, field in fields.items() if "stands_for" in field]
    numbers |= {n: v for n, v in event.items() if n in fields and n not in stood_for}
    return {name: amount(value, fields[name]["unit"]) for name, value in numbers.items()}


MONEY = re.compile(
    r"(-?[0-9.e+-]+) (USD|JPY) (mn|bn|tn)( at ([0-9.]+) JPY per USD| at the rate of (20[0-9]{2}))?"
)
EVERY = re.compile(r"([1-9][0-9]? )?(year|month)s?( until (20[0-9]{2}))?")


def amount(value: Any, unit: str) -> tuple[float, str, bool]:
    """Return what a value states: a number of `unit`, its own currency, whether a rate is stated.

    What is in another currency is told at 150 yen a dollar, or at the rate that stands there.
    """
    if not isinstance(value, str):
        return (float(value), "", False)
    found = MONEY.fullmatch(value)
    assert found, value
    assert unit in ("USD bn", "JPY bn"), unit
    number = float(found[1]) * {"mn": 1e-3, "bn": 1.0, "tn": 1e3}[found[3]]
    if found[2] == unit[:3]:
        assert not found[4], value
        return (number, "", False)
    rate = float(found[5] or 150.0)
    told = number * rate if found[2] == "USD" else number / rate
    if found[4]:  # a published rate is kept as a stated one, which is not compared
        return (number * 150.0 if found[2] == "USD" else number / 150.0, found[2], True)
    return (told, found[2], False)


def _months(every: str, horizon: Any) -> tuple[int, int]:
    """Return in how many months an event comes again, and its last year."""
    found = EVERY.fullmatch(every)
    assert found, every
    months = int(found[1] or 1) * (12 if found[2] == "year" else 1)
    return months, int(found[4] or horizon["end"])

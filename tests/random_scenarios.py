"""Random scenario files: chains of one to three, with every kind of lever, event and prior."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import yaml
from hypothesis import strategies as st

from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.levers import OPERATIONS, EventField, Lever
from vnjp_sim.inputs.reasons import GRADES
from vnjp_sim.inputs.scenario_checks import ONE_NUMBER
from vnjp_sim.sectors.index import QUANTITIES
from vnjp_sim.simulation.model_data import Model

Content = dict[str, Any]
Years = tuple[int, int]

FIRST_FREE_YEAR = 2026
"""The first year that scenarios may steer: the figures reach to the year before."""
GRANTS = (0.0, 3.0)
"""Larger security grants pass the ceiling, and are refused."""
WORDS = st.text("abcXYZ ŷệt 日本 0123:#'\"{}[],&*!|>%@-.?", min_size=1, max_size=40)


def numbers(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers with three decimals, the ends of the range among them."""
    return st.integers(round(low * 1_000), round(high * 1_000)).map(lambda n: n / 1_000)


@st.composite
def amounts(draw: st.DrawFn, number: float, unit: str) -> float | str:
    """Draw how an amount is written: a number, mostly, or money in either currency."""
    currency, _, scale = unit.partition(" ")
    if currency not in RATES or scale != "bn" or draw(st.integers(0, 3)):
        return number
    written = draw(st.sampled_from(sorted(RATES)))
    rate = draw(st.sampled_from(["", " at the rate of 2020", " at 150 JPY per USD"]))
    if written == currency:
        return f"{number!r} {written} bn"
    return f"{round(number * RATES[currency], 6)!r} {written} bn{rate}"


RATES = {"JPY": 1 / 155.0, "USD": 100.0}
"""What an amount of a currency is multiplied by for about as much, and no more, of the other."""


def repetitions(first: int) -> st.SearchStrategy[str]:
    """Ways in which an event comes again, a few times."""
    number = st.sampled_from(["4 years", "30 months", "7 years"])
    until = st.sampled_from(["", f" until {first + 9}"])
    return st.tuples(number, until).map("".join)


@st.composite
def reasons(draw: st.DrawFn) -> Content:
    """Draw why a size is what it is, mostly nothing."""
    if draw(st.integers(0, 3)):
        return {}
    grade = draw(st.sampled_from(GRADES))
    return {"why": draw(WORDS), "reference": draw(WORDS), "grade": grade}


@st.composite
def lever_paths(draw: st.DrawFn, lever: Lever, years: Years) -> Content:
    """Draw a path of any kind and operation that the lever allows, within its range."""
    operation = draw(st.sampled_from([o for o in OPERATIONS if getattr(lever, o) is not None]))
    unit = "" if operation == "multiply" else lever.unit
    number = numbers(*getattr(lever, operation)).flatmap(lambda x: amounts(x, unit))
    path = draw(st.sampled_from(["step", "ramp", "pulse", "series"]))
    if path == "series":
        first = draw(st.integers(*years))
        later = draw(st.sets(st.integers(first, years[1] + 3), max_size=3))
        plain = numbers(*getattr(lever, operation))
        by_year = {y: draw(plain) for y in sorted({first, *later})}
        return {"path": path, operation: by_year, **draw(reasons())}
    begin = draw(st.integers(*years))
    content: Content = {"path": path, "from": begin, operation: draw(number)}
    if path != "step" or draw(st.booleans()):
        content["to"] = draw(st.integers(begin, years[1] + 3))
    return content | draw(reasons())


def levers(model: Model, years: Years, most: int) -> st.SearchStrategy[Content]:
    known = model.instruments.levers
    return st.sets(st.sampled_from(sorted(known)), max_size=most).flatmap(
        lambda names: st.fixed_dictionaries(
            {name: lever_paths(known[name], years) for name in sorted(names)}
        ).map(without_stated_sum)
    )


def without_stated_sum(levers: Content) -> Content:
    """Drop the lever that states the sum of aid if another one moves a part, which is refused."""
    stated = {"set", "at_least", "at_most"} & set(levers.get("oda_commitments", {}))
    if stated and {"oda_loans", "oda_grants"} & set(levers):
        return {name: path for name, path in levers.items() if name != "oda_commitments"}
    return levers


def field_values(kind: str, field: EventField) -> st.SearchStrategy[float]:
    low, high = GRANTS if kind == "osa_grant" else field.range
    return st.integers(int(low), int(high)) if field.whole else numbers(low, high)


@st.composite
def one_event(draw: st.DrawFn, model: Model, years: Years) -> Content:
    kind = draw(st.sampled_from(sorted(model.instruments.event_types)))
    fields = model.instruments.event_types[kind].fields
    choices = model.instruments.event_types[kind].choices
    day = draw(st.dates(date(years[0], 1, 1), date(years[1], 12, 31)))
    given = {
        name: draw(field_values(kind, field).flatmap(lambda x, unit=field.unit: amounts(x, unit)))
        for name, field in fields.items()
    }
    words = {name: draw(st.sampled_from([None, *one.options])) for name, one in choices.items()}
    stated = {name: word for name, word in words.items() if word is not None}
    again = {} if draw(st.integers(0, 4)) else {"every": draw(repetitions(day.year))}
    return {"on": day, "type": kind, **given, **stated, **again}


@st.composite
def one_prior(draw: st.DrawFn, name: str, shipped: Distribution) -> Content:
    """Draw a prior in place of the shipped one, of another size or form."""
    for begin, (low, high) in ONE_NUMBER.items():
        if name.startswith(begin):
            whole = name == "energy_projects"
            return {"fixed": draw(st.integers(1, 30) if whole else numbers(low, high))}
    if shipped.logit_normal is not None:
        share, sigma = draw(numbers(0.02, 0.98)), draw(numbers(0.05, 2.0))
        return draw(
            st.sampled_from([{"logit_normal": {"median": share, "sigma": sigma}}, {"fixed": share}])
        )
    centre = shipped.fixed
    if shipped.normal is not None:
        centre = shipped.normal.mean
    elif shipped.lognormal is not None:
        centre = shipped.lognormal.median
    assert centre is not None
    size = round(centre * draw(numbers(0.5, 2.0)), 6)
    forms: list[Content] = [{"fixed": size}]
    if shipped.lowest >= 0.0:
        forms.append({"lognormal": {"median": size, "sigma": draw(numbers(0.05, 0.5))}})
    else:
        forms.append({"normal": {"mean": size, "sd": draw(numbers(0.01, 1.0))}})
    return draw(st.sampled_from(forms))


INDEX_SCALES = tuple(f"{name}_scale" for name in QUANTITIES)
"""Identities of the indices are looked at for the scales that the model states."""


@st.composite
def priors(draw: st.DrawFn, model: Model, most: int) -> Content:
    known = sorted(model.replaceable.keys() - set(INDEX_SCALES))
    names = draw(st.sets(st.sampled_from(known), max_size=most))
    free = model.parameters.single.keys()
    return {
        name: draw(one_prior(name, model.replaceable[name]) if name in free else link_sizes())
        for name in sorted(names)
    }


def link_sizes() -> st.SearchStrategy[Content]:
    """Sizes of links, small, so that loops die out."""
    return st.sampled_from(
        [{"fixed": 0.0}, {"fixed": 0.01}, {"normal": {"mean": 0.005, "sd": 0.002}}]
    )


@st.composite
def removals(draw: st.DrawFn, chain: list[Content]) -> Content:
    """Draw what a scenario drops of what its parents have: at most one name of each kind."""
    found = {}
    for kind in ("levers", "parameters", "events"):
        inherited: set[str] = set()
        for parent in chain:
            inherited -= set(parent.get("remove", {}).get(kind, ()))
            own = parent[kind]
            inherited |= {one["type"] for one in own} if kind == "events" else set(own)
        if inherited and draw(st.booleans()):
            found[kind] = [draw(st.sampled_from(sorted(inherited)))]
    return found


WAITS: tuple[Any, ...] = (
    "trade_turnover above 55",
    {"indicator": "trade_turnover", "above": 55, "unit": "USD bn"},
    {"indicator": "trade_turnover", "above": "55000 USD mn"},
)
"""Ways to say one thing, so that few futures are made."""


def let_wait(content: Content, first: int, when: Any) -> None:
    """Let a lever and an event of a scenario wait, for the same from the same year on."""
    since = f"{when} from {first}" if isinstance(when, str) else {**when, "from": first}
    events = [event for event in content["events"] if event["on"].month > 3]
    for one in [*list(content["levers"].values())[:1], *events[:1]]:
        one["when"] = since


@st.composite
def chains(draw: st.DrawFn, model: Model) -> list[Content]:
    """Draw the contents of a chain of scenario files, from the root to the scenario itself.

    The last one is called `leaf`; it may extend the shipped baseline, which is no file then.
    """
    start = draw(st.integers(2025, 2029))
    end = start + draw(st.integers(1, 16))
    years = (max(start, FIRST_FREE_YEAR), end)
    names = ["root", "middle", "leaf"][-draw(st.integers(1, 3)) :]
    parent = draw(st.sampled_from([None, "base"]))
    chain: list[Content] = []
    for name in names:
        content: Content = {"name": name, "title": draw(WORDS), "narrative": draw(WORDS)}
        content["sources"] = draw(st.lists(WORDS, max_size=2))
        if parent is not None:
            content["extends"] = parent
        if not chain or draw(st.booleans()):
            longer = draw(st.integers(0, 3)) if chain else 0
            content["horizon"] = {"start": start, "end": end + longer}
        content["levers"] = draw(levers(model, years, 3))
        content["events"] = draw(st.lists(one_event(model, years), max_size=3))
        if content["events"] and draw(st.booleans()):  # one a file: fewer than may be
            content["events"][0]["chance"] = draw(numbers(0.001, 1.0))
            content["events"][0].pop("every", None)
        if parent is not None and start < years[0] and draw(st.integers(0, 3)) == 0:
            let_wait(content, years[0], draw(st.sampled_from(WAITS)))
        content["parameters"] = draw(priors(model, 1))
        if draw(st.booleans()):
            content["variants"] = {"low": {"levers": draw(levers(model, years, 1))}}
        removed = draw(removals(chain))
        if removed:
            content["remove"] = removed
        chain.append(content)
        parent = name
    return chain


def yaml_text(content: Mapping[str, Any]) -> str:
    """Write a scenario as a file, its keys in the order of `content`."""
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True, width=200)


def yaml_text_otherwise(content: Content, rng: np.random.Generator) -> str:
    """Write the same scenario with its keys and events in another order, and in another style."""
    text = yaml.safe_dump(
        _shuffled(content, rng),
        sort_keys=False,
        allow_unicode=False,
        default_flow_style=bool(rng.integers(2)),
        width=60,
        indent=4,
    )
    return f"# the same in other words\n{text}"


def _shuffled(content: Any, rng: np.random.Generator) -> Any:
    if isinstance(content, dict):
        keys = [list(content)[place] for place in rng.permutation(len(content))]
        return {key: _shuffled(content[key], rng) for key in keys}
    if isinstance(content, list):
        events = all(isinstance(item, dict) for item in content)
        places = rng.permutation(len(content)) if events else range(len(content))
        return [_shuffled(content[place], rng) for place in places]
    return content.isoformat() if isinstance(content, date) else content

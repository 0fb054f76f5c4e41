r"""Links: effects of one sector on another, as they are read.

A link acts on the deviation d of its driver x from the baseline x₀ of the same draw:

============ =========================== ==========================================
form         deviation                   effect on the response
============ =========================== ==========================================
elasticity   d = log(x / x₀)             × exp(β E), drivers that are always positive
semi         d = x − x₀                  × exp(β E), counts and what may be zero
added        d = x − x₀                  + β E, the same unit as the response
============ =========================== ==========================================

Drivers with a central course (the two economies and the yen) depart from that course in every
scenario, the baseline too: their x₀ is the course.

E is the lagged deviation: `fixed` k, E_t = d_{t−k}; `phase_in` n, E_t = (d_t + … + d_{t−n+1}) / n;
`half_life` h, with λ = 2^{−1/h}, E_t = λ E_{t−1} + d_t for semi (an impulse that fades) and
E_t = λ E_{t−1} + (1 − λ) d_t else (a slow adjustment). Before the horizon every deviation is zero.
What is added leaves at least one per cent of the response, as the levers of trade do, so that
ratios stay finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from pydantic import Field, model_validator

from vnjp_sim.foundation.errors import BadValueError, InputError, Place, Refusal, did_you_mean
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import Grade
from vnjp_sim.inputs.distributions import Dated, Distribution, Number
from vnjp_sim.inputs.models_folder import read_models_yaml
from vnjp_sim.inputs.number_text import exact
from vnjp_sim.inputs.parameters import Parameter
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.schema import Checked, Id, Text, check
from vnjp_sim.inputs.strict_yaml import StrictYaml

MAX_LINKS = 100
FORM_NAMES = {"elasticity": "elasticity", "semi": "semi-elasticity", "added": "additive effect"}
"""What tables call the form of a link."""
"""So many links a models folder may have: more would make the search for loops slow."""


Part = Literal["sign", "size", "spread"]
"""What of an effect is graded."""

NO_OWN_PART = Distribution(fixed=0.0)


class Lag(Checked):
    """The shape of a link in time; exactly one is given."""

    fixed: int | None = Field(default=None, ge=0, le=20)
    phase_in: int | None = Field(default=None, ge=1, le=30)
    half_life: float | None = Field(default=None, gt=0, le=30)

    @model_validator(mode="after")
    def _one(self) -> Lag:
        if sum(value is not None for value in (self.fixed, self.phase_in, self.half_life)) != 1:
            raise BadValueError(
                "a lag needs exactly one shape", "give fixed, phase_in or half_life"
            )
        return self

    @property
    def same_year(self) -> bool:
        """Whether the driver of a year already acts in that year."""
        return self.fixed is None or self.fixed == 0

    @property
    def text(self) -> str:
        """A short form for tables and graphs."""
        if self.fixed is not None:
            return "same year" if self.fixed == 0 else f"after {self.fixed} y"
        if self.phase_in is not None:
            return f"over {self.phase_in} y"
        assert self.half_life is not None  # noqa: S101 - the validator saw to it
        return f"half-life {exact(self.half_life)} y"


class Graded(Checked):
    """How well an effect is supported, in three parts: its sign, its size and its spread.

    `support` grades each; a part that it leaves out has the `grade`, which is that of the weakest
    part, nearly always the spread.
    """

    grade: Literal["calibrated", Grade]
    support: dict[Part, Grade] = {}

    @model_validator(mode="after")
    def _weakest(self) -> Graded:
        grades = self.parts.values()
        if self.grade != "assumed" and "assumed" in grades:
            what = f"is called {self.grade}, yet a part of it is assumed"
            raise BadValueError(what, "give the grade of the weakest part: assumed")
        if self.grade not in grades:
            what = f"is called {self.grade}, yet none of its parts is"
            raise BadValueError(what, "give the grade of the weakest part")
        return self

    @property
    def parts(self) -> dict[Part, str]:
        """The grade of each part."""
        return {part: self.support.get(part, self.grade) for part in get_args(Part)}

    @property
    def graded(self) -> str:
        """The three grades in words, such as `sign published, size assumed, spread assumed`."""
        return ", ".join(f"{part} {grade}" for part, grade in self.parts.items())


class Coefficient(Graded, Parameter):
    """An effect that links of one mechanism share, with its prior and reference."""

    grade: Grade


class _LinkOfFile(Graded, Dated):
    driver: Id
    response: Id
    form: Literal["elasticity", "semi", "added"]
    lag: Lag
    prior: Distribution = NO_OWN_PART
    shared: dict[Id, Number] = {}
    reference: Text = Field(min_length=8)

    @model_validator(mode="after")
    def _some(self) -> _LinkOfFile:
        if not self.shared and "prior" not in self.model_fields_set:
            raise BadValueError("has no coefficient", "give a prior, or what it shares, or both")
        return self


class Link(_LinkOfFile):
    """One driver → response effect with its coefficient, grade and reference.

    The coefficient is `prior`, the link's own part, plus each of the `coefficients` that links of
    one mechanism share, times its weight in `shared`.
    """

    coefficients: dict[Id, Coefficient] = {}

    @property
    def text(self) -> str:
        """The coefficient in short, such as `normal(-0.4, 0.1) - 0.6 × trade_yen_invoicing`."""
        own = [self.prior.text] if self.prior != NO_OWN_PART or not self.shared else []
        terms = [("-" if w < 0 else "+", _weighted(abs(w), n)) for n, w in self.shared.items()]
        text = " ".join([*own, *(f"{sign} {term}" for sign, term in terms)])
        return text.removeprefix("+ ")

    @property
    def median(self) -> float:
        """The coefficient where all that it is made of is at its median."""
        zero = np.zeros(1)
        own = float(self.prior.transform(zero)[0])
        parts = (w * self.coefficients[n].prior.transform(zero)[0] for n, w in self.shared.items())
        return own + float(sum(parts))


def _link_as_of(link: Link, day: date | None) -> Link:
    shared = {name: part.as_of(day) for name, part in link.coefficients.items()}
    return link.as_of(day).model_copy(update={"coefficients": shared})


def _weighted(weight: float, name: str) -> str:
    return name if weight == 1.0 else f"{exact(weight)} × {name}"


class _LinksFile(Checked):
    """The file; `not_modelled`, of older files, is not used: such claims are in the register."""

    coefficients: dict[Id, Coefficient] = {}
    links: dict[Id, _LinkOfFile]
    not_modelled: list[Any] = []


@dataclass(frozen=True)
class Links:
    """All links of a models folder by id.

    `places` says where each link stands in its file; `coefficients` are those that links share.
    """

    links: Mapping[str, Link]
    places: Mapping[str, Place] = field(default_factory=dict)
    coefficients: Mapping[str, Coefficient] = field(default_factory=dict)

    def as_of(self, day: date | None) -> Links:
        """Return the links with the priors that could be given before `day`."""
        links = {name: _link_as_of(link, day) for name, link in self.links.items()}
        parts = {name: part.as_of(day) for name, part in self.coefficients.items()}
        return replace(self, links=links, coefficients=parts)

    def drivers(self) -> frozenset[str]:
        """Return the indicators that drive a link."""
        return frozenset(link.driver for link in self.links.values())


def replaced_links(links: Mapping[str, Link], sizes: Mapping[str, Distribution]) -> dict[str, Link]:
    """Return the links whose size a scenario replaces, by id.

    A size by the id of a link is the whole of its coefficient, with nothing shared; one by the name
    of a shared coefficient stands for it in all links that have it.
    """
    replaced = {}
    for name, link in links.items():
        parts = {n: part for n, part in link.coefficients.items() if n in sizes}
        if name in sizes:
            own = {"prior": sizes[name], "shared": {}, "coefficients": {}}
        elif parts:
            new = {n: part.model_copy(update={"prior": sizes[n]}) for n, part in parts.items()}
            own = {"coefficients": {**link.coefficients, **new}}
        else:
            continue
        replaced[name] = link.model_copy(update=own)
    return replaced


@dataclass(frozen=True)
class Ends:
    """Where links may begin and end in one sector.

    Attributes
    ----------
    sector : str
        Its name, as shown to users.
    inputs : tuple[str, ...]
        Indicators of other sectors that it reads in the same year.
    outputs : tuple[str, ...]
        Indicators that it gives, the drivers of links.
    responses : tuple[str, ...]
        Indicators on which links act.
    scaled : tuple[str, ...]
        Those responses that stand for several quantities, so that links only multiply them.
    """

    sector: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    responses: tuple[str, ...]
    scaled: tuple[str, ...] = ()


def read_links(models: Path, registry: Registry, ends: Sequence[Ends] = ()) -> Links:
    """Read `models/links.yml`.

    Parameters
    ----------
    models : Path
        The folder.
    registry : Registry
        The indicators.
    ends : Sequence[Ends]
        Of every sector; if none are given, it is not asked whether a link can act.

    Raises
    ------
    InputError
        With all faults of the file.
    """
    document = read_models_yaml(models, "links.yml")
    content = check(_LinksFile, document)
    if len(content.links) > MAX_LINKS:
        what = f"has {len(content.links)} links"
        raise InputError([document.refusal(("links",), what, f"keep to at most {MAX_LINKS}")])
    refusals = Refusals()
    for name, link in content.links.items():
        if refusals.full:
            break
        unknown = [e for e in ("driver", "response") if getattr(link, e) not in registry.indicators]
        for end in unknown:
            indicator = getattr(link, end)
            what = f"link {name}: unknown indicator '{indicator}'"
            remedy = did_you_mean(indicator, registry.indicators)
            refusals.append(document.refusal(("links", name, end), what, remedy))
        for key, what, remedy in () if unknown or not ends else _misplaced(link, registry, ends):
            message = f"link {name}: {what}"
            refusals.append(document.refusal(("links", name, key), message, remedy))
    if not refusals and ends:
        for name, circle in _circles(content.links, ends):
            what = f"link {name}: acts within the year and closes a loop: {' → '.join(circle)}"
            remedy = "give it a lag, such as {fixed: 1}"
            refusals.append(document.refusal(("links", name, "lag"), what, remedy))
    refusals.extend(_unlike(document, content))
    refusals.raise_if_any()
    places = {name: document.place(("links", name)) for name in content.links}
    links = {name: _with_shared(link, content.coefficients) for name, link in content.links.items()}
    return Links(links, places, content.coefficients)


def _with_shared(link: _LinkOfFile, coefficients: Mapping[str, Coefficient]) -> Link:
    shared = {name: coefficients[name] for name in link.shared}
    return Link(
        **{name: getattr(link, name) for name in link.model_fields_set}, coefficients=shared
    )


def _unlike(document: StrictYaml, content: _LinksFile) -> Iterator[Refusal]:
    """Yield the shared coefficients that links name and the file lacks, and those no link has.

    One of the shipped file that no link of an own folder has any more goes with its links.
    """
    known = content.coefficients
    for name, link in content.links.items():
        for shared in link.shared:
            if shared not in known:
                what = f"link {name}: shares '{shared}', which the file does not give"
                yield document.refusal(("links", name, "shared"), what, did_you_mean(shared, known))
    used = {shared for link in content.links.values() for shared in link.shared}
    own = document.place(("links",)).file
    for name in known:
        if name not in used and document.place(("coefficients", name)).file == own:
            what = f"no link shares the coefficient '{name}', so that it would have no effect"
            remedy = "name it under 'shared' of a link, or leave it out"
            yield document.refusal(("coefficients", name), what, remedy)


def _misplaced(
    link: _LinkOfFile, registry: Registry, ends: Sequence[Ends]
) -> Iterator[tuple[str, str, str]]:
    """Yield (key, what, remedy) of what keeps a link from acting as it says."""
    outputs = {name for sector in ends for name in sector.outputs}
    responses = {name for sector in ends for name in sector.responses}
    if link.driver not in outputs:
        what = f"no sector computes the driver '{link.driver}'"
        yield "driver", what, did_you_mean(link.driver, outputs)
    elif link.form == "elasticity" and registry.indicators[link.driver].sign != "positive":
        what = f"the driver '{link.driver}' may be zero or negative, where it has no logarithm"
        yield "form", what, "use form semi"
    if link.response not in responses:
        what = f"no sector lets links act on '{link.response}', so that it would have no effect"
        yield "response", what, "links act on: " + ", ".join(sorted(responses))
    if link.form == "added":
        units = [registry.indicators[end].unit for end in (link.driver, link.response)]
        if units[0] != units[1]:
            what = f"adds {units[0]} of the driver to {units[1]} of the response"
            yield "form", what, "use form elasticity or semi, or a driver in the same unit"
        if any(link.response in sector.scaled for sector in ends):
            what = f"'{link.response}' stands for several quantities, to which nothing can be added"
            yield "form", what, "use form elasticity or semi"
    for sector in ends:
        both = link.driver in sector.outputs and link.response in sector.responses
        if both and link.lag.same_year:
            what = f"acts within the year inside one sector, {sector.sector}"
            yield "lag", what, "give it a lag, such as {fixed: 1}"


def _circles(
    links: Mapping[str, _LinkOfFile], ends: Sequence[Ends]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the same-year links that make sectors wait for each other, with the circle."""
    giver = {name: sector.sector for sector in ends for name in sector.outputs}
    taker = {name: sector.sector for sector in ends for name in sector.responses}
    arrows = {n: (giver[x.driver], taker[x.response]) for n, x in links.items() if x.lag.same_year}
    while circle := _circle(ends, giver, arrows.values()):
        closing = [name for name, arrow in arrows.items() if arrow in set(pairwise(circle))]
        assert closing  # noqa: S101 - without links, the sectors are in order
        for name in closing:
            begin = circle.index(arrows.pop(name)[0])
            yield name, (*circle[begin:-1], *circle[: begin + 1])


def _circle(
    ends: Sequence[Ends], giver: Mapping[str, str], arrows: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Return sectors of which each needs the one before, from one to itself; empty if none do."""
    sorter = TopologicalSorter({s.sector: {giver[name] for name in s.inputs} for s in ends})
    for begin, end in arrows:
        if begin != end:
            sorter.add(end, begin)
    try:
        sorter.prepare()
    except CycleError as error:
        return tuple(error.args[1])
    return ()


def same_year_order(links: Iterable[Link]) -> set[tuple[str, str]]:
    """Return (driver, response) of the links that act within the year."""
    return {(link.driver, link.response) for link in links if link.lag.same_year}

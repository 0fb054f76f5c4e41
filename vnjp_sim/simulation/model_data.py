"""Everything that a models folder says, read and checked together."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from pydantic import BaseModel

from vnjp_sim.calibration.bank import calibration_hash
from vnjp_sim.calibration.plan import Plan, make_plan
from vnjp_sim.foundation.arguments import settled
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError, Refusal, closest, did_you_mean
from vnjp_sim.foundation.packaged import display_path, kind_of, shipped_folder
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.shown import Keyed, drawn
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.inputs.coverage import CoverageRow, read_coverage
from vnjp_sim.inputs.distributions import Distribution
from vnjp_sim.inputs.documents import read_documents
from vnjp_sim.inputs.evidence import Evidence, read_evidence
from vnjp_sim.inputs.instruments import read_instruments
from vnjp_sim.inputs.levers import Instruments
from vnjp_sim.inputs.links import Ends, Links, read_links
from vnjp_sim.inputs.models_folder import check_names, state_of
from vnjp_sim.inputs.number_text import count_text
from vnjp_sim.inputs.parameter_files import read_parameters
from vnjp_sim.inputs.parameters import CountLaw, GrowthLaw, Parameters, SharesLaw
from vnjp_sim.inputs.registry import Indicator, Registry, read_registry
from vnjp_sim.inputs.scenario_reader import ScenarioReader
from vnjp_sim.inputs.targets import Target, read_targets
from vnjp_sim.sectors import SECTORS
from vnjp_sim.sectors.central_course import RATE
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.declarations import replaceable
from vnjp_sim.sectors.link_stability import documented_sizes, unstable_loops
from vnjp_sim.simulation.declared_content import check_instruments, check_parameters
from vnjp_sim.storage.sources import source_hash

Words = ParamSpec("Words")
Content = TypeVar("Content")

STABILITY_SEED = 20_251
STABILITY_DRAWS = 4_096
"""Draws of the links' priors in which loops must die out when a models folder is read."""
MODELS_KEPT = 4
"""Models that a process keeps, so that questions one after the other read nothing twice."""


@dataclass(frozen=True, repr=False)
class Model(Keyed):
    """Everything that a models folder says, as of a day."""

    folder: Path
    registry: Registry
    evidence: Evidence
    parameters: Parameters
    instruments: Instruments
    links: Links
    targets: tuple[Target, ...]
    coverage: Mapping[str, CoverageRow]
    as_of: date | None

    def __repr__(self) -> str:
        counts = {
            "documents": len(self.evidence.documents),
            "figures": len(self.evidence.observations),
            "indicators": len(self.registry.indicators),
            "laws": len(self.parameters.laws),
            "links": len(self.links.links),
            "levers": len(self.instruments.levers),
        }
        parts = ", ".join(
            count_text(count, name.removesuffix("s")) for name, count in counts.items()
        )
        day = f", as of {self.as_of}" if self.as_of else ""
        day += "" if self.evidence.basis == DOCUMENTS else f", {self.evidence.basis}"
        return f"<Model: {parts}{day}>"

    def __getitem__(self, indicator: str) -> Indicator:
        """Return what an indicator measures; raises InputError."""
        return self.registry.indicators[id_asked(indicator, self.registry.labels)]

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy for another process takes along: not the plan, made of functions."""
        return {name: part for name, part in vars(self).items() if name != "plan"}

    def _keys(self) -> Sequence[str]:
        return list(self.registry.indicators)

    @settled
    def plot(self, **look: Any) -> Any:
        """Draw which sectors act on which; see :func:`vnjp_sim.charts.causal_graph`."""
        return drawn(self, **look)

    @cached_property
    def couplings(self) -> Couplings:
        """The links, with what else of the model drives the baseline."""
        laws = {n: law for n, law in self.parameters.laws.items() if isinstance(law, GrowthLaw)}
        follows = {name: law.follows for name, law in laws.items() if law.follows is not None}
        crises = {n: law.crisis_years for n, law in laws.items() if law.crisis_years is not None}
        return Couplings(self.links.links, self.parameters.single, follows, crises)

    @cached_property
    def plan(self) -> Plan:
        """What the calibration makes of the figures."""
        return make_plan(self.evidence, self.parameters)

    @property
    def last_year(self) -> int:
        """The last year that the calibration reaches."""
        return self.plan.last_year

    @cached_property
    def hashes(self) -> Mapping[str, str]:
        """The hashes of a model that stand in the manifest of a run."""
        contents: dict[str, Mapping[str, BaseModel]] = {
            "priors": self.parameters.single,
            "links": self.links.links,
            "registry": self.registry.indicators,
        }
        return {
            "calibration": calibration_hash(self.evidence, self.parameters),
            **{
                part: digest({name: item.model_dump(mode="json") for name, item in items.items()})
                for part, items in contents.items()
            },
            "sources": source_hash(),
        }

    @cached_property
    def replaceable(self) -> Mapping[str, Distribution]:
        """The priors that a scenario may replace, by name.

        Those of parameters on which no figure bears, of links, and of what links share.
        """
        single, links = self.parameters.single, self.links
        free = {name: single[name] for name in replaceable() if name in single}
        sizes = {**free, **links.coefficients, **links.links}
        return {name: sizes[name].prior for name in sorted(sizes)}

    def scenario_reader(self) -> ScenarioReader:
        """Return a reader of scenarios of this model, which reads each file once."""
        return ScenarioReader(self.parameters, self.instruments, self.replaceable)


@settled
def load_model(
    models: str | Path | None = None,
    as_of: str | date | None = None,
    evidence: str = DOCUMENTS,
) -> Model:
    """Read a models folder, the shipped one by default, as of a day.

    What a folder of one's own lacks is that of the shipped one. `evidence` is documents or
    documents+official: whether the official series of the partnership are figures too.

    Raises InputError with every fault of every file.

    Examples
    --------
    >>> import vnjp_sim as vj
    >>> model = vj.load_model(as_of="2024-01-01")
    >>> model.registry.indicators["trade_turnover"].unit
    'USD bn'
    """
    assert not isinstance(as_of, str)  # noqa: S101 - settled
    folder = shipped_folder("models") if models is None else Path(models)
    kind = kind_of(folder)
    if kind == "absent":
        beside = folder.parent.iterdir() if folder.parent.is_dir() else ()
        near = closest(folder.name, {other.name for other in beside if other.is_dir()})
        remedy = f"did you mean '{folder.with_name(near)}'?" if near else "check --models"
        raise InputError.single(display_path(folder), "no such folder", remedy)
    if kind == "file":
        what, remedy = "is a file, not a folder", "give the folder that holds indicators.yml"
        raise InputError.single(display_path(folder), what, remedy)
    return _loaded(folder, as_of, evidence, state_of(folder))


@lru_cache(maxsize=MODELS_KEPT)
def _loaded(folder: Path, as_of: date | None, evidence: str, _state: object) -> Model:
    """Read a models folder that exists, once for each state of its files."""
    check_names(folder)
    refusals = Refusals()
    given = {name for sector in SECTORS for name in sector.outputs}
    registry = refusals.result(read_registry, folder, given)
    parameters = refusals.result(lambda: check_parameters(read_parameters(folder)))
    if registry is None:
        refusals.result(read_documents, folder)
        raise InputError(refusals)
    instruments = refusals.result(_read_instruments, folder, registry)
    links = refusals.result(read_links, folder, registry, _ends())
    every = refusals.result(read_evidence, folder, registry)
    targets = None if every is None else refusals.result(read_targets, folder, registry, every)
    if parameters is None or instruments is None or links is None or every is None:
        raise InputError(refusals)
    _check_references(registry, every, parameters)
    _check_loops(registry, every, links)
    if targets is None:
        raise InputError(refusals)
    named = _named(parameters, instruments, links, targets)
    coverage = read_coverage(folder, every.documents, *_indicators(registry, named))
    known = every.on(evidence).as_of(as_of)
    rates = {year: f.value for year, f in known.official.series(RATE).items()}
    instruments = replace(instruments, rates=rates)
    parameters, links = parameters.as_of(as_of), links.as_of(as_of)
    parts = tuple(target for target in targets if target.document in known.documents)
    return Model(folder, registry, known, parameters, instruments, links, parts, coverage, as_of)


def _named(
    parameters: Parameters, instruments: Instruments, links: Links, targets: Iterable[Target]
) -> set[str]:
    """Return what a row of the register may name besides indicators, shipped scenarios too."""
    return {
        *parameters.laws,
        *parameters.single,
        *instruments.levers,
        *instruments.event_types,
        *links.links,
        *links.coefficients,
        *(target.id for target in targets),
        *(file.stem for file in shipped_folder("scenarios").glob("*.yml")),
    }


def _indicators(registry: Registry, named: set[str]) -> tuple[set[str], set[str]]:
    """Return the indicators that are only recorded, and `named` with all others."""
    indicators = registry.indicators
    recorded = {name for name, i in indicators.items() if i.not_projected or i.context}
    return recorded, named | (set(indicators) - recorded)


def _read_instruments(folder: Path, registry: Registry) -> Instruments:
    return check_instruments(folder, read_instruments(folder, registry))


def _check_references(registry: Registry, evidence: Evidence, parameters: Parameters) -> None:
    """Refuse laws that name indicators, documents or events which do not exist."""
    kinds = {event.type for event in evidence.events}
    refusals = Refusals()
    for name, law in parameters.laws.items():
        wanted: list[tuple[str, str, Iterable[str]]] = []
        if isinstance(law, SharesLaw):
            groups = (law.whole, *law.groups, law.rest)
            wanted += [("indicator", group, registry.indicators) for group in groups]
        elif isinstance(law, CountLaw):
            wanted += [("indicator", figure, registry.indicators) for figure in law.figures]
            wanted += [("event type", event, kinds) for event in (*law.events, *law.recurring)]
            wanted += [("document", window.document, evidence.documents) for window in law.coverage]
        refusals += [
            Refusal(
                parameters.places[name],
                f"law {name} names the unknown {what} '{word}'",
                did_you_mean(word, known),
            )
            for what, word, known in wanted
            if word not in set(known)
        ]
    refusals.raise_if_any()


def _ends() -> tuple[Ends, ...]:
    return tuple(
        Ends(s.__name__.lower(), s.inputs, s.outputs, s.responses, s.scaled) for s in SECTORS
    )


def _check_loops(registry: Registry, evidence: Evidence, links: Links) -> None:
    """Refuse links that feed back on each other and grow without bound in a draw."""
    streams = RandomStreams(STABILITY_SEED, 0, STABILITY_DRAWS)
    sizes = documented_sizes(registry, evidence)
    Refusals(
        Refusal(links.places[loop.links[0]], loop.text, loop.remedy)
        for loop in unstable_loops(links.links, sizes, streams)
    ).raise_if_any()


def digest(content: Mapping[str, Any]) -> str:
    """Return a short hash of what can be written as JSON."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

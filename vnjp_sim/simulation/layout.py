"""Which variants of a batch share rows, and the order in which the rows close a year.

Variants that agree in all that reaches a sector have one row of its quantities: a lever of aid
makes no second row of what labour does. What reaches a sector is known before the run, from what
the sectors declare and from the links.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import lru_cache

from vnjp_sim.foundation.errors import InputError
from vnjp_sim.inputs.links import Link, same_year_order
from vnjp_sim.sectors import SECTORS, dependency_order, given_by
from vnjp_sim.sectors.central_course import RATE, CentralCourse
from vnjp_sim.sectors.couplings import Couplings
from vnjp_sim.sectors.declarations import movers
from vnjp_sim.simulation.chances import chances_of
from vnjp_sim.simulation.scenario_inputs import Items, ScenarioInputs
from vnjp_sim.simulation.triggers import Trigger
from vnjp_sim.simulation.variants import (
    Choice,
    Mixture,
    Row,
    SectorType,
    Variant,
    Watch,
    outcomes_of,
)


@dataclass(frozen=True)
class Layout:
    """The rows of a batch, in the order in which a year closes.

    Attributes
    ----------
    rows : tuple[Row, ...]
        All that are needed for what is recorded.
    given : Mapping[type[Sector], tuple[str, ...]]
        The indicators that each sector gives with the calibration.
    recorded : Mapping[str, tuple[int, ...]]
        By recorded indicator, the row of each variant among those that are recorded of it.
    recorded_rows : Mapping[str, tuple[Row, ...]]
        By recorded indicator, its rows.
    """

    rows: tuple[Row, ...]
    given: Mapping[SectorType, tuple[str, ...]]
    recorded: Mapping[str, tuple[int, ...]]
    recorded_rows: Mapping[str, tuple[Row | Mixture, ...]]

    @property
    def count(self) -> int:
        """The number of rows of all recorded indicators together."""
        return sum(map(len, self.recorded_rows.values()))


def layout_of(
    variants: Sequence[Variant],
    couplings: Couplings,
    course: CentralCourse,
    known: AbstractSet[str],
    record: Iterable[str] | None = None,
    sectors: Sequence[SectorType] | None = None,
) -> Layout:
    """Return the rows that variants need.

    Parameters
    ----------
    variants : Sequence[Variant]
        The batch.
    couplings : Couplings
        The effects between sectors, and the priors of the model.
    course : CentralCourse
        Drivers that have one act on a baseline too.
    known : set of str
        Names of what the calibration holds.
    record : Iterable[str] | None
        Indicators that are asked for; all that the sectors give if None.
    sectors : Sequence[type[Sector]] | None
        Which sectors there are; those of the model if None.
    """
    given = sectors_at_work(couplings.links, known, sectors)
    order = tuple(given)
    giver = {name: sector for sector, names in given.items() for name in names}
    asked = list(giver) if record is None else [name for name in record if name in giver]
    sharing = _Sharing(order, giver, couplings, course)
    outcomes = [sharing.outcomes(variant) for variant in variants]
    places: dict[SectorType, tuple[int, ...]] = {}
    distinct: dict[SectorType, tuple[Row | Mixture, ...]] = {}
    for sector in dict.fromkeys(giver[name] for name in asked):
        rows = [
            _mixed([sharing.row(sector, one) for one in ways], choice) for choice, ways in outcomes
        ]
        by_key = {row.key: row for row in rows}
        place = {key: index for index, key in enumerate(by_key)}
        places[sector] = tuple(place[row.key] for row in rows)
        distinct[sector] = tuple(by_key.values())
    needed = [row for sector in order for row in sharing.rows_of(sector)]
    return Layout(
        tuple(needed),
        given,
        {name: places[giver[name]] for name in asked},
        {name: distinct[giver[name]] for name in asked},
    )


def sectors_at_work(
    links: Mapping[str, Link],
    known: AbstractSet[str],
    sectors: Sequence[SectorType] | None = None,
) -> dict[SectorType, tuple[str, ...]]:
    """Return the sectors in the order in which a year closes, with what each gives."""
    asked = SECTORS if sectors is None else tuple(sectors)
    return dict(_at_work(frozenset(same_year_order(links.values())), frozenset(known), asked))


@lru_cache(maxsize=16)
def _at_work(
    links: frozenset[tuple[str, str]], known: frozenset[str], sectors: tuple[SectorType, ...]
) -> dict[SectorType, tuple[str, ...]]:
    return given_by(dependency_order(links, sectors), known)


def _mixed(rows: Sequence[Row], choice: Choice) -> Row | Mixture:
    """Return the mixture of the rows of a variant's outcomes, by the chances that matter to them.

    The row itself, where all are one.
    """
    if all(row is rows[0] for row in rows):
        return rows[0]
    if choice.watches:
        return Mixture((choice.key, *(row.key for row in rows)), choice, tuple(rows))
    # bit `place` of a row's number says whether the chance at `place` comes true: a chance matters
    # where its bit gives another row, and the rows that stay are numbered by the bits that matter
    chances = choice.chances
    every = range(len(rows))
    kept = [
        place
        for place in range(len(chances))
        if any(rows[number] is not rows[number | 1 << place] for number in every)
    ]
    numbers = [
        sum(1 << place for bit, place in enumerate(kept) if number >> bit & 1)
        for number in range(1 << len(kept))
    ]
    mine, theirs = [rows[number] for number in numbers], tuple(chances[place] for place in kept)
    seeds = choice.variant.seeds
    key = (seeds, *theirs, *(row.key for row in mine))
    return Mixture(key, Choice((seeds, theirs), choice.variant, theirs), tuple(mine))


class _Sharing:
    """Finds the row of a variant in a sector, and with it all rows that it needs."""

    def __init__(
        self,
        order: Sequence[SectorType],
        giver: Mapping[str, SectorType],
        couplings: Couplings,
        course: CentralCourse,
    ) -> None:
        self.giver = giver
        self.driving = frozenset(name for name, _ in couplings.driving(course))
        self.links = {
            sector: {n: x for n, x in couplings.links.items() if x.response in sector.responses}
            for sector in order
        }
        self.reach = {sector: self._behind(sector) for sector in order}
        self.acting = {
            sector: frozenset(name for one in behind for name in self.links[one])
            for sector, behind in self.reach.items()
        }
        self.names = {
            sector: self.acting[sector].union(*map(_controls, behind))
            for sector, behind in self.reach.items()
        }
        self.items = Items(couplings.parameters)
        self.rows: dict[SectorType, dict[Hashable, Row]] = {sector: {} for sector in order}
        self.references: dict[Hashable, Variant] = {}

    def outcomes(self, variant: Variant) -> tuple[Choice, tuple[Variant, ...]]:
        """Return the outcomes of a variant, and what decides which of them a draw takes."""
        sides = [variant.inputs, *([variant.reference] if variant.reference else [])]
        chances = chances_of(event for side in sides for event in side.events)
        ways = outcomes_of(variant, chances)
        watches = tuple(self._watch(trigger, ways) for trigger in variant.inputs.triggers)
        judged = [(w.trigger, *(row.key for row in (*w.rows, *w.rates))) for w in watches]
        return Choice((variant.seeds, chances, *judged), variant, chances, watches), ways

    def _watch(self, trigger: Trigger, ways: Sequence[Variant]) -> Watch:
        """Return what a trigger is judged by in each outcome; raises InputError if it is not."""

        def rows(indicator: str) -> tuple[Row, ...]:
            if indicator not in self.giver:
                what = f"waits for '{indicator}', which is not projected with these figures"
                remedy = "wait for another indicator, or read more documents"
                raise InputError.single("when", what, remedy)
            return tuple(self.row(self.giver[indicator], one) for one in ways)

        return Watch(trigger, rows(trigger.indicator), rows(RATE) if trigger.needs_rate else ())

    def _behind(self, sector: SectorType) -> frozenset[SectorType]:
        """Return a sector and all whose quantities reach it, through parents and links."""
        reached = [sector]
        for one in reached:
            drivers = [link.driver for link in self.links[one].values()]
            parents = {self.giver[n] for n in (*one.inputs, *drivers) if n in self.giver}
            reached += sorted(parents - set(reached), key=lambda s: s.__name__)
        return frozenset(reached)

    def rows_of(self, sector: SectorType) -> Iterable[Row]:
        """Return the rows of a sector that have been asked for."""
        return self.rows[sector].values()

    def row(self, sector: SectorType, variant: Variant) -> Row:
        """Return the row of a variant in a sector."""
        key, departs = self._key(sector, variant)
        rows = self.rows[sector]
        if key not in rows:
            row = rows[key] = Row(sector, key, departs, variant)
            row.converts = bool(self.items.foreign(variant.inputs) & _controls(sector))
            inputs = [*sector.inputs, *([RATE] if row.converts else [])]
            row.inputs = tuple(
                (n, self.row(self.giver[n], variant))
                for n in dict.fromkeys(inputs)
                if n in self.giver
            )
            row.links = tuple(self._acting(sector, variant, departs))
        return rows[key]

    def _key(self, sector: SectorType, variant: Variant) -> tuple[Hashable, bool]:
        """Return what reaches a sector of a variant, and whether it departs from the reference."""
        names = self._reaching(sector, variant)
        mine = self.items.of(variant.inputs, names)
        cut = variant.cut & self.acting[sector]
        always = (mine, variant.seeds, cut & self.driving)
        if variant.reference is None:
            return always, False
        theirs = self.items.of(variant.reference, names)
        if mine == theirs:
            return always, False
        return (mine, variant.seeds, theirs, cut), True

    def _reaching(self, sector: SectorType, variant: Variant) -> frozenset[str]:
        """Return what may reach a sector: also what moves the yen, where money is converted."""
        names = self.names[sector]
        foreign = self.items.foreign(variant.inputs)
        if variant.reference is not None:
            foreign |= self.items.foreign(variant.reference)
        if not foreign & names:
            return names
        if RATE not in self.giver:
            what = "is money of another currency, and the yen's rate is not projected"
            remedy = "give it in the unit of the lever or event, see `vnjp_sim levers`"
            raise InputError.single(min(foreign & names), what, remedy)
        return names | self.names[self.giver[RATE]]

    def _acting(
        self, sector: SectorType, variant: Variant, departs: bool
    ) -> Iterable[tuple[str, Row, Row | None]]:
        """Yield the links at work on a sector; those from a course do without a reference."""
        for name, link in self.links[sector].items():
            if name in variant.cut or link.driver not in self.giver:
                continue
            driver = self.giver[link.driver]
            if name in self.driving:
                yield name, self.row(driver, variant), None
            elif departs and variant.reference is not None:
                reference = self._reference(variant, variant.reference)
                mine, theirs = self.row(driver, variant), self.row(driver, reference)
                if mine is not theirs:
                    yield name, mine, theirs

    def _reference(self, variant: Variant, inputs: ScenarioInputs) -> Variant:
        """Return the reference of a variant as a variant; many variants have the same."""
        key = (id(inputs), variant.seeds, variant.cut)
        if key not in self.references:
            self.references[key] = replace(variant, inputs=inputs, reference=None)
        return self.references[key]


@lru_cache(maxsize=256)
def _controls(sector: SectorType) -> frozenset[str]:
    """Return the levers, event types and priors that act on a sector by itself."""
    priors = {prior for output in sector.gives for prior in output.priors}
    common = (prior for law in sector.laws for prior in law.common)
    return frozenset({*movers(sector.gives), *priors, *common})

"""What to look up next: by how much one more figure, or a prior that were known, narrows an answer.

Before a number is known, each draw says what it may be: a figure to come is the projected value of
its indicator with an error of reporting, a figure of the past is the number behind it, a prior is
its value. Knowing it leaves the variance Var(Y) (1 - S) on average, with S as in :mod:`given_data`
(the expected value of partial perfect information under quadratic loss; of a figure with an error,
of sample information: Heath, Manolopoulou and Baio 2017, Medical Decision Making 37). The interval
narrows by less, for a normal Y by 1 - √(1 - S): here the mean width of the 90 % interval among
draws that agree about the number is compared with that among as many draws of all.

Two numbers may say the same: what both take away is found by fitting both at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vnjp_sim.analysis.bases import inputs_of
from vnjp_sim.analysis.factors import factors_of
from vnjp_sim.analysis.given_data import shares, shares_beside
from vnjp_sim.analysis.goals import check_year
from vnjp_sim.analysis.shown_decisions import ShownLookup
from vnjp_sim.analysis.uncertainty_budget import FEWEST_DRAWS, scaled
from vnjp_sim.foundation import argument_types
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.foundation.errors import InputError
from vnjp_sim.foundation.random_streams import RandomStreams
from vnjp_sim.inputs.number_text import draws_text, percent
from vnjp_sim.inputs.registry import Registry
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.variants import Variant

if TYPE_CHECKING:
    import pandas as pd

FloatArray = NDArray[np.float64]

MOST_DRAWS = 50_000
GROUPS = 20
"""Into so many groups of equal size are draws divided by what they say of a number."""
WIDTH = (0.05, 0.95)
COUNT = 20
"""Candidates whose narrowing is worked out."""
TO_COME = "to come"
COUNTRIES = ("Japan", "Vietnam")
NONE = "none:"
"""How the official series of an indicator that has none begins."""


@dataclass(frozen=True)
class Candidate:
    """A number that might be looked up.

    Attributes
    ----------
    name, kind : str
        The kind is "to come" for a new figure of an official series, else one of
        :data:`vnjp_sim.analysis.factors.MEANINGS`.
    source : str
        Where it would be looked up; of a prior, its grade.
    share, error : float
        The part of the variance that knowing it takes away on average, and its standard error.
    narrowing : float
        By what part the 90 % interval narrows on average.
    label : str
        The number in words.
    narrowing_error : float
        The standard error of the narrowing.
    """

    name: str
    kind: str
    source: str
    share: float
    error: float
    narrowing: float
    label: str = ""
    narrowing_error: float = np.nan

    @property
    def where(self) -> str:
        """Where the number would be looked up: the office of its series, or what it is."""
        if self.kind == TO_COME:
            return _office(self.source)
        kind = {"prior": "prior", "calibrated": "parameter", "form": "growth form"}.get(self.kind)
        if kind is None:
            return "the number behind this figure"
        return f"{kind}, {self.source}" if self.source else kind


def _called(one: Candidate, *, labelled: bool) -> str:
    return one.label if labelled and one.label else one.name


def _office(series: str) -> str:
    """Return the office of an official series: what stands before the first comma.

    The name of a ministry may hold one itself, and ends with its country.
    """
    first, *others = series.replace(";", ",").split(",")
    while first.startswith("Ministry") and not first.endswith(COUNTRIES) and others:
        first = f"{first},{others.pop(0)}"
    return first


@dataclass(frozen=True, repr=False)
class Lookup(ShownLookup):
    """What :func:`vnjp_sim.lookup` finds.

    Attributes
    ----------
    indicator, year, label : str, int, str
        The answer that is to be narrowed.
    when : int
        The year of the figures to come.
    candidates : tuple[Candidate, ...]
        Those that narrow it most, the best first.
    second : Candidate | None
        What narrows most after the first is known; its share and narrowing are those of both.
    draws : int
        Of the ensemble.
    of_effects : bool
        Whether the answer is the effect of a scenario.
    """

    indicator: str
    year: int
    label: str
    when: int
    candidates: tuple[Candidate, ...]
    second: Candidate | None
    draws: int
    of_effects: bool

    def table(self) -> pd.DataFrame:
        """Return the candidates, the best first.

        Returns
        -------
        pandas.DataFrame
            Columns name, label, kind, source, share, error, narrowing, narrowing_error.
        """
        import pandas as pd

        columns = ["name", "label", "kind", "source", "share", "error"]
        columns += ["narrowing", "narrowing_error"]
        return pd.DataFrame([vars(one) for one in self.candidates], columns=columns)

    def __repr__(self) -> str:
        return f"<Lookup: {self.finding}>"

    @property
    def words(self) -> str:
        """What is to be narrowed."""
        return f"the effect on {self.label}" if self.of_effects else self.label

    @property
    def finding(self) -> str:
        """What narrows the answer most, in words."""
        return self.told()

    def told(self, *, labelled: bool = False) -> str:
        """Return the finding, with the names of numbers or with their labels."""
        what = self.words
        if not self.candidates:
            draws = draws_text(self.draws)
            return f"No number narrows {what} in {self.year}, as far as {draws} tell"
        first, second = self.candidates[0], self.second
        line = (
            f"Knowing {_called(first, labelled=labelled)} would narrow the 90 % interval of {what} "
            f"in {self.year} by {percent(max(0.0, first.narrowing))} on average"
        )
        if second is not None and second.narrowing > first.narrowing:
            other = _called(second, labelled=labelled)
            line += f"; knowing {other} as well, by {percent(second.narrowing)}"
        return line


def lookup_for(
    projector: Projector,
    scenario: Scenario,
    indicator: str,
    year: int,
    *,
    when: int | None = None,
    error: float = 0.02,
    of_effects: bool = False,
) -> Lookup:
    """Return what narrows an answer most; see :func:`vnjp_sim.lookup`.

    Raises
    ------
    InputError
        Too few or too many draws, an unknown indicator, a year outside the scenario, an error below
        zero, effects of a baseline, or an answer that does not vary.
    """
    model, draws = projector.model, projector.options.draws
    if not FEWEST_DRAWS <= draws <= MOST_DRAWS:
        what = f"{draws} cannot be used for shares of variance"
        raise InputError.single("draws", what, f"ask for {FEWEST_DRAWS} to {MOST_DRAWS}")
    if of_effects and scenario.baseline is None:
        what = "is a baseline: it has no effects"
        raise InputError.single(scenario.name, what, "name a scenario that departs from it")
    if not 0.0 <= error <= 1.0:
        raise InputError.single("error", f"{error} is no error", "give 0.02 for two per cent")
    indicator = id_asked(indicator, model.registry.labels)
    when = scenario.start + 1 if when is None else argument_types.whole("when", when)
    check_year(year, scenario, "year")
    check_year(when, scenario, "when")
    whole = projector.variant(scenario)
    world = Variant(whole.reference) if whole.reference is not None else whole
    batch = projector.batch([whole, world], scenario.start, max(year, when))
    projected = projector.project(batch)
    place = year - scenario.start
    answer = scaled(indicator, projected.of(0)[indicator], model.registry)[place]
    if of_effects:
        answer = answer - scaled(indicator, projected.of(1)[indicator], model.registry)[place]
    if not answer.std() > 1e-9 * (1.0 + np.abs(answer).mean()):
        what = f"does not vary in {year}"
        raise InputError.single(indicator, what, "choose an answer that is not certain")
    figures = projected.of(1 if of_effects else 0)  # of an effect, those of the world without it
    streams = RandomStreams(projector.options.seed, 0, draws)
    numbers = list(_to_come(figures, model.registry, streams, when - scenario.start, error, when))
    known = f"{indicator} {year}" if year == when and not of_effects else None
    numbers = [one for one in numbers if one[0] != known]
    numbers += [(f.name, f.kind, f.grade, f.label, f.drawn) for f in factors_of(projector)]
    best, second = _ranked(numbers, answer)
    label = model.registry.indicators[indicator].label
    return Lookup(indicator, year, label, when, best, second, draws, of_effects)


Number = tuple[str, str, str, str, FloatArray]
"""Name, kind, source, label, and the value in each draw."""


def _to_come(
    figures: Mapping[str, FloatArray],
    registry: Registry,
    streams: RandomStreams,
    place: int,
    error: float,
    year: int,
) -> Iterator[Number]:
    """Yield the figures of a year that official series will have, with errors of reporting."""
    for name, values in figures.items():
        entry = registry.indicators[name]
        if entry.counterpart.lower().startswith(NONE) or not entry.counterpart:
            continue
        own = values[place]
        noise = error * streams.normal(f"lookup.{name}", year)
        reported = own * np.exp(noise) if entry.sign != "any" else own + np.abs(own).mean() * noise
        if np.ptp(own) > 0.0:
            yield f"{name} {year}", TO_COME, entry.counterpart, f"{entry.label} {year}", reported


def _ranked(
    numbers: list[Number], answer: FloatArray
) -> tuple[tuple[Candidate, ...], Candidate | None]:
    """Return the candidates that narrow an answer, the best first, and the best second."""
    inputs = inputs_of([number[-1] for number in numbers])
    bases = inputs.bases
    first, errors, _ = shares(inputs, answer[None])
    places = [
        int(i)
        for i in np.argsort(-first[:, 0], kind="stable")[:COUNT]
        if first[i, 0] > 3.0 * errors[i, 0]
    ]
    candidates = tuple(
        sorted(
            (
                _candidate(numbers[i], first[i, 0], errors[i, 0], narrowing(answer, bases[i]))
                for i in places
            ),
            key=lambda one: -one.share,
        )
    )
    if not places:
        return candidates, None
    top = places[0]
    again, chance = shares_beside(bases[top], bases, answer)
    other = int(np.argmax(np.where(np.arange(len(numbers)) == top, -np.inf, again)))
    if not again[other] > 3.0 * chance:
        return candidates, None
    both = np.concatenate([bases[top], bases[other]])
    share = first[top, 0] + again[other]
    error = float(np.hypot(errors[top, 0], chance))
    second = _candidate(numbers[other], share, error, narrowing(answer, both))
    return candidates, second


def _candidate(
    number: Number, share: float, error: float, narrower: tuple[float, float]
) -> Candidate:
    name, kind, source, label, _ = number
    narrowing, chance = narrower
    return Candidate(name, kind, source, float(share), float(error), narrowing, label, chance)


def _fitted(answer: FloatArray, members: NDArray[np.float32]) -> FloatArray:
    """Return what members of a basis, (member, draw), explain of an answer, (draw,)."""
    design = np.vstack([np.ones(answer.size), members]).T
    weights = np.linalg.lstsq(design, answer, rcond=1e-10)[0]
    fitted: FloatArray = design @ weights
    return fitted


def narrowing(answer: FloatArray, members: NDArray[np.float32]) -> tuple[float, float]:
    """Return by what part the 90 % interval of an answer, (draw,), narrows, and the error of it.

    It does so on average.

    Draws are grouped by what the number with this basis, (member, draw), says of the answer; within
    a group what it does not explain is left. The intervals of few draws are too narrow, so that
    those of all are of groups of the same size, which also tell how much a width is left to chance.
    """
    fitted = _fitted(answer, members)
    alike = np.array_split(np.argsort(fitted, kind="stable"), GROUPS)
    any_draws = np.array_split(np.arange(answer.size), GROUPS)
    left, every = _widths(answer - fitted, alike), _widths(answer, any_draws)
    if not every.any():  # an answer that is one number in nearly all draws has nothing to narrow
        return 0.0, 0.0
    ratio = float(left.mean() / every.mean())
    scatter = float(every.std(ddof=1) / every.mean())  # of one width, by chance
    return 1.0 - ratio, ratio * scatter * float(np.sqrt(1.0 / GROUPS))


def _widths(values: FloatArray, groups: Sequence[NDArray[np.intp]]) -> FloatArray:
    """Return the widths of the 90 % interval within groups of draws, (group,)."""
    return np.array([np.ptp(np.quantile(values[group], WIDTH)) for group in groups])

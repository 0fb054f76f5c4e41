"""Answers of the page: everything that follows from a state, and why."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from threading import RLock
from time import perf_counter

from vnjp_sim.analysis.effect_words import effect_sentence, part_words
from vnjp_sim.analysis.target_probability import TargetProbability, target_probabilities
from vnjp_sim.explorer.citing import citing
from vnjp_sim.explorer.content import (
    Answer,
    CarriedBy,
    Chance,
    Explanation,
    Figure,
    Newer,
    Picture,
    Stale,
    Table,
    go_on,
    never,
)
from vnjp_sim.explorer.departures import departures
from vnjp_sim.explorer.explaining import Explaining
from vnjp_sim.explorer.futures import Futures, Pair
from vnjp_sim.explorer.levels import Known, level_picture
from vnjp_sim.explorer.movers import movers, reaches, untouched
from vnjp_sim.explorer.pictures import (
    chance_picture,
    effect_picture,
    effects_of,
    sector_picture,
)
from vnjp_sim.explorer.state import State, States
from vnjp_sim.explorer.titles import level_title
from vnjp_sim.session import Session
from vnjp_sim.simulation.projections import from_parts

__all__ = [
    "Answer",
    "Answers",
    "CarriedBy",
    "Chance",
    "Explanation",
    "Figure",
    "Newer",
    "Picture",
    "Stale",
    "Table",
    "never",
]

ANSWERS_KEPT = 64


class Answers:
    """Answers states of one session. Calls from several threads are safe.

    Parameters
    ----------
    session : Session
        The model, its calibration, and draws and seed of a first state.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.states = States(session.model, session.request.options)
        self.futures = Futures(session, self.states)
        self._lock = RLock()
        self._answers: OrderedDict[State, Answer] = OrderedDict()
        self._known: dict[str, Known] = {}

    def answer(self, state: State, newer: Newer = never) -> Answer:
        """Return what follows from a state.

        Raises
        ------
        InputError
            The scenario leads to what no quantity can be.
        Stale
            A newer state is asked for.
        """
        with self._lock:
            go_on(newer)
            if state not in self._answers:
                self._answers[state] = self._answered(state, newer)
                if len(self._answers) > ANSWERS_KEPT:
                    self._answers.popitem(last=False)
            return self._answers[state]

    def explain(self, state: State, newer: Newer = never) -> Explanation:
        """Return why the effect of a state is what it is; takes up to some seconds.

        Raises InputError and Stale, as :meth:`answer` does.
        """
        return self._explaining.explain(state, self.pair(state, newer), newer)

    def pair(self, state: State, newer: Newer = never) -> Pair:
        """Return the projections of a state; raises InputError and Stale."""
        with self._lock:
            return self.futures.pair(state, newer)

    def known(self, indicator: str) -> Known:
        """Return what is known of an indicator whatever the scenario."""
        with self._lock:
            if indicator not in self._known:
                model = self.session.model
                self._known[indicator] = Known(indicator, self.session.posterior, model)
            return self._known[indicator]

    @cached_property
    def _explaining(self) -> Explaining:
        return Explaining(Futures(self.session, self.states))

    def _answered(self, state: State, newer: Newer) -> Answer:
        begin = perf_counter()
        pair = self.futures.pair(state, newer)
        projected = perf_counter()
        go_on(newer)
        registry = self.session.model.registry
        effects = effects_of(pair, state.indicator)
        known = self.known(state.indicator)
        pictures = (
            effect_picture(effects, state, registry),
            chance_picture(effects, state, registry),
            level_picture(pair, state, known),
        )
        go_on(newer)
        words = self.words(pair, state)
        sector = sector_picture(pair, state, registry)
        go_on(newer)
        return Answer(
            state,
            pair.scenario.title,
            pair.other.title,
            pair.compared is not None,
            words,
            reaches(pair, state),
            movers(pair, state, registry),
            citing(pair, state, words),
            *pictures,
            sector,
            self._targets(pair, state),
            known.figures,
            (*known.said.about, *known.said.after),
            departures(state, self.states),
            {"engine": projected - begin, "pictures": perf_counter() - projected},
        )

    def words(self, pair: Pair, state: State) -> str:
        """Return the effect of a state in a sentence; where nothing is compared, the level."""
        if pair.compared is None:
            return f"{level_title(pair, state, self.states)}."
        if not reaches(pair, state):
            return untouched(pair, state, self.session.model)
        (effect,) = pair.compared.summaries([state.indicator], [state.year])
        return effect_sentence(effect, self.session.model.registry)

    def _targets(self, pair: Pair, state: State) -> tuple[Chance, ...]:
        model = self.session.model
        projections = from_parts([pair.own])
        if pair.compared is not None:
            projections = pair.compared.projections
        assert projections is not None  # noqa: S101 - of one scenario there are always some
        found = target_probabilities(projections, model.targets, model.registry)
        own, other = projections.scenarios[-1], projections.scenarios[0]
        theirs = {each.target.id: each for each in found if each.scenario == other}
        mine = [each for each in found if each.scenario == own]
        mine.sort(key=lambda e: (e.target.indicator != state.indicator, e.probability is None))
        return tuple(_told(each, theirs[each.target.id], model.last_year) for each in mine)


def _told(own: TargetProbability, other: TargetProbability, last_year: int) -> Chance:
    """Return a target in words; one whose year was over before any lever is settled."""
    chances, note = (_chance(own), _chance(other)), own.note
    if own.probability is not None and own.year <= last_year:
        note = f"its year, {own.year}, is over; by the model it was met {chances[0]}"
        chances = ("", "")
    target = own.target
    return Chance(target.id, target.title, target.indicator, target.by, *chances, note)


def _chance(one: TargetProbability) -> str:
    """Return a probability in words; empty where there is none."""
    if one.probability is None:
        return ""
    if one.probability in (0.0, 1.0):
        return "in no future" if one.probability == 0.0 else "in every future"
    return part_words(one.probability, one.draws)

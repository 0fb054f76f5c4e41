"""What a notebook shows of answers to questions of decisions: the answer, and its table."""

from __future__ import annotations

from vnjp_sim.analysis.discovery import Discovery
from vnjp_sim.analysis.lever_mix import Mix
from vnjp_sim.analysis.lookup import Lookup
from vnjp_sim.analysis.moves import Move
from vnjp_sim.analysis.reach import Curve, Reach
from vnjp_sim.analysis.regret import Regret
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.inputs.number_text import count_text, draws_text, short
from vnjp_sim.living_record import Record
from vnjp_sim.notebook.cards import EXAMPLE, MOST_INDICATORS, card_of
from vnjp_sim.notebook.markup import Card
from vnjp_sim.scoring.record_summary import BY, RecordScores
from vnjp_sim.simulation.model_data import load_model
from vnjp_sim.tables.decisions import draws_line, mix_table, reach_lines, reach_table
from vnjp_sim.tables.discovery import discovery_lines, discovery_table
from vnjp_sim.tables.lookup import lookup_table
from vnjp_sim.tables.record import by_table, entries_table, move_lines, move_table
from vnjp_sim.tables.regret import choice_lines, regret_lines, regret_table
from vnjp_sim.tables.sensitivity import sensitivity_lines, sensitivity_table
from vnjp_sim.tables.text_table import Column, TextTable

LEADING = 6
FILE = ".to_excel('book.xlsx')"


@card_of.register(Reach)
def _reach(shown: Reach) -> Card:
    card = Card(f"{shown.finding}", draws_line(shown))
    card.tables = [reach_table(curve) for curve in shown.curves]
    if len(shown.curves) == 1:
        card.notes = list(reach_lines(shown.curves[0]))
    if shown.mix is not None:
        card.tables.append(mix_table(shown, shown.mix))
    card.further = (".table()", ".plot()", ".curves[0]", FILE)
    return card


@card_of.register(Curve)
def _curve(shown: Curve) -> Card:
    card = Card(shown.goal.text, f"{draws_text(shown.draws)}.", tables=[reach_table(shown)])
    card.notes = list(reach_lines(shown))
    card.further = (".table()", ".needed", ".setting_for(0.5)")
    return card


@card_of.register(Mix)
def _mix(shown: Mix) -> Card:
    table = TextTable([Column("lever"), Column("setting", "number")])
    for name, setting in shown.settings.items():
        table.add(name, short(setting))
    return Card(shown.finding, tables=[table], further=(".settings", ".cost", ".best", ".alone"))


@card_of.register(Regret)
def _regret(shown: Regret) -> Card:
    card = Card(shown.finding, " ".join(regret_lines(shown)), tables=[regret_table(shown)])
    card.notes = list(choice_lines(shown))
    card.further = (".table()", ".plot()", ".regrets", FILE)
    return card


@card_of.register(Sensitivities)
def _sensitivities(shown: Sensitivities) -> Card:
    names = list(shown.first)
    card = Card("What the variance of projections comes from", shown.finding(names[0]) + ".")
    card.tables = [sensitivity_table(shown, n, LEADING) for n in names[:MOST_INDICATORS]]
    if len(names) > MOST_INDICATORS:
        card.notes.append(f"Shown are {MOST_INDICATORS} of {len(names)} indicators.")
    card.notes += sensitivity_lines(shown)
    first = f"'{names[0]}'"
    card.further = (f".table({first}, top=5)", f".leading({first})", f".plot({first})", FILE)
    return card


@card_of.register(Lookup)
def _lookup(shown: Lookup) -> Card:
    card = Card(f"{shown.finding}.", f"{draws_text(shown.draws)}.", tables=[lookup_table(shown)])
    card.further = (".table()", FILE)
    return card


@card_of.register(Discovery)
def _discovery(shown: Discovery) -> Card:
    under, *lines = discovery_lines(shown)
    card = Card(f"What has to be true for it to be {shown.outcome}", under)
    card.notes = list(lines)
    card.tables = [discovery_table(shown)] if shown.conditions else []
    card.further = (".table()", FILE)
    return card


@card_of.register(Record)
def _record(shown: Record) -> Card:
    entries = shown.entries()
    card = Card("A record of projections", f"{count_text(len(entries), 'entry', 'entries')}.")
    card.tables = [] if entries.empty else [entries_table(entries)]
    card.further = (".add('base')", ".score()", f".moved('{EXAMPLE}')", f".plot('{EXAMPLE}')")
    return card


@card_of.register(RecordScores)
def _scores(shown: RecordScores) -> Card:
    card = Card("How projections did", f"{shown.finding}.")
    card.tables = [by_table(shown, what) for what in BY] if shown.figures else []
    card.further = (".table()", ".by('lead')", ".pooled()", FILE)
    return card


@card_of.register(Move)
def _move(shown: Move) -> Card:
    first, *notes = move_lines(shown)
    card = Card(first, "", tables=[move_table(shown, load_model().registry)])
    card.notes = notes
    card.further = (".table()", ".steps", FILE)
    return card

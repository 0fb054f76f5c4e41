"""What is measured in which size: counts of draws, scenarios and years, and commands."""

from __future__ import annotations

from dataclasses import dataclass

POLICIES = "oda_expansion osa_framework labour_growth"


@dataclass(frozen=True)
class Command:
    """A command as it is typed; `again` if it is measured when it has been given before."""

    text: str
    again: bool = False


@dataclass(frozen=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    budget : float
        CPU seconds after which no further turns are taken, for each row.
    draws, scenarios, years : tuple of int
        Of the rows; scenarios and horizons with `some_draws` draws.
    slope_draws : tuple of int
        Between which the cost should be proportional to the draws.
    memory_draws, pairing_draws : int
        For the peak of memory, and for the variance of effects.
    commands : tuple of Command
        From the shell.
    our_draws : tuple of int
        For the engine on the small model.
    peer_draws : int
        For the other engines, fewer for the slowest.
    session_draws, positions, keys : int
        For answers in a session, how often each lever is moved there, and one in the explorer.
    decision_draws : int
        For questions of decisions.
    """

    budget: float
    draws: tuple[int, ...]
    scenarios: tuple[int, ...]
    years: tuple[int, ...]
    some_draws: int
    slope_draws: tuple[int, ...]
    memory_draws: int
    pairing_draws: int
    commands: tuple[Command, ...]
    our_draws: tuple[int, ...]
    peer_draws: int
    session_draws: int = 1_000
    positions: int = 21
    decision_draws: int = 10_000
    keys: int = 60


HELP = Command("--help")
QUICK = (HELP, Command("run base --draws 100"))
COMMANDS = (
    HELP,
    Command("validate"),
    Command("trace investment_stock 2023"),
    Command("run base --draws 1000"),
    Command("run base --draws 1000", again=True),
    Command(f"run base combined {POLICIES} --draws 10000"),
    Command(f"compare {POLICIES} --draws 1000 --effects-only"),
    Command(f"compare {POLICIES} --draws 1000"),
    Command(f"compare {POLICIES} --draws 1000 --budget"),
    Command(f"compare {POLICIES} --draws 1000 --report --charts"),
)
"""The commands of the table. With new options, add them here."""

SIZES = {
    "tiny": Size(
        budget=0.0,
        draws=(200, 400),
        scenarios=(1, 2),
        years=(16,),
        some_draws=100,
        slope_draws=(200, 400),
        memory_draws=1_000,
        pairing_draws=100,
        commands=QUICK,
        our_draws=(100,),
        peer_draws=10,
        session_draws=20,
        positions=1,
        decision_draws=1_000,
        keys=3,
    ),
    "usual": Size(
        budget=6.0,
        draws=(1_000, 10_000, 100_000),
        scenarios=(1, 2, 5, 10),
        years=(6, 16, 26),
        some_draws=10_000,
        slope_draws=(10_000, 100_000, 1_000_000),
        memory_draws=100_000,
        pairing_draws=10_000,
        commands=COMMANDS,
        our_draws=(1_000, 10_000, 100_000),
        peer_draws=1_000,
    ),
    "full": Size(
        budget=20.0,
        draws=(1_000, 10_000, 100_000, 1_000_000),
        scenarios=(1, 2, 5, 10, 100),
        years=(6, 16, 26),
        some_draws=10_000,
        slope_draws=(10_000, 100_000, 1_000_000),
        memory_draws=100_000,
        pairing_draws=10_000,
        commands=COMMANDS,
        our_draws=(1_000, 10_000, 100_000),
        peer_draws=2_000,
    ),
}

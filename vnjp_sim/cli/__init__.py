"""The command line: one file for each family of commands, all heavy imports inside them."""

from vnjp_sim.cli import (
    backtesting,
    citing,
    comparing,
    deciding,
    exchange,
    exploring,
    history,
    importing,
    knowing,
    listing,
    model,
    recording,
    results,
    running,
    sweeping,
)
from vnjp_sim.cli.root import commands, main

__all__ = [
    "backtesting",
    "citing",
    "commands",
    "comparing",
    "deciding",
    "exchange",
    "exploring",
    "history",
    "importing",
    "knowing",
    "listing",
    "main",
    "model",
    "recording",
    "results",
    "running",
    "sweeping",
]

"""The command line: one file for each family of commands, all heavy imports inside them."""

from vnjp_sim.cli import (
    backtesting,
    comparing,
    exchange,
    history,
    model,
    results,
    running,
    sweeping,
)
from vnjp_sim.cli.root import commands, main

__all__ = [
    "backtesting",
    "commands",
    "comparing",
    "exchange",
    "history",
    "main",
    "model",
    "results",
    "running",
    "sweeping",
]

"""The command line: one file for each family of commands, all heavy imports inside them."""

from vnjp_sim.cli import exchange, model, results, running
from vnjp_sim.cli.root import commands, main

__all__ = ["commands", "exchange", "main", "model", "results", "running"]

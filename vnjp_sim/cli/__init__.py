"""The command line: one file for each family of commands, all heavy imports inside them."""

from vnjp_sim.cli import comparing, model, results, running
from vnjp_sim.cli.root import commands, main

__all__ = ["commands", "comparing", "main", "model", "results", "running"]

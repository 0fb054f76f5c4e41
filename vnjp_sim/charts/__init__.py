"""Charts of projections, effects, causes and calibration: each function returns an Altair chart."""

from __future__ import annotations

from vnjp_sim.charts.budget import budget
from vnjp_sim.charts.calibration import calibration_page
from vnjp_sim.charts.causes import causal_graph
from vnjp_sim.charts.contributions import waterfall
from vnjp_sim.charts.decisions import reach, regret
from vnjp_sim.charts.effects import effect_fan
from vnjp_sim.charts.fans import fan
from vnjp_sim.charts.history_fan import history_fan
from vnjp_sim.charts.knowing import discovery, lookup
from vnjp_sim.charts.overlays import overlay
from vnjp_sim.charts.panels import sector
from vnjp_sim.charts.record import record
from vnjp_sim.charts.saving import compact_spec, embedded, image, save, show_pictures, vega_bundle
from vnjp_sim.charts.sensitivity import sensitivity
from vnjp_sim.charts.targets import targets
from vnjp_sim.charts.theme import unchecked

__all__ = [
    "budget",
    "calibration_page",
    "causal_graph",
    "compact_spec",
    "discovery",
    "effect_fan",
    "embedded",
    "fan",
    "history_fan",
    "image",
    "lookup",
    "overlay",
    "reach",
    "record",
    "regret",
    "save",
    "sector",
    "sensitivity",
    "show_pictures",
    "targets",
    "unchecked",
    "vega_bundle",
    "waterfall",
]

"""The picture of each kind of object, as `vnjp_sim.charts` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from vnjp_sim.analysis.attribution import Attribution, widest_effect
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.discovery import Discovery
from vnjp_sim.analysis.lookup import Lookup
from vnjp_sim.analysis.main_effects import headline_names, main_effects
from vnjp_sim.analysis.reach import Reach
from vnjp_sim.analysis.regret import Regret
from vnjp_sim.analysis.sensitivities import Sensitivities
from vnjp_sim.analysis.target_probability import achievements, target_table
from vnjp_sim.analysis.uncertainty_budget import Budget
from vnjp_sim.foundation.choices import id_asked
from vnjp_sim.living_record import Record
from vnjp_sim.notebook.accessor import Runs
from vnjp_sim.notebook.models import model_of
from vnjp_sim.simulation.history import History
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.pairing import manifests_of, scenario_names

if TYPE_CHECKING:
    import altair as alt

    from vnjp_sim.calibration import Posterior


@singledispatch
def plot(shown: Any, *_: Any, **__: Any) -> alt.VConcatChart:
    """Return the picture of an object."""
    raise TypeError(f"{type(shown).__name__} has no picture")


@plot.register(Comparison)
def _comparison(
    shown: Comparison, indicator: str | None = None, *, model: Model | None = None, **look: Any
) -> alt.VConcatChart:
    from vnjp_sim import charts

    model = model_of(shown.manifests, model)
    if indicator is None:
        last = shown.years[-1]
        follows = [e for s in shown.scenarios for e in main_effects(shown, s, last).follows]
        indicator = follows[0].indicator if follows else headline_names(shown)[0]
    return charts.effect_fan(shown, indicator, model, **look)


@plot.register(Attribution)
def _attribution(
    shown: Attribution,
    indicator: str | None = None,
    *,
    year: int | None = None,
    model: Model | None = None,
    **look: Any,
) -> alt.VConcatChart:
    from vnjp_sim import charts

    model = model or load_model()
    year = shown.years[-1] if year is None else year
    asked = indicator or widest_effect(shown, year) or ""
    name = id_asked(asked, {n: model.registry.labels.get(n, n) for n in shown.total})
    return charts.waterfall(shown, name, year, model, **look)


@plot.register(Budget)
def _budget(
    shown: Budget, indicator: str | None = None, *, model: Model | None = None, **look: Any
) -> alt.VConcatChart:
    from vnjp_sim import charts

    asked = indicator or next(iter(shown.first_order))
    return charts.budget(shown, asked, model or load_model(), **look)


@plot.register(Model)
def _model(shown: Model, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.causal_graph(shown, **look)


@plot.register(Runs)
def _runs(
    shown: Runs,
    indicator: str,
    *,
    model: Model | None = None,
    posterior: Posterior | None = None,
    **look: Any,
) -> alt.VConcatChart:
    from vnjp_sim import charts

    manifests, names = manifests_of(shown.data), scenario_names(shown.data)
    model = model_of(manifests, model)
    if len(names) > 1:
        return charts.overlay(shown.data, indicator, model, **look)
    return charts.fan(shown.data, indicator, model, posterior, names[0], **look)


@plot.register(History)
def _history(shown: History, indicator: str | None = None, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.history_fan(shown, indicator, **look)


@plot.register(Reach)
def _reach(shown: Reach, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.reach(shown, **look)


@plot.register(Regret)
def _regret(shown: Regret, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.regret(shown, **look)


@plot.register(Sensitivities)
def _sensitivities(
    shown: Sensitivities, indicator: str | None = None, year: int | None = None, **look: Any
) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.sensitivity(shown, indicator, year, **look)


@plot.register(Lookup)
def _lookup(shown: Lookup, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.lookup(shown, **look)


@plot.register(Discovery)
def _discovery(shown: Discovery, **look: Any) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.discovery(shown, **look)


@plot.register(Record)
def _record(
    shown: Record, indicator: str, entries: Sequence[str] | None = None, **look: Any
) -> alt.VConcatChart:
    from vnjp_sim import charts

    return charts.record(shown, indicator, entries, **look)


def plot_targets(shown: Runs, model: Model | None, **look: Any) -> alt.VConcatChart:
    """Return the picture of the chances of targets."""
    from vnjp_sim import charts

    model = model_of(manifests_of(shown.data), model)
    table = target_table(achievements(shown.data, model.targets, model.registry))
    return charts.targets(table, model, **look)

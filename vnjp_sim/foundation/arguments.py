"""What the public functions take: each argument is settled by its name, here and nowhere else."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from vnjp_sim.foundation.argument_types import (
    attributions,
    basis,
    cluster,
    day,
    documents,
    flag,
    number,
    of_kind,
    period,
    place,
    scenario,
    scenarios,
    text,
    texts,
    waited,
    whole,
    wholes,
)

Words = ParamSpec("Words")
Answer = TypeVar("Answer")

_chart = of_kind("give what a function of vnjp_sim.charts returns", "altair.TopLevelMixin")
_contributions = of_kind(
    "give what vnjp_sim.attribute() returns, or a table",
    "vnjp_sim.Attribution",
    "pandas.DataFrame",
)
_effects = of_kind(
    "give what the effects() of a comparison returns", "xarray.Dataset", "vnjp_sim.Comparison"
)
_model = of_kind("give what vnjp_sim.load_model() returns", "vnjp_sim.Model")
_posterior = of_kind("give what vnjp_sim.posterior_of() returns first", "vnjp_sim.Posterior")
_of = of_kind("give what vnjp_sim.run() returns", "xarray.Dataset", "vnjp_sim.Comparison")
_reach = of_kind("give what vnjp_sim.reach() returns", "vnjp_sim.Reach")
_record = of_kind("give what vnjp_sim.record() returns", "vnjp_sim.Record")
_regret = of_kind("give what vnjp_sim.regret() returns", "vnjp_sim.Regret")
_lookup = of_kind("give what vnjp_sim.lookup() returns", "vnjp_sim.Lookup")
_discovery = of_kind("give what vnjp_sim.discover() returns", "vnjp_sim.Discovery")
_sensitivities = of_kind("give what vnjp_sim.sensitivity() returns", "vnjp_sim.Sensitivities")
_runs = of_kind(
    "give what vnjp_sim.run() or compare() returns", "xarray.Dataset", "vnjp_sim.Comparison"
)
_comparison = of_kind("give what vnjp_sim.compare() returns", "vnjp_sim.Comparison")
_history = of_kind("give what vnjp_sim.history() returns", "vnjp_sim.History")
_series = of_kind("give what vnjp_sim.exchange.read_series_map() returns", "vnjp_sim.SeriesMap")
_shares = of_kind(
    "give what vnjp_sim.uncertainty_budget() returns, or a table",
    "vnjp_sim.Budget",
    "pandas.DataFrame",
)
_table = of_kind("give a pandas.DataFrame", "pandas.DataFrame")

RULES: dict[str, Callable[[str, Any], Any]] = {
    "as_cube": flag,
    "as_of": day,
    "attributions": attributions,
    "bands": wholes,
    "baseline": scenario,
    "budgets": flag,
    "chance": number,
    "chart": _chart,
    "cluster": cluster,
    "comparison": _comparison,
    "conditions": whole,
    "count": whole,
    "contributions": _contributions,
    "design": place,
    "discount": number,
    "documents": documents,
    "each": flag,
    "effects": _effects,
    "element": text,
    "error": number,
    "evidence": basis,
    "every": text,
    "end": whole,
    "entries": texts,
    "file": place,
    "first": whole,
    "folder": place,
    "folders": scenarios,
    "force": flag,
    "grade": text,
    "height": whole,
    "indicator": text,
    "indicators": texts,
    "last": whole,
    "law": text,
    "least": flag,
    "lever": texts,
    "measure": text,
    "model": _model,
    "models": place,
    "name": text,
    "narrative": text,
    "note": text,
    "numbers": text,
    "of": _of,
    "of_effects": flag,
    "on": day,
    "other": text,
    "out": place,
    "override_gates": flag,
    "path": place,
    "period": period,
    "points": whole,
    "policies": scenarios,
    "posterior": _posterior,
    "ppi": whole,
    "probabilities": _table,
    "reached": flag,
    "record": _record,
    "reference": text,
    "region": text,
    "discovery": _discovery,
    "lookup": _lookup,
    "reach": _reach,
    "regret": _regret,
    "relative": flag,
    "runs": _runs,
    "scenario": scenario,
    "sector": text,
    "history": _history,
    "sensitivities": _sensitivities,
    "series": _series,
    "shares": _shares,
    "since": text,
    "start": whole,
    "still": flag,
    "suffix": text,
    "target": text,
    "theme": text,
    "title": text,
    "top": whole,
    "to": place,
    "type": text,
    "under": scenarios,
    "until": text,
    "verb": text,
    "when": waited,
    "why": text,
    "width": whole,
    "words": texts,
    "year": whole,
    "years": wholes,
}
"""How an argument is settled, by the name that it has in every public function."""


def settled(function: Callable[Words, Answer]) -> Callable[Words, Answer]:
    """Let a public function see its arguments settled by :data:`RULES`; defaults pass as given."""
    signature = inspect.signature(function)
    rules = {name: RULES[name] for name in signature.parameters if name in RULES}

    @wraps(function)
    def taking(*words: Words.args, **more: Words.kwargs) -> Answer:
        try:
            bound = signature.bind(*words, **more)
        except TypeError as error:
            raise TypeError(_call_refused(function, signature, error)) from None
        for name, rule in rules.items():
            value = bound.arguments.get(name, inspect.Parameter.empty)
            if (
                value is not inspect.Parameter.empty
                and value is not signature.parameters[name].default
            ):
                bound.arguments[name] = rule(name, value)
        return function(*bound.args, **bound.kwargs)

    return taking


def _call_refused(function: Any, signature: inspect.Signature, error: TypeError) -> str:
    """Return what was wrong with a call, with the name of the function and its parameters."""
    shown = [str(p.replace(annotation=p.empty)) for p in signature.parameters.values()]
    keywords = [p.kind is p.KEYWORD_ONLY for p in signature.parameters.values()]
    if True in keywords:
        shown.insert(keywords.index(True), "*")
    taken = ", ".join(name for name in shown if name != "self")
    return f"{function.__qualname__}({taken}): {error}"

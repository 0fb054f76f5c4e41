"""Comparisons of projections that a caller holds: are they what was asked, and their budgets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from vnjp_sim.analysis.assumed_part import FEWEST_DRAWS, AssumedPriors
from vnjp_sim.analysis.comparison import Comparison
from vnjp_sim.analysis.uncertainty_budget import Budget, variance_budgets
from vnjp_sim.calibration import Posterior
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.inputs.scenario import Scenario
from vnjp_sim.inputs.scenario_differences import scenario_of
from vnjp_sim.simulation.calibrated import stored_posterior
from vnjp_sim.simulation.model_data import Model, load_model
from vnjp_sim.simulation.projector import Projector
from vnjp_sim.simulation.request import Request


def check_asked(given: Comparison, asked: Mapping[str, object]) -> None:
    """Check that projections are what the arguments of a call ask for.

    Parameters
    ----------
    asked : Mapping[str, object]
        Of these `draws`, `seed`, `as_of`, `evidence` and `horizon` (two years) must agree;
        what is None or left out was not asked.

    Raises
    ------
    InputError
        They are of other draws, seeds, years, or documents; or do not tell.
    """
    first = given.manifests.get(given.baseline, {})
    held: dict[str, object] = {
        key: first.get(key) for key in ("draws", "seed", "as_of", "evidence")
    }
    if "draws" in first:
        held["draws"] = given.draws
    refusals = Refusals()
    for key, there in held.items():
        wanted = asked.get(key)
        wanted = wanted.isoformat()[:10] if isinstance(wanted, date) else wanted
        if wanted is not None and wanted != there:
            held_text = "none" if there is None else there
            what = f"{wanted} was requested, but the projections have {held_text}"
            refusals.append(
                Refusal(Place(key), what, f"leave {key} out, or run the scenarios with it")
            )
    years = (given.years[0], given.years[-1])
    if asked.get("horizon") not in (None, years):
        what = f"the projections cover {years[0]} to {years[1]}"
        refusals.append(
            Refusal(Place("horizon"), what, "leave it out, or select years of the projections")
        )
    refusals.raise_if_any()


def check_model(given: Comparison, model: Model, parts: Sequence[str]) -> None:
    """Check that projections were run with a models folder; raises InputError.

    `parts` are the entries of a manifest that must agree.
    """
    hashes = model.hashes
    for name, manifest in given.manifests.items():
        unlike = [part for part in parts if manifest.get(part) != hashes[part]]
        if unlike:
            what = f"was run with {', '.join(unlike)} that differ from those of the models folder"
            raise InputError.single(
                name, what, "give the models folder that it was run with, or run it again"
            )


def manifest_of_baseline(given: Comparison) -> Mapping[str, Any]:
    """Return what the baseline was run with; raises InputError where budgets cannot be made."""
    lacking = [n for n in (given.baseline, *given.scenarios) if n not in given.manifests]
    if lacking or not given.proven:
        what = "budgets need the content of the scenarios, which the projections do not hold"
        raise InputError.single(", ".join(lacking) or "runs", what, "give the scenarios themselves")
    return given.manifests[given.baseline]


def scenarios_in(given: Comparison) -> dict[str, Scenario]:
    """Return the compared scenarios as they were run; raises InputError if one cannot be examined.

    Its effects must be those against its own baseline.
    """
    found = {}
    for name in given.scenarios:
        manifest = given.manifests[name]
        if manifest["chain"][0] != given.baseline or len(manifest["chain"]) == 1:
            what = f"has no budget of effects against '{given.baseline}', which is not its root"
            raise InputError.single(name, what, "leave budgets out, or compare with its root")
        found[name] = scenario_of(manifest["scenario"], manifest["title"], manifest["chain"])
    return found


def examined(given: Comparison, request: Request) -> Comparison:
    """Return what effects rest on too, where the calibration of the projections is stored."""
    first = given.manifests.get(given.baseline, {})
    if given.draws < FEWEST_DRAWS or not {"as_of", "evidence"} <= first.keys():
        return given
    model = load_model(request.models, first["as_of"], first["evidence"])
    stored = stored_posterior(model, request.out)
    return given if stored is None else with_assumed(given, stored[0], model)


def narrowed(
    comparison: Comparison, scenarios: Sequence[str], indicators: Sequence[str]
) -> Comparison:
    """Return a comparison of some scenarios with the baseline, in some indicators."""
    names = [comparison.baseline, *(n for n in scenarios if n != comparison.baseline)]
    return replace(
        comparison,
        projections=comparison.projections.only(indicators).beside(names),
        manifests={n: m for n, m in comparison.manifests.items() if n in names},
    )


def with_assumed(comparison: Comparison, posterior: Posterior, model: Model) -> Comparison:
    """Return a comparison that tells what effects rest on, if it is of just these priors."""
    first, hashes = comparison.manifests.get(comparison.baseline, {}), model.hashes
    alike = all(first.get(part) == hashes[part] for part in ("calibration", "priors", "links"))
    if not (alike and comparison.proven and first["draws"] == comparison.draws):
        return comparison
    return replace(
        comparison, assumed=AssumedPriors(posterior, model, first["seed"], comparison.draws)
    )


def with_budgets(
    comparison: Comparison,
    scenarios: Mapping[str, Scenario],
    projector: Projector,
) -> Comparison:
    """Return a comparison with the uncertainty budgets of the effects of its scenarios."""
    departing = {name: scenario for name, scenario in scenarios.items() if scenario.baseline}
    made = budgets_of(projector, [(scenario, True) for scenario in departing.values()])
    runs = [str(comparison.manifests.get(name, {}).get("run", "")) for name in departing]
    named = [replace(budget, run=run) for budget, run in zip(made, runs, strict=True)]
    return replace(comparison, budgets=dict(zip(departing, named, strict=True)))


def budgets_of(projector: Projector, asked: Sequence[tuple[Scenario, bool]]) -> list[Budget]:
    """Return the budgets of scenarios, each with whether it is of effects, in their order.

    Those over the same years share their runs.
    """
    spans = [(scenario.start, scenario.end) for scenario, _ in asked]
    budgets: dict[int, Budget] = {}
    for span in dict.fromkeys(spans):
        places = [place for place, own in enumerate(spans) if own == span]
        made = variance_budgets(projector, [asked[place] for place in places])
        budgets |= dict(zip(places, made, strict=True))
    return [budgets[place] for place in range(len(asked))]

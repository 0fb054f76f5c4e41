"""The command that scores forecasts of what was not yet known."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from vnjp_sim.cli.console import make_console, say_json, show
from vnjp_sim.cli.options import evidence_option, json_option, model_of, models_option, refuse_given
from vnjp_sim.cli.root import commands
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.simulation.request import Request

if TYPE_CHECKING:
    from vnjp_sim.scoring import Backtest, Skill
    from vnjp_sim.simulation.model_data import Model

SOURCES = {
    "own": "simulated from the model's own laws",
    "break": "simulated from a switching trend with a break",
    "walk": "simulated from a random walk with changing volatility",
}


@commands.command()
@click.option(
    "--synthetic",
    metavar="N",
    type=click.IntRange(1, 100_000),
    default=None,
    help="Score N synthetic series of each kind instead of the documents.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Seed of the synthetic series.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Number of processes.",
)
@models_option
@evidence_option
@json_option
def backtest(
    synthetic: int | None,
    seed: int,
    workers: int,
    models: Path | None,
    evidence: str,
    as_json: bool,
) -> None:
    """Forecast the figures of later documents from earlier ones, and score the forecasts.

    The model is compared with simple methods that know the same figures: the last value, drift, a
    damped trend, the Theta method. Scores are on the log scale. --seed and --workers apply only
    with --synthetic. With --evidence documents+official the origins are 1 May of 2012 to 2018,
    and the targets what was published from then on.
    """
    if synthetic is None:
        refuse_given(("seed", "workers"), "without --synthetic")
    check_libraries()
    from vnjp_sim.scoring import backtest as forecast_later_figures
    from vnjp_sim.scoring.hindcasts import YEARLY, hindcasts

    model = model_of(Request(models=models, evidence=evidence))
    if synthetic is not None:
        studies = _studies(model, synthetic, seed, workers)
        if as_json:
            say_json({one.name: skill_json(one) for one in studies})
            return
        _show_studies(studies, synthetic)
        return
    known = (model.evidence, model.parameters, model.registry)
    with _steps() as advance:
        if model.evidence.basis == DOCUMENTS:
            result = forecast_later_figures(*known, advance)
        else:
            result = hindcasts(*known, YEARLY, advance=advance)
    if as_json:
        say_json(backtest_json(result))
        return
    _show_backtest(result, model)


def skill_json(study: Skill) -> dict[str, Any]:
    """Return a study's pooled scores for machines."""
    return {
        "pooled": {method: asdict(p) for method, p in study.pooled.items()},
        "by_lead": {
            case: {method: asdict(p) for method, p in pooled.items()}
            for case, pooled in study.by_lead().items()
        },
        "differences": [asdict(d) | {"verdict": d.verdict} for d in study.differences],
    }


def backtest_json(result: Backtest) -> dict[str, Any]:
    """Return the forecasts of later figures for machines."""
    from vnjp_sim.scoring.scores import differences, pool

    return {
        "forecasts": [
            {
                "origin": forecast.origin.isoformat(),
                "indicator": forecast.figure.indicators[0],
                "period": forecast.figure.period.text,
                "document": forecast.figure.document,
                "printed": forecast.figure.printed,
                "reported": forecast.figure.reported,
                "truth": forecast.truth,
                "levels_known": forecast.levels_known,
                "ahead": forecast.ahead,
                "median": forecast.median,
                "low": forecast.low,
                "high": forecast.high,
                "scores": {one.method: asdict(one) for one in forecast.scored},
            }
            for forecast in result.forecasts
        ],
        "left_out": result.left_out,
        "pooled": {method: asdict(p) for method, p in pool(result.scored).items()},
        "differences": [asdict(d) | {"verdict": d.verdict} for d in differences(result.scored)],
    }


def _studies(model: Model, count: int, seed: int, workers: int) -> list[Skill]:
    from vnjp_sim.scoring import growth_laws, synthetic_skill

    laws = growth_laws(model.parameters, model.registry)
    studies = []
    for name in SOURCES:
        with _steps() as advance:
            done = iter(range(1, count + 1))

            def finished(_series: int, name: str = name, done: Iterator[int] = done) -> None:
                advance(f"{name}: {next(done)} of {count}")

            studies.append(synthetic_skill(name, count, laws, seed, workers, finished))
    return studies


def _show_studies(studies: list[Skill], count: int) -> None:
    from vnjp_sim.tables.skill import score_table

    console = make_console()
    for study in studies:
        title = f"{count} series {SOURCES[study.name]}, 1, 3 and 5 years ahead"
        show(console, score_table(title, study.pooled, study.differences))
    console.print(
        "CRPS and interval score (80 %) are in log points. A difference whose whole interval is "
        "below zero favours the model."
    )


def _show_backtest(result: Backtest, model: Model) -> None:
    from vnjp_sim.inputs.number_text import percent
    from vnjp_sim.scoring.scores import MODEL, binomial_band, differences, pool
    from vnjp_sim.tables.skill import forecast_table, score_table

    console = make_console()
    if not result.forecasts:
        console.print("No figure of a later document can be forecast from earlier ones.")
        return
    show(console, forecast_table(result.forecasts, model.registry))
    pooled = pool(result.scored)
    show(console, score_table("All forecasts", pooled, differences(result.scored)))
    cases = pooled[MODEL].cases
    for level, share in pooled[MODEL].coverage.items():
        low, high = binomial_band(cases, level)
        console.print(
            f"{round(share * cases)} of {cases} figures lie in the model's {percent(level)} "
            f"interval; {low} to {high} would be expected of independent forecasts.",
            highlight=False,
        )
    for reason, number in sorted(result.left_out.items()):
        console.print(f"Not forecast: {number} ({reason}).")


def check_libraries() -> None:
    """Refuse to start without the libraries of the extra; raises EnvironmentFailureError."""
    from importlib.util import find_spec

    from vnjp_sim.foundation.errors import EnvironmentFailureError

    missing = [name for name in ("scoringrules", "statsmodels") if find_spec(name) is None]
    if missing:
        raise EnvironmentFailureError(
            f"scores need {' and '.join(missing)}, not installed here; "
            'run: pip install "vnjp-sim[backtest]", or ".[backtest]" in a checkout'
        )


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Show what is being forecast on a terminal; stay silent in pipes."""
    if not sys.stderr.isatty():
        yield lambda _what: None
        return
    from rich.text import Text

    with make_console(errors=True).status("backtest") as status:
        yield lambda what: status.update(Text(what))

"""The command line. Heavy modules are imported by the commands that need them.

Exit status: 0 done, 1 a defect of ours, 2 bad input, 3 a gate failed, 4 the environment failed,
130 interrupted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NoReturn

import rich_click as click

from vnjp_sim.errors import EnvironmentFailureError, InputError, VnjpSimError

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from vnjp_sim.errors import Fault
    from vnjp_sim.runs import Model, Progress, RunResult
    from vnjp_sim.targets import Target

click.rich_click.TEXT_MARKUP = "ansi"
click.rich_click.MAX_WIDTH = 100

TABLE_WIDTH = 100
SHOWN_FAULTS = 100

DATE_HELP = "Use only documents published before this day (2024-01-31)."
MODELS_HELP = "A models folder to use instead of the shipped one."
OUT_HELP = "The results folder."

models_option = click.option(
    "--models", type=click.Path(path_type=Path), default=None, help=MODELS_HELP
)
as_of_option = click.option("--as-of", metavar="DATE", default=None, help=DATE_HELP)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("results"),
    show_default=True,
    help=OUT_HELP,
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vnjp-sim", prog_name="vnjp_sim")
def commands() -> None:
    """Scenario simulation of Vietnam–Japan relations: calibrate, run, trace."""


@commands.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--draws", type=int, default=2_000, show_default=True, help="Draws a scenario.")
@click.option("--seed", type=int, default=20_251, show_default=True, help="Seed of the run.")
@click.option("--horizon", metavar="START:END", default=None, help="Years, as 2025:2050.")
@click.option(
    "--workers", type=int, default=1, show_default=True, help="Threads or processes that compute."
)
@click.option(
    "--parallel",
    type=click.Choice(["threads", "processes"]),
    default="threads",
    show_default=True,
    help="What the workers are; processes only pay when a run takes many seconds.",
)
@click.option("--all", "everything", is_flag=True, help="Show every indicator in the table.")
@out_option
@models_option
@as_of_option
@json_option
def run(
    scenarios: tuple[str, ...],
    draws: int,
    seed: int,
    horizon: str | None,
    workers: int,
    parallel: Literal["threads", "processes"],
    everything: bool,
    out: Path,
    models: Path | None,
    as_of: str | None,
    as_json: bool,
) -> None:
    """Project scenarios: YAML files, or names of shipped ones such as base.

    Calibrates first if no calibration of the same figures and priors is stored. The results go to
    OUT/<scenario>/<run>/: all draws (projection.nc), a tidy table (indicators.csv), a manifest.
    """
    from vnjp_sim.runs import Options, run_scenario
    from vnjp_sim.scenario import find_scenario, read_scenario

    start, end = _horizon(horizon)
    options = Options(draws, seed, start, end, workers, parallel)
    model = _model(models, as_of)
    faults: list[Fault] = []
    for request in scenarios:
        try:
            read_scenario(find_scenario(request), model.parameters, model.instruments)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    results = []
    for request in scenarios:
        with _progress(model, draws) as progress:
            results.append(run_scenario(request, model, options, out, progress))
    if as_json:
        click.echo(json.dumps([_result_json(result) for result in results], ensure_ascii=False))
        return
    for result in results:
        _show_result(result, model, everything)


@commands.command()
@click.option(
    "--override-gates",
    is_flag=True,
    help="Keep the calibration even if a diagnostic fails; its manifest says so.",
)
@out_option
@models_option
@as_of_option
@json_option
def calibrate(
    override_gates: bool, out: Path, models: Path | None, as_of: str | None, as_json: bool
) -> None:
    """Calibrate on the documents' figures, or show the stored calibration, with diagnostics."""
    from vnjp_sim.runs import posterior_of
    from vnjp_sim.shipped import display_path

    model = _model(models, as_of)
    with _progress(model, 0) as progress:
        posterior, file = posterior_of(model, out, progress, override_gates=override_gates)
    if as_json:
        content = {
            "file": str(file),
            "groups": [asdict(group) for group in posterior.groups],
            "parameters": [asdict(p) | {"learnt": p.learnt} for p in posterior.parameters],
            "missing": list(posterior.missing),
        }
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    from vnjp_sim.tables import calibration_tables

    console = _console()
    for table in calibration_tables(posterior.groups, posterior.parameters, posterior.missing):
        console.print(table)
    console.print(f"Calibration: {display_path(file)}", soft_wrap=True, highlight=False)


@commands.command()
@click.argument("files", nargs=-1, metavar="[FILE...]")
@models_option
@json_option
def validate(files: tuple[str, ...], models: Path | None, as_json: bool) -> None:
    """Check the models folder and the scenario FILEs, by default all shipped ones."""
    try:
        counts = _validated(files, models)
    except InputError as error:
        if as_json:
            faults = [asdict(fault) for fault in error.faults]
            click.echo(json.dumps({"valid": False, "faults": faults}, ensure_ascii=False))
        raise
    if as_json:
        click.echo(json.dumps({"valid": True} | counts))
        return
    told = ", ".join(f"{count} {name}" for name, count in counts.items())
    click.echo(f"Valid: {told}.")


def _validated(files: tuple[str, ...], models: Path | None) -> dict[str, int]:
    """Return how many of everything were read; raises InputError with all faults."""
    from vnjp_sim.scenario import find_scenario, read_scenario
    from vnjp_sim.shipped import shipped_folder
    from vnjp_sim.targets import read_targets

    model = _model(models, None)
    faults: list[Fault] = []
    targets: tuple[Target, ...] = ()
    try:
        targets = read_targets(model.folder, model.registry, model.evidence)
    except InputError as error:
        faults += error.faults
    chosen = files or tuple(map(str, sorted(shipped_folder("scenarios").glob("*.yml"))))
    for request in chosen:
        try:
            read_scenario(find_scenario(request), model.parameters, model.instruments)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return {
        "documents": len(model.evidence.documents),
        "indicators": len(model.registry.indicators),
        "observations": len(model.evidence.observations),
        "events": len(model.evidence.events),
        "parameters": sum(1 for _ in model.parameters.all_parameters()),
        "targets": len(targets),
        "levers": len(model.instruments.levers),
        "event types": len(model.instruments.event_types),
        "links": len(model.links.links),
        "scenarios": len(chosen),
    }


@commands.command()
@click.argument("indicator")
@click.argument("period", required=False)
@models_option
@as_of_option
@json_option
def trace(
    indicator: str, period: str | None, models: Path | None, as_of: str | None, as_json: bool
) -> None:
    """Show every figure behind INDICATOR, with document, line and place, conflicts included.

    PERIOD is a year or any form that the figures use: 2022, 2023-09, 2023-01/2023-07, FY2019. A
    year shows every figure that touches it.
    """
    from vnjp_sim.errors import did_you_mean

    model = _model(models, as_of)
    if indicator not in model.registry.indicators:
        known = model.registry.indicators
        raise InputError.single(indicator, "no such indicator", did_you_mean(indicator, known))
    observations = _observations_of(model, indicator, period)
    if as_json:
        click.echo(json.dumps([_figure_json(o) for o in observations], ensure_ascii=False))
        return
    _show_trace(model, indicator, period, observations)


@commands.command()
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    from vnjp_sim.scenario import ScenarioFile

    content = ScenarioFile.model_json_schema()
    content["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    click.echo(json.dumps(content, indent=2, ensure_ascii=False))


@commands.command()
@models_option
@json_option
def levers(models: Path | None, as_json: bool) -> None:
    """List what a scenario may steer and make happen, with units and ranges."""
    model = _model(models, None)
    if as_json:
        content = {
            "levers": {n: x.model_dump() for n, x in model.instruments.levers.items()},
            "event_types": {n: x.model_dump() for n, x in model.instruments.event_types.items()},
        }
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    from vnjp_sim.tables import instrument_tables

    for table in instrument_tables(model.instruments):
        _console().print(table)


@commands.command()
@click.option(
    "--format", "kind", type=click.Choice(["mermaid", "dot"]), default="mermaid", show_default=True
)
@models_option
def graph(kind: str, models: Path | None) -> None:
    """Print the causal graph of the links, as Mermaid or Graphviz DOT."""
    from vnjp_sim.graph import dot, mermaid

    model = _model(models, None)
    draw = mermaid if kind == "mermaid" else dot
    click.echo(draw(model.links, model.registry))


@commands.command()
@click.argument("name")
@click.option("--extends", default="base", show_default=True, help="The scenario to depart from.")
def new(name: str, extends: str) -> None:
    """Write NAME.yml, a commented scenario to start from; never over an existing file."""
    from vnjp_sim.scenario_template import write_template
    from vnjp_sim.shipped import display_path

    click.echo(f"wrote {display_path(write_template(name, extends))}")


@commands.group()
def results() -> None:
    """Keep the results folder in hand."""


@results.command(name="list")
@out_option
@json_option
def list_results(out: Path, as_json: bool) -> None:
    """List the stored runs, newest first."""
    from vnjp_sim.shipped import display_path
    from vnjp_sim.store import list_runs

    runs = list_runs(out)
    if as_json:
        click.echo(json.dumps([{"folder": str(r.folder)} | dict(r.manifest) for r in runs]))
        return
    for stored in runs:
        told = stored.manifest
        click.echo(
            f"{display_path(stored.folder)}  {told.get('draws')} draws, seed {told.get('seed')}, "
            f"{stored.bytes / 1e6:.1f} MB"
        )
    if not runs:
        click.echo(f"No runs in {display_path(out)}.")


@results.command()
@click.option("--keep", type=click.IntRange(min=0), default=1, show_default=True)
@out_option
def prune(keep: int, out: Path) -> None:
    """Delete all but the newest runs of each scenario."""
    from vnjp_sim.shipped import display_path
    from vnjp_sim.store import prune_runs

    deleted = prune_runs(out, keep)
    for stored in deleted:
        click.echo(f"deleted {display_path(stored.folder)}")
    if not deleted:
        click.echo(f"Nothing to delete in {display_path(out)}.")


def main() -> None:
    """Run the command line and exit with its status."""
    try:
        status = commands.main(standalone_mode=False, prog_name="vnjp_sim", obj=_Interrupt())
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        _leave(130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except InputError as error:
        for fault in error.faults[:SHOWN_FAULTS]:
            _say(f"error: {fault}")
        if len(error.faults) > SHOWN_FAULTS:
            _say(f"error: {len(error.faults) - SHOWN_FAULTS} more faults; mend these first")
        sys.exit(error.exit_status)
    except VnjpSimError as error:
        _say(f"error: {error}")
        sys.exit(error.exit_status)
    except SystemExit as left:
        # click and rich leave with 1 when whoever reads a pipe has gone.
        sys.exit(0 if left.code == 1 else left.code)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _say(f"error: {place}{error.strerror or error}; check space and permissions")
        _leave(EnvironmentFailureError.exit_status)
    except MemoryError:
        _say("error: not enough memory; ask for fewer draws")
        sys.exit(EnvironmentFailureError.exit_status)
    sys.exit(status if isinstance(status, int) else 0)


class _Interrupt:
    """Remembers an interrupt that a library swallowed on its way up."""

    def __init__(self) -> None:
        self.asked = False
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._take)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.default_int_handler(number, frame)

    def check(self, _progress: object) -> None:
        """Raise KeyboardInterrupt if an interrupt has come."""
        if self.asked:
            raise KeyboardInterrupt


def _say(text: str) -> None:
    click.echo(text, err=True)


def _leave(status: int) -> NoReturn:
    """End now, whatever an interrupted import, a thread or a full pipe would have to say."""
    sys.stderr.flush()
    os._exit(status)


def _model(models: Path | None, as_of: str | None) -> Model:
    from vnjp_sim.runs import load_model
    from vnjp_sim.vocabulary import parse_day

    day = None
    if as_of is not None:
        try:
            day = parse_day(as_of)
        except ValueError as error:
            what, _, remedy = str(error).partition(" — ")
            raise InputError.single("--as-of", what, remedy) from None
    return load_model(models, day)


def _horizon(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    parts = text.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise InputError.single("--horizon", f"'{text}' is not a span", "write it as 2025:2050")
    return int(parts[0][:5]), int(parts[1][:5])


@contextmanager
def _progress(model: Model, draws: int) -> Iterator[Progress]:
    """Show bars on a terminal; stay silent in pipes."""
    from vnjp_sim.runs import Progress as Told

    context = click.get_current_context()
    interrupt = (context and context.find_object(_Interrupt)) or _Interrupt()
    if not sys.stderr.isatty():
        yield Told(interrupt.check, interrupt.check)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    from vnjp_sim.calibration.plan import make_plan

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        groups = len(make_plan(model.evidence, model.parameters).groups)
        calibration = bars.add_task("calibrating", total=groups, visible=False)
        projection = bars.add_task("projecting", total=max(draws, 1), visible=False)

        def calibrating(name: str) -> None:
            interrupt.check(name)
            bars.update(calibration, advance=1, visible=True, description=f"calibrated {name}")

        def projecting(done: int) -> None:
            interrupt.check(done)
            bars.update(projection, advance=done, visible=True)

        yield Told(calibrating, projecting)


def _console() -> Console:
    """Return a console for tables: as wide as the terminal, but never below 100 columns.

    A narrower terminal wraps the lines; cutting a number would make a wrong one of it.
    """
    from rich.console import Console

    console = Console()
    wide = console.is_terminal and console.width >= TABLE_WIDTH
    return console if wide else Console(width=TABLE_WIDTH)


def _result_json(result: RunResult) -> dict[str, Any]:
    return {
        "scenario": result.scenario.name,
        "folder": str(result.folder),
        "reused": result.reused,
        "run": result.manifest["run"],
        "calibration": result.manifest["calibration"],
    }


def _show_result(result: RunResult, model: Model, everything: bool) -> None:
    from vnjp_sim.shipped import display_path
    from vnjp_sim.tables import run_table

    console = _console()
    scenario = result.scenario
    console.print(f"{scenario.name}: {scenario.title}", style="bold", highlight=False)
    console.print(run_table(result, model.registry, model.evidence, everything=everything))
    if model.as_of is not None:
        console.print(f"Only documents published before {model.as_of}.", highlight=False)
    again = " (stored before, not computed again)" if result.reused else ""
    console.print(f"Results: {display_path(result.folder)}{again}", soft_wrap=True, highlight=False)


def _observations_of(model: Model, indicator: str, period: str | None) -> list[Any]:
    from vnjp_sim.vocabulary import parse_period

    found = [
        o for o in model.evidence.observations if indicator in o.indicators or o.of == indicator
    ]
    if period is None:
        return found
    try:
        asked = parse_period(period)
    except ValueError as error:
        what, _, remedy = str(error).partition(" — ")
        raise InputError.single("PERIOD", what, remedy) from None
    return [
        o
        for o in found
        if any(
            p is not None and p.start < asked.end and asked.start < p.end
            for p in (o.period, o.base_period)
        )
    ]


def _figure_json(o: Any) -> dict[str, Any]:
    return {
        "indicator": "+".join(o.indicators),
        "period": o.period.text,
        "value": o.printed,
        "unit": o.unit,
        "reported": o.reported,
        "base_period": o.base_period.text if o.base_period else None,
        "of": o.of or None,
        "document": o.document,
        "lines": list(o.lines),
        "place": o.place,
        "use": o.use,
        "note": o.note,
        "row": f"{o.file}:{o.row}",
    }


def _show_trace(model: Model, indicator: str, period: str | None, observations: list[Any]) -> None:
    from vnjp_sim.tables import law_lines, trace_table

    console = _console()
    known = model.registry.indicators[indicator]
    console.print(f"{indicator} — {known.label}, {known.unit}", style="bold", highlight=False)
    console.print(known.meaning, highlight=False)
    if observations:
        console.print(trace_table(observations, model.evidence))
    else:
        touching = f" that touches {period}" if period else ""
        console.print(f"No document holds a figure{touching}.", highlight=False)
    for line in law_lines(indicator, model.parameters, model.links):
        console.print(line, highlight=False, soft_wrap=True)

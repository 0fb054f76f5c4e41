"""What commands share: options, reading the model, progress."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import rich_click as click
from click.core import ParameterSource

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import make_console
from vnjp_sim.foundation.arguments import place
from vnjp_sim.foundation.choices import names_asked
from vnjp_sim.foundation.errors import InputError, Place, Refusal
from vnjp_sim.foundation.refusals import Refusals
from vnjp_sim.foundation.vocabulary import DOCUMENTS
from vnjp_sim.simulation.request import DEFAULT_DRAWS, DEFAULT_OUT, DEFAULT_SEED, Request

if TYPE_CHECKING:
    from types import FrameType

    from vnjp_sim.session import Session
    from vnjp_sim.simulation.model_data import Model
    from vnjp_sim.simulation.pipeline import Progress, RunResult

DATE_HELP = "Use only documents published before this date, such as 2024-01-31."
EVIDENCE_HELP = "Figures used: documents, or documents+official with the official series."
MODELS_HELP = "Your own models folder; the shipped one supplies whatever it does not define."
OUT_HELP = "Results folder."


class PlaceType(click.Path):
    """The path of a file or folder; an empty one is refused: it would mean the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,  # noqa: ARG002 - as click calls it
    ) -> Path:
        """Return the path; raises InputError."""
        name = param.opts[-1] if param is not None else "path"
        return place(name, value)


path_type = PlaceType()
models_option = click.option("--models", type=path_type, default=None, help=MODELS_HELP)
as_of_option = click.option("--as-of", metavar="DATE", default=None, help=DATE_HELP)
evidence_option = click.option(
    "--evidence", metavar="BASIS", default=DOCUMENTS, show_default=True, help=EVIDENCE_HELP
)
out_option = click.option(
    "--out", type=path_type, default=DEFAULT_OUT, show_default=True, help=OUT_HELP
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
baseline_option = click.option(
    "--baseline",
    default=None,
    shell_complete=complete_scenario,
    help="Scenario to compare with.  [default: the root of `extends`]",
)
force_option = click.option("--force", is_flag=True, help="Replace the file if it exists.")
workers_option = click.option(
    "--workers", type=int, default=1, show_default=True, help="Number of threads."
)
cluster_option = click.option(
    "--cluster",
    metavar="local|ADDRESS",
    default=None,
    help="Compute on a dask cluster: `local` for --workers processes of this machine, or the "
    "address of a scheduler, such as tcp://10.0.0.5:8786. Results are the same bytes.",
)
scenarios_argument = click.argument(
    "scenarios", nargs=-1, required=True, metavar="SCENARIO...", shell_complete=complete_scenario
)
Command = TypeVar("Command", bound=Callable[..., object])


horizon_option = click.option(
    "--horizon",
    metavar="START:END",
    default=None,
    help="First and last year, such as 2025:2050.",
)
seed_option = click.option(
    "--seed", type=int, default=DEFAULT_SEED, show_default=True, help="Seed of the random numbers."
)


def draws_option(usual: int) -> Callable[[Command], Command]:
    """Return --draws with a usual number."""
    words = "Number of draws per scenario."
    return click.option("--draws", type=int, default=usual, show_default=True, help=words)


def size_options(command: Command) -> Command:
    """Add --draws, --seed and --horizon."""
    for option in (horizon_option, seed_option, draws_option(DEFAULT_DRAWS)):
        command = option(command)
    return command


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Hand a command its scenarios and the options that they share as one :class:`Request`."""

    @wraps(command)
    def asking(**given: Any) -> None:
        names = [field.name for field in fields(Request) if field.name in given]
        asked = {name: given.pop(name) for name in names}
        if not asked.get("scenarios", True):
            del asked["scenarios"]
        command(request=_request(asked), **given)

    return asking


def run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what runs are asked for with, and --json; hand it over as :func:`asks` does."""
    command = asks(command)
    for option in (
        json_option,
        evidence_option,
        as_of_option,
        models_option,
        out_option,
        workers_option,
        size_options,
    ):
        command = option(command)
    return command


def _request(asked: dict[str, Any]) -> Request:
    """Return a request; its faults name the options as a user writes them."""
    try:
        return Request(**asked)
    except InputError as error:
        raise InputError(
            replace(refusal, place=Place(_option(refusal.place.file)))
            if refusal.place.file in asked and refusal.place.file != "scenarios"
            else refusal
            for refusal in error.refusals
        ) from None


def refuse_given(names: Iterable[str], where: str) -> None:
    """Refuse options of the current command that say nothing here; raises InputError."""
    context = click.get_current_context()
    assert context is not None  # noqa: S101 - a command runs
    Refusals(
        Refusal(Place(_option(name)), f"has no effect {where}", "leave it out")
        for name in names
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    ).raise_if_any()


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def model_of(request: Request) -> Model:
    """Read the models folder asked for, as of the day asked for; raises InputError."""
    from vnjp_sim.simulation.model_data import load_model

    return load_model(request.models, request.as_of, request.evidence)


def session_of(request: Request) -> Session:
    """Return a session with the options of a request, calibrated; raises InputError and others."""
    from vnjp_sim.session import Session
    from vnjp_sim.simulation.pipeline import posterior_of

    session = Session(**request.asked)
    with show_progress(session.model, 0) as progress:
        session.posterior, _ = posterior_of(session.model, request.out, progress)
    return session


def run_requested(
    request: Request, model: Model, indicators: Sequence[str] = ()
) -> list[RunResult]:
    """Run the scenarios that are asked for, or find them stored; raises InputError and others.

    `indicators` are those that a run of summaries only is asked for; all if none is named.
    """
    from vnjp_sim.simulation.pipeline import run_all
    from vnjp_sim.simulation.scenario_requests import distinct_scenarios
    from vnjp_sim.simulation.summarised_run import run_summarised

    scenarios = list(distinct_scenarios(request.scenarios, model, request.options).values())
    with show_progress(model, request.draws) as progress:
        asked = (model, request.options, request.out, progress)
        if not request.summaries_only:
            return run_all(scenarios, *asked)
        return [run_summarised(one, *asked, indicators=indicators or None) for one in scenarios]


def indicators_meant(words: Sequence[str], model: Model) -> tuple[str, ...]:
    """Return the indicators that words mean: ids, labels, or beginnings; raises InputError."""
    return tuple(names_asked(words, model.registry.labels)) if words else ()


@contextmanager
def show_progress(model: Model, draws: int) -> Iterator[Progress]:
    """Show bars on a terminal; stay silent in pipes."""
    from vnjp_sim.simulation.pipeline import Progress as Steps

    context = click.get_current_context()
    interrupt = (context and context.find_object(Interrupt)) or Interrupt()
    if not sys.stderr.isatty():
        yield Steps(interrupt.check, interrupt.check, interrupt.check)
        return
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    from vnjp_sim.calibration.plan import make_plan

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Bars(*columns, console=make_console(errors=True), transient=True) as bars:
        groups = len(make_plan(model.evidence, model.parameters).groups)
        calibration = bars.add_task("calibrating", total=groups, visible=False)
        projection = bars.add_task("projecting", total=max(draws, 1), visible=False)
        analysis = bars.add_task("comparing", total=None, visible=False)

        def starting(text: str) -> None:
            interrupt.check(text)
            bars.console.print(text)
            bars.update(calibration, visible=True)

        def calibrating(name: str) -> None:
            interrupt.check(name)
            bars.update(calibration, advance=1, visible=True, description=f"calibrated {name}")

        def projecting(done: int) -> None:
            interrupt.check(done)
            if bars.tasks[projection].finished:  # the next scenario of a comparison
                bars.reset(projection)
            bars.update(projection, advance=done, visible=True)

        def analysing(step: str) -> None:
            interrupt.check(step)
            bars.update(projection, visible=False)
            bars.update(analysis, visible=True, description=step)

        yield Steps(calibrating, projecting, analysing, starting)


class Interrupt:
    """Remembers an interrupt that a library swallowed on its way up."""

    def __init__(self) -> None:
        self.asked = False
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._take)
            self._show, sys.unraisablehook = sys.unraisablehook, self._pass_over

    def _pass_over(self, swallowed: sys.UnraisableHookArgs) -> None:
        """Show what could not be raised, save an interrupt, which is remembered."""
        if not issubclass(swallowed.exc_type, KeyboardInterrupt):
            self._show(swallowed)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.default_int_handler(number, frame)

    def check(self, _progress: object) -> None:
        """Raise KeyboardInterrupt if an interrupt has come."""
        if self.asked:
            raise KeyboardInterrupt

"""What commands share: options, reading the model, progress."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

import rich_click as click

from vnjp_sim.cli.console import make_console
from vnjp_sim.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from types import FrameType

    from vnjp_sim.model import Model
    from vnjp_sim.runs import Options, Progress

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
baseline_option = click.option(
    "--baseline", default=None, help="What to compare with.  [default: their root]"
)
force_option = click.option("--force", is_flag=True, help="Replace the file if it exists.")
workers_option = click.option(
    "--workers", type=int, default=1, show_default=True, help="Threads that compute."
)
Command = TypeVar("Command", bound=Callable[..., object])


def size_options(command: Command) -> Command:
    """Add --draws, --seed and --horizon, which :func:`read_options` reads."""
    for option in (
        click.option("--horizon", metavar="START:END", default=None, help="Years, as 2025:2050."),
        click.option(
            "--seed", type=int, default=20_251, show_default=True, help="Seed of the run."
        ),
        click.option(
            "--draws", type=int, default=2_000, show_default=True, help="Draws a scenario."
        ),
    ):
        command = option(command)
    return command


def read_options(
    draws: int,
    seed: int,
    horizon: str | None,
    workers: int,
    parallel: Literal["threads", "processes"] = "threads",
) -> Options:
    """Return what a run is asked; raises InputError."""
    from vnjp_sim.runs import Options as Asked

    start, end = _span(horizon)
    return Asked(draws, seed, start, end, workers, parallel)


def read_model(models: Path | None, as_of: str | None) -> Model:
    """Read the models folder asked for, as of the day asked for; raises InputError."""
    from vnjp_sim.model import load_model
    from vnjp_sim.vocabulary import parse_day

    day = None
    if as_of is not None:
        try:
            day = parse_day(as_of)
        except ValueError as error:
            what, _, remedy = str(error).partition(" — ")
            raise InputError.single("--as-of", what, remedy) from None
    return load_model(models, day)


def check_indicator(name: str, model: Model) -> None:
    """Refuse an indicator that the registry lacks; raises InputError."""
    known = model.registry.indicators
    if name not in known:
        raise InputError.single(name, "no such indicator", did_you_mean(name, known))


def _span(text: str | None) -> tuple[int | None, int | None]:
    if text is None:
        return None, None
    from vnjp_sim.vocabulary import parse_span

    try:
        return parse_span(text)
    except ValueError as error:
        what, _, remedy = str(error).partition(" — ")
        raise InputError.single("--horizon", what, remedy) from None


@contextmanager
def show_progress(model: Model, draws: int) -> Iterator[Progress]:
    """Show bars on a terminal; stay silent in pipes."""
    from vnjp_sim.runs import Progress as Told

    context = click.get_current_context()
    interrupt = (context and context.find_object(Interrupt)) or Interrupt()
    if not sys.stderr.isatty():
        yield Told(interrupt.check, interrupt.check, interrupt.check)
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

        yield Told(calibrating, projecting, analysing)


class Interrupt:
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

"""The command line. Heavy modules are imported by the commands that need them.

Exit status: 0 done, 1 a defect of ours, 2 bad input, 3 a gate failed, 4 the environment failed,
130 interrupted.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import sys
from typing import NoReturn

import rich_click as click

from vnjp_sim.cli.console import say, width
from vnjp_sim.cli.options import Interrupt
from vnjp_sim.foundation.encodings import print_any_text
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError, VnjpSimError
from vnjp_sim.foundation.packaged import check_current_folder
from vnjp_sim.foundation.refusals import MAX_REFUSALS

click.rich_click.TEXT_MARKUP = "ansi"
click.rich_click.MAX_WIDTH = 100

SHOWN_REFUSALS = MAX_REFUSALS + 1
NARROW = 60
"""In fewer columns, a help page tells the type of an option in its text, so that both are whole."""


class OnceCommand(click.RichCommand):
    """A command that refuses an option given twice, of which the last would hold without a word."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Check the words of a command line, then read them."""
        single = {
            name: option.opts[0]
            for option in self.params
            if isinstance(option, click.Option) and not (option.multiple or option.is_flag)
            for name in option.opts
        }
        words = args[: args.index("--")] if "--" in args else args
        given = [name for word in words if (name := single.get(word.partition("=")[0]))]
        for name in given:
            if given.count(name) > 1:
                raise click.UsageError(f"{name} is given twice; give it once.", ctx)
        return super().parse_args(ctx, args)


class OnceGroup(click.RichGroup):
    """A group of such commands."""

    command_class = OnceCommand
    group_class = type


@click.group(cls=OnceGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vnjp-sim", prog_name="vnjp_sim")
def commands() -> None:
    """Simulate scenarios of the Vietnam–Japan partnership: calibrate, project, compare, trace."""


def main() -> None:
    """Run the command line and exit with its status."""
    print_any_text()
    if width() < NARROW:
        click.rich_click.OPTIONS_TABLE_COLUMN_TYPES = ["required", "opt_all", "help"]
        click.rich_click.OPTIONS_TABLE_HELP_SECTIONS = ["help", "metavar", "required", "default"]
    interrupt = Interrupt()
    status = _status(interrupt)
    atexit.register(signal.signal, signal.SIGINT, signal.SIG_IGN)  # the work is over
    if interrupt.asked:  # raised by the interrupt itself, or kept by a library on its way up
        _say("interrupted")
        _leave(130)
    sys.exit(status or 0)


def _status(interrupt: Interrupt) -> str | int | None:
    """Run the command line and return its status."""
    try:
        check_current_folder()
        return _done(interrupt)
    except KeyboardInterrupt:
        interrupt.asked = True
        return 130
    except VnjpSimError as error:
        _tell(error)
        return error.exit_status
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _say(f"error: {place}{error.strerror or error}; check space and permissions")
        _leave(EnvironmentFailureError.exit_status)
    except MemoryError:
        _say("error: not enough memory; ask for fewer draws")
        return EnvironmentFailureError.exit_status
    except Exception:
        if not interrupt.asked:  # what an import that was interrupted leads to is no defect
            raise
        return 130


def _done(interrupt: Interrupt) -> str | int | None:
    """Run the command line under click; return its status."""
    try:
        status = commands.main(standalone_mode=False, prog_name="vnjp_sim", obj=interrupt)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        _refuse(error)
        return 2
    except SystemExit as left:
        return 0 if _reader_has_gone(left) else left.code
    return status if isinstance(status, int) else 0


def _tell(error: VnjpSimError) -> None:
    if not isinstance(error, InputError):
        _say(f"error: {error.typed}")
        return
    for refusal in error.refusals[:SHOWN_REFUSALS]:
        _say(f"error: {refusal.typed}")
    if len(error.refusals) > SHOWN_REFUSALS:
        _say(f"error: {len(error.refusals) - SHOWN_REFUSALS} more; fix these first")


def _reader_has_gone(left: SystemExit) -> bool:
    """Return whether click or rich left, with status 1, since nobody reads the pipe any more."""
    cause = left.__context__
    return left.code == 1 and isinstance(cause, OSError) and cause.errno == errno.EPIPE


def _refuse(error: click.ClickException) -> None:
    """Say what is wrong with the words of a command line, whatever signs are in them."""
    context = getattr(error, "ctx", None)
    if context is not None:
        pieces = " ".join(context.command.collect_usage_pieces(context))
        _say(f"Usage: {context.command_path} {pieces}")
        _say(f"Try '{context.command_path} --help' for help.\n")
    _say(f"Error: {error.format_message()}")


def _say(text: str) -> None:
    say(text, errors=True)


def _leave(status: int) -> NoReturn:
    """End now, whatever an interrupted import, a thread or a full pipe would have to say."""
    sys.stderr.flush()
    os._exit(status)

"""The command line. Heavy modules are imported by the commands that need them.

Exit status: 0 done, 1 a defect of ours, 2 bad input, 3 a gate failed, 4 the environment failed,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import rich_click as click

from vnjp_sim.cli.console import say
from vnjp_sim.cli.options import Interrupt
from vnjp_sim.encodings import print_any_text
from vnjp_sim.errors import MAX_FAULTS, EnvironmentFailureError, InputError, VnjpSimError

click.rich_click.TEXT_MARKUP = "ansi"
click.rich_click.MAX_WIDTH = 100

SHOWN_FAULTS = MAX_FAULTS + 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="vnjp-sim", prog_name="vnjp_sim")
def commands() -> None:
    """Scenario simulation of Vietnam–Japan relations: calibrate, run, trace."""


def main() -> None:
    """Run the command line and exit with its status."""
    print_any_text()
    try:
        status = commands.main(standalone_mode=False, prog_name="vnjp_sim", obj=Interrupt())
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        _leave(130)
    except click.ClickException as error:
        _refuse(error)
        sys.exit(2)
    except InputError as error:
        for fault in error.faults[:SHOWN_FAULTS]:
            _say(f"error: {fault}")
        if len(error.faults) > SHOWN_FAULTS:
            _say(f"error: {len(error.faults) - SHOWN_FAULTS} more; mend these first")
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

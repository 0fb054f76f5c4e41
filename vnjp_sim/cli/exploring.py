"""The command that opens the explorer in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich_click as click

from vnjp_sim.cli.completion import complete_scenario
from vnjp_sim.cli.console import say
from vnjp_sim.cli.options import (
    as_of_option,
    asks,
    draws_option,
    evidence_option,
    models_option,
    out_option,
    seed_option,
    session_of,
)
from vnjp_sim.cli.root import commands

if TYPE_CHECKING:
    from socket import socket

    from vnjp_sim.simulation.request import Request

DRAWS = 1_000
"""As many as are answered while a hand is on a lever."""
PORT = 8470
TRIED = 20


@commands.command()
@click.argument("scenario", default="base", metavar="[SCENARIO]", shell_complete=complete_scenario)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=None,
    help=f"Port on this machine; 0 for any that is free.  [default: {PORT}, or the next free one]",
)
@click.option("--no-browser", is_flag=True, help="Only print the address, open no browser.")
@draws_option(DRAWS)
@seed_option
@out_option
@models_option
@as_of_option
@evidence_option
@asks
def explore(request: Request, scenario: str, port: int | None, no_browser: bool) -> None:
    """Open a page to move levers and see at once what follows, and why.

    The page begins with SCENARIO: a name, a YAML file, or the address that a colleague shared. It
    is served to browsers of this machine alone, needs no network, and ends with Ctrl+C. Its
    address holds the state: it can be bookmarked, and opened again after a restart.
    """
    from vnjp_sim.explorer.serving import check_installed, serve

    check_installed()
    _check_draws(request.draws)
    session = session_of(request)
    with _listening(port) as place:
        serve(session, scenario, place, say, browser=not no_browser)


def _check_draws(draws: int) -> None:
    """Check that a link of the page may ask for as many draws; raises InputError."""
    from vnjp_sim.explorer.state import MOST_DRAWS
    from vnjp_sim.foundation.errors import InputError
    from vnjp_sim.inputs.number_text import fixed

    if draws > MOST_DRAWS:
        what = f"{fixed(draws, 0)} draws would make every move wait"
        remedy = f"give at most {fixed(MOST_DRAWS, 0)}; compare takes more"
        raise InputError.single("--draws", what, remedy)


def _listening(port: int | None) -> socket:
    """Return a socket on loopback; raises InputError if the port is taken."""
    from vnjp_sim.foundation.errors import InputError

    for number in [port] if port is not None else range(PORT, PORT + TRIED):
        place = _bound(number)
        if place is not None:
            return place
    if port is None:
        what, remedy = f"{PORT} to {PORT + TRIED - 1} are all taken", "give --port 0"
    else:
        what, remedy = f"{port} is taken, or not for you", "give another one, or 0 for any"
    raise InputError.single("--port", what, remedy)


def _bound(port: int) -> socket | None:
    import socket

    from vnjp_sim.explorer.guard import HOST

    place = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        place.bind((HOST, port))
        place.listen()
    except OSError:
        place.close()
        return None
    return place

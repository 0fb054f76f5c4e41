"""The explorer as a server on loopback: the page, its files, its downloads, its moves."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

from vnjp_sim.explorer.guard import HOST, Guard
from vnjp_sim.foundation.errors import EnvironmentFailureError, InputError, VnjpSimError

if TYPE_CHECKING:
    from socket import socket

    from starlette.requests import Request
    from starlette.responses import Response

    from vnjp_sim.explorer.answers import Answers
    from vnjp_sim.explorer.state import State
    from vnjp_sim.session import Session

NEEDED = ("shiny", "altair", "jinja2", "vl_convert")
FILES = Path(__file__).parent / "page"


def check_installed() -> None:
    """Check that the extra `explore` is installed; raises EnvironmentFailureError."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        names = f"{' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'}"
        raise EnvironmentFailureError(
            f'the explorer needs {names} not installed; run: pip install "vnjp-sim[explore]"'
        )


def serve(
    session: Session, scenario: str, place: socket, say: Callable[[str], None], *, browser: bool
) -> None:
    """Answer pages until interrupted.

    Parameters
    ----------
    session : Session
        The model, draws and seed.
    scenario : str
        What a page begins with: a name, a file, a scenario on one line, or a shared address.
    place : socket
        Where it listens, on loopback.
    say : Callable[[str], None]
        Takes the address to print.
    browser : bool
        Whether to open a browser.

    Raises
    ------
    InputError
        The scenario cannot be used.
    """
    import uvicorn

    from vnjp_sim.explorer.answers import Answers

    answers = Answers(session)
    first = first_state(answers, scenario)
    app = application(answers, first)
    Thread(target=_warm, args=(answers, first), daemon=True).start()
    query = "" if first == answers.states.first() else f"?{answers.states.query(first)}"
    address = f"http://{HOST}:{place.getsockname()[1]}/"
    say(f"The explorer is at {address}  (Ctrl+C ends it)")
    if browser:
        Thread(target=webbrowser.open, args=(address + query,), daemon=True).start()
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[place])


def _warm(answers: Answers, first: State) -> None:
    """Have ready what every page asks for first; what is wrong with it is told there."""
    from vnjp_sim.charts import vega_bundle

    with suppress(VnjpSimError):
        vega_bundle()
        answers.answer(first)


def first_state(answers: Answers, scenario: str) -> State:
    """Return what a page begins with; raises InputError."""
    if "://" in scenario:
        return answers.states.opened(scenario.partition("?")[2]).state
    return answers.states.first(scenario)


def application(answers: Answers, first: State) -> Guard:
    """Return the ASGI application of the explorer."""
    from shiny import App, Inputs, Outputs, reactive
    from shiny import Session as Page
    from shiny.ui import page_html
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from vnjp_sim.explorer.desk import Desk
    from vnjp_sim.explorer.writing import page_text

    def server(taken: Inputs, _: Outputs, page: Page) -> None:
        async def send(message: dict[str, Any]) -> None:
            await page.send_custom_message("explorer", message)

        desk = Desk(answers, first, send)
        page.on_ended(desk.close)

        @reactive.effect
        @reactive.event(taken.move)
        async def taking() -> None:
            await desk.take(taken.move())

    shiny = App(page_html(page_text(answers.states)), server)
    routes = [
        Route("/vega.js", _bundle),
        Route("/download/{form}", _downloads(answers)),
        Mount("/page", StaticFiles(directory=FILES)),
        Mount("/", shiny),
    ]
    page = shiny.ui
    assert not callable(page)  # noqa: S101 - it is rendered once for all
    return Guard(Starlette(routes=routes), page["html"])


def _bundle(_: Request) -> Response:
    from starlette.responses import Response

    from vnjp_sim.charts import vega_bundle

    headers = {"cache-control": "max-age=86400"}
    return Response(vega_bundle(), media_type="text/javascript", headers=headers)


def _downloads(answers: Answers) -> Callable[[Request], Response]:
    """Return what answers `download/FORM?STATE`; works without an open page."""
    from starlette.responses import PlainTextResponse, Response

    from vnjp_sim.explorer.downloads import download

    def downloading(request: Request) -> Response:
        try:
            state = answers.states.opened(request.url.query).state
            file = download(answers, state, request.path_params["form"])
        except VnjpSimError as error:
            bad = isinstance(error, InputError)
            return PlainTextResponse(f"{error}\n", status_code=400 if bad else 500)
        headers = {"content-disposition": f'attachment; filename="{file.name}"'}
        return Response(file.content, media_type=file.kind, headers=headers)

    return downloading

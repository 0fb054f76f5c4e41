"""The explorer without a browser: whom it answers, what it sends, what its command says."""

from __future__ import annotations

import asyncio
import importlib.util
import threading
from collections.abc import Callable
from typing import Any

import pytest
from commands import outcome

from vnjp_sim.explorer.guard import Guard
from vnjp_sim.explorer.latest import Latest

OWN = "127.0.0.1:8470"
PAGE = "<script>const here = 1;</script>"


def status(kind: str = "http", path: str = "/", **headers: str) -> int:
    """Return the status that the guard, or the application behind it, answers with."""
    sent: list[Any] = []

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    named = {"host": OWN} | {name.replace("_", "-"): value for name, value in headers.items()}
    pairs = [(name.encode(), value.encode()) for name, value in named.items()]
    scope = {"type": kind, "path": path, "headers": pairs}
    asyncio.run(Guard(application, PAGE)(scope, None, send))  # type: ignore[arg-type]
    if sent[0]["type"] == "http.response.start" and sent[0]["status"] == 200:
        policy = dict(sent[0]["headers"])[b"content-security-policy"].decode()
        assert "script-src 'self' 'sha256-" in policy
        assert "unsafe-eval" not in policy
    return int(sent[0].get("status", sent[0].get("code")))


def test_only_the_page_itself_is_answered() -> None:
    assert status() == 200
    assert status(host="localhost:8470") == 200
    assert status(origin=f"http://{OWN}", sec_fetch_site="same-origin") == 200
    for host in ("example.org", "example.org:8470", "127.0.0.1.example.org", "", "[", "10.0.0.1"):
        assert status(host=host) == 403, host
    assert status(origin="http://example.org") == 403
    assert status(origin="null") == 403
    assert status(origin="http://127.0.0.1:9999") == 403
    assert status("websocket", origin="http://example.org") == 1008
    assert status("websocket", path="/websocket/", sec_fetch_site="cross-site") == 1008


def test_a_link_elsewhere_may_open_the_page_but_nothing_else() -> None:
    coming = {"sec_fetch_site": "cross-site", "sec_fetch_dest": "document"}
    assert status(**coming) == 200
    assert status(path="/download/report", **coming) == 403
    assert status(sec_fetch_site="cross-site", sec_fetch_dest="iframe") == 403


def test_the_latest_question_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vnjp_sim.explorer.latest.PAUSE", 0.0)
    begun, go, done = threading.Event(), threading.Event(), asyncio.Event()
    asked: list[tuple[str, int]] = []

    def step(name: str) -> Callable[[int], dict[str, object]]:
        def answering(question: int) -> dict[str, object]:
            asked.append((name, question))
            if question == 1:
                begun.set()
                go.wait(10)
            return {"of": question}

        return answering

    sent: list[tuple[str, int, object]] = []
    failed: list[int] = []

    async def send(name: str, number: int, answer: dict[str, object]) -> None:
        sent.append((name, number, answer["of"]))
        if len(sent) == 2:
            done.set()

    async def fail(number: int, _: Exception) -> None:
        failed.append(number)

    async def burst() -> None:
        steps = [("quick", step("quick")), ("slow", step("slow"))]
        latest: Latest[int] = Latest(steps, send, fail)
        latest.ask(1, 1)
        await asyncio.to_thread(begun.wait, 10)
        for number in range(2, 502):
            latest.ask(number, number)
        go.set()
        await done.wait()
        latest.close()

    asyncio.run(asyncio.wait_for(burst(), 20))
    assert sent == [("quick", 501, 501), ("slow", 501, 501)]
    assert asked == [("quick", 1), ("quick", 501), ("slow", 501)]
    assert not failed


def test_what_fails_is_told_once_for_the_latest_question() -> None:
    failed: list[tuple[int, str]] = []
    told = asyncio.Event()

    def broken(_: int) -> dict[str, object]:
        raise ValueError("no number")

    async def send(*_: object) -> None:
        raise AssertionError("nothing is to be sent")

    async def fail(number: int, error: Exception) -> None:
        failed.append((number, str(error)))
        told.set()

    async def one() -> None:
        latest: Latest[int] = Latest([("a", broken), ("b", broken)], send, fail)
        latest.ask(7, 0)
        await told.wait()

    asyncio.run(asyncio.wait_for(one(), 20))
    assert failed == [(7, "no number")]


def test_command_refuses_draws_that_no_link_may_ask_for(plain_terminal: None) -> None:
    pytest.importorskip("shiny")
    status_, _, said = outcome(["explore", "--draws", "50000"])
    assert status_ == 2
    assert said.startswith("error: --draws: 50,000 draws would make every move wait; give at most")


def test_command_without_the_extra_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch, plain_terminal: None
) -> None:
    known = importlib.util.find_spec

    def lacking(name: str, package: str | None = None) -> Any:
        return None if name == "shiny" else known(name, package)

    monkeypatch.setattr("vnjp_sim.explorer.serving.find_spec", lacking)
    fault = "error: the explorer needs shiny, which is not installed; "
    assert outcome(["explore"]) == (4, "", f'{fault}run: pip install "vnjp-sim[explore]"\n')

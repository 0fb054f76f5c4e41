"""What the explorer answers at all: this machine's own browser, on a page of its own.

A server on loopback is not closed: any page open in the same browser may send it requests, and a
name that is bound anew to 127.0.0.1 makes them look like its own. Hence the checks of `Host`,
`Origin` and `Sec-Fetch-Site`, and a policy that lets the page load nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
HOSTS = (HOST, "localhost")
POLICY = (
    "default-src 'none'; script-src 'self'{scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""Styles may stand in the page: Vega sets those of its tooltips there. A script that stands in it
is allowed by its hash alone."""
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
POLICY_VIOLATION = 1008
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class Guard:
    """Refuses what another page sends, and adds the headers that keep the page to itself.

    Parameters
    ----------
    app : ASGIApp
        What answers the requests that pass.
    page : str
        The page as it is sent, for the scripts that stand in it.
    """

    def __init__(self, app: ASGIApp, page: str) -> None:
        self.app = app
        policy = POLICY.format(scripts="".join(map(_hash, _SCRIPT.findall(page))))
        self.headers = ((b"content-security-policy", policy.encode()), *HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        if not _welcome(scope):
            await _refuse(scope, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *self.headers]}
            await send(message)

        await self.app(scope, receive, sending)


def _hash(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f" 'sha256-{digest}'"


def _welcome(scope: Scope) -> bool:
    """Return whether a request comes from the page itself, from a link, or from no page at all."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    if _name(f"//{host}") not in HOSTS:
        return False
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return False
    elsewhere = headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}
    opened = headers.get("sec-fetch-dest") == "document" and scope.get("path") == "/"
    return not elsewhere or opened


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:  # brackets without an end
        return None


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        return
    words = f"The explorer answers only its own page, at http://{HOST} or http://localhost.\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": words.encode()})

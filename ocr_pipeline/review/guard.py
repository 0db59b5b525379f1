"""Who may talk to the page: the browser that was given the token, on this machine, from the page itself.

Documents are full of text that nobody vouches for, and other pages in the same browser may try to reach a server on
this machine. So: the address must be the loopback one that was asked for (no name that somebody points at it), every
request needs the token, writing needs the page's own origin and JSON, and no answer may run or load anything that does
not come from here.
"""

from __future__ import annotations

import hmac
import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
_LARGEST: Final = 4 << 20
_ANSWER_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Lets a request through, or answers it: 403 with one sentence, or the cookie for who brings the token."""

    def __init__(self, app: ASGIApp, port: int, token: str | None = None) -> None:
        self._app, self._port = app, port
        self.token = token or secrets.token_urlsafe(32)
        # Cookies know no ports: another server on this machine has another name.
        self._cookie = f"ocr_pipeline_{port}"
        self._hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; only HTTP is spoken."""
        if scope["type"] != "http":
            return
        answer = self._refusal(scope)
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self._hosts:
            return PlainTextResponse("This page is served to 127.0.0.1 alone.", 403)
        given = QueryParams(scope["query_string"]).get("token")
        if given is not None and scope["path"] == "/" and self._is_token(given):
            answer = RedirectResponse("/", 303)
            answer.set_cookie(self._cookie, self.token, httponly=True, samesite="strict")
            return answer
        if not self._is_token(self._brought(headers)):
            return PlainTextResponse("Open the address that `ocr-pipeline review` printed.", 403)
        return None if scope["method"] in _SAFE_METHODS else self._refused_writing(headers, host)

    def _refused_writing(self, headers: Headers, host: str) -> Response | None:
        if headers.get("origin") != f"http://{host}" or headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse("Only the page itself may save.", 403)
        if headers.get("content-type", "").split(";")[0] != "application/json":
            return PlainTextResponse("Only JSON is saved.", 415)
        length = headers.get("content-length", "")
        if not length.isdecimal() or int(length) > _LARGEST:
            return PlainTextResponse("Too much at once.", 413)
        return None

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _brought(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found else ""


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _ANSWER_HEADERS.items():
                headers[name] = value
        await send(message)

    return sending

"""The server of the page: loopback only, one person at a time; nothing is fetched from anywhere else."""

from __future__ import annotations

import socket
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ocr_pipeline.errors import InputError, OcrPipelineError, UsageError
from ocr_pipeline.review.guard import Guard
from ocr_pipeline.review.images import MEDIA_TYPE, page_image, source_file
from ocr_pipeline.review.rates import error_rates
from ocr_pipeline.review.shelf import Opened, OutdatedError, Shelf
from ocr_pipeline.review.views import RefusedError, Saying, corrections_of, document_view, queue_view, rates_view

_LOOPBACK: Final = "127.0.0.1"
_STATIC: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/app.js": ("app.js", "text/javascript; charset=utf-8"),
    "/model.js": ("model.js", "text/javascript; charset=utf-8"),
    "/drawing.js": ("drawing.js", "text/javascript; charset=utf-8"),
    "/style.css": ("style.css", "text/css; charset=utf-8"),
    "/messages.json": ("messages.json", "application/json"),
}


class ReviewServer:
    """Serves a shelf of documents; ``address`` is what the person opens. Use ``run()``, or ``stop()`` from elsewhere."""

    def __init__(self, shelf: Shelf, sources: Path | None, *, port: int = 0, token: str | None = None) -> None:
        self._shelf, self._sources = shelf, sources
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        routes = [Route(path, self._static(*what)) for path, what in _STATIC.items()]
        routes += [
            Route("/api/queue", self._queue),
            Route("/api/rates", self._rates),
            Route("/api/documents/{key}", self._document),
            Route("/api/documents/{key}", self._save, methods=["POST"]),
            Route("/api/documents/{key}/pages/{number:int}", self._image),
        ]
        routes.append(Route("/favicon.ico", self._nothing))
        guard = Guard(Starlette(routes=routes), self.port, token)
        self.address = f"http://{_LOOPBACK}:{self.port}/?token={guard.token}"
        self._server = uvicorn.Server(
            uvicorn.Config(guard, log_level="warning", access_log=False, lifespan="off", server_header=False, ws="none")
        )

    def run(self) -> None:
        """Answer until interrupted."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Let ``run`` end."""
        self._server.should_exit = True

    # Everything below runs on one thread, one request after the other: neither PDFium nor a patch file wants two.

    @staticmethod
    def _static(name: str, media_type: str) -> Any:
        data = (files("ocr_pipeline.review") / "static" / name).read_bytes()

        async def answer(_: Request) -> Response:
            return Response(data, media_type=media_type)

        return answer

    async def _nothing(self, _: Request) -> Response:
        return Response(status_code=204)

    async def _queue(self, _: Request) -> Response:
        return _json(queue_view(self._shelf))

    async def _rates(self, _: Request) -> Response:
        return _json(rates_view(error_rates(self._shelf.checked_documents())))

    async def _document(self, request: Request) -> Response:
        key = request.path_params["key"]
        if key not in self._shelf:
            return _told("no such document", 404)
        try:
            return self._view(self._shelf.open(key))
        except (OSError, msgspec.DecodeError, OcrPipelineError) as error:
            return _told(str(error), 500)

    async def _save(self, request: Request) -> Response:
        key = request.path_params["key"]
        if key not in self._shelf:
            return _told("no such document", 404)
        try:
            saying = msgspec.json.decode(await request.body(), type=Saying)
            corrections = corrections_of(saying, self._shelf.open(key))
            return self._view(self._shelf.save(key, saying.version, corrections, checked=saying.checked))
        except (msgspec.DecodeError, UnicodeDecodeError, RefusedError) as error:
            return _told(str(error), 400)
        except OutdatedError:
            return _told("outdated", 409)
        except (OSError, OcrPipelineError) as error:
            return _told(str(error), 500)

    async def _image(self, request: Request) -> Response:
        key, number = request.path_params["key"], request.path_params["number"]
        if key not in self._shelf:
            return _told("no such document", 404)
        document = self._shelf.open(key).document
        page = next((p for p in document.pages if p.number == number), None)
        path = source_file(document, self._sources)
        if page is None or path is None:
            return _told("no such page", 404)
        try:
            return Response(page_image(path, document.source.sha256, page, self._shelf.settings), media_type=MEDIA_TYPE)
        except InputError as error:
            return _told(str(error), 404)

    def _view(self, opened: Opened) -> Response:
        return _json(document_view(opened, pictured=source_file(opened.document, self._sources) is not None))


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _told(message: str, status: int) -> Response:
    return _json({"error": message}, status)


def _listening(port: int) -> socket.socket:
    """A socket that only this machine reaches; 0 takes a free port."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((_LOOPBACK, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise UsageError(f"port {port} is taken or not allowed ({error.strerror})", remedy="Name another with --port.") from error
    return listening

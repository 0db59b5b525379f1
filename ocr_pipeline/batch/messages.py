"""What a batch asks of a worker, and what the worker answers.

Answers travel as MessagePack, not as pickles: a worker opens files of unknown origin, and whatever one of them makes of
it, the batch decodes plain data of the types below and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from ocr_pipeline.document import Page, SourceFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPages:
    """Read pages ``first`` to ``last`` (inclusive, from 1) of a file whose SHA-256 is known.

    ``compose`` asks for the documents at once where these pages turn out to be all.
    """

    path: Path
    shown_path: str
    sha256: str
    first: int
    last: int
    compose: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """Make the documents of a file from all its pages, each as ``encode_pages`` gave it."""

    file: SourceFile
    engine: str | None
    pages: tuple[bytes, ...]


Task = ReadPages | Compose


class Opened(msgspec.Struct, frozen=True, tag=True):
    """The file is open and has so many pages."""

    pages: int
    media_type: str


class PageRead(msgspec.Struct, frozen=True, tag=True):
    """One page, encoded; ``engine`` is the recogniser's name where it was asked. Data is empty where a mark withholds it."""

    number: int
    data: bytes
    seconds: float
    engine: str | None = None
    mark: str | None = None


class PageFacts(msgspec.Struct, frozen=True):
    """What the completeness of a file is judged by: its page in the file, what went wrong, the number printed on it."""

    number: int
    problem: str | None = None
    blank: bool = False
    printed: int | None = None


class Output(msgspec.Struct, frozen=True):
    """The bytes of one result: which document of the file (from 1), in which format."""

    document: int
    format: str
    data: bytes


class Composed(msgspec.Struct, frozen=True, tag=True):
    """The results of a file; none where a mark withholds them."""

    outputs: tuple[Output, ...]
    documents: int
    pages: tuple[PageFacts, ...]
    mark: str | None = None


class Done(msgspec.Struct, frozen=True, tag=True):
    """The pages asked for have all been sent."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The file cannot be read or composed at all: why, and what to do."""

    message: str
    remedy: str = ""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The worker has loaded what it needs."""


class Lost(msgspec.Struct, frozen=True, tag=True):
    """The worker is gone: it died, or was ended because it took too long. Sent by the pool, not by the worker."""

    reason: str
    starting: bool = False


Answer = Opened | PageRead | Composed | Done | Refused | Ready | Lost
# After these a worker is free again.
LAST: Final = (Composed, Done, Refused, Lost)

_ENCODER = msgspec.msgpack.Encoder()
_ANSWERS: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_PAGE = msgspec.msgpack.Decoder(Page)


def encode(answer: Answer) -> bytes:
    """An answer as it travels."""
    return _ENCODER.encode(answer)


def decode(data: bytes) -> Answer:
    """The answer that ``encode`` made; msgspec.ValidationError for anything else."""
    return _ANSWERS.decode(data)


def encode_page(page: Page) -> bytes:
    """A page as the ledger keeps it.

    >>> page = Page(number=1, source_page=1, width=0, height=0, dpi=0)
    >>> decode_page(encode_page(page)) == page
    True
    """
    return _ENCODER.encode(page)


def decode_page(data: bytes) -> Page:
    """The page that ``encode_page`` made."""
    return _PAGE.decode(data)


def lost_page(number: int, problem: str) -> Page:
    """A page that could not be read, and why."""
    return Page(number=number, source_page=number, width=0, height=0, dpi=0, confidence=0.0, problem=problem)


def printable(text: str) -> str:
    """The text without code points that UTF-8 cannot hold: those of file names in another encoding."""
    return text.encode("utf-8", "replace").decode()

"""The training texts as streams of numbered tokens, without the paragraphs that are held out for measuring."""

from __future__ import annotations

import hashlib
import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

SOURCES: Final = ("legal", "admin", "party", "party_register", "news", "wiki")
# Paragraphs with this remainder of their number in the file, by so many of them, are never trained on.
_HELD_OUT_MODULUS: Final = {"legal": 1000, "admin": 100, "party": 50, "party_register": 100, "news": 500, "wiki": 500}
_HELD_OUT_REMAINDER: Final = 7
_CHUNK: Final = 4000
# A token of its own between paragraphs; no text contains it.
_BREAK: Final = "\x02"

Ids = npt.NDArray[np.uint32]


class Streams(NamedTuple):
    """Token numbers by source, with token 0 before every paragraph; ``tokens`` are those between spaces, as printed."""

    tokens: list[str]
    sources: dict[str, Ids]


def paragraphs(shared: Path, source: str) -> Iterator[str]:
    """The paragraphs of one file of the corpus; none where the file is absent."""
    path = shared / "corpus" / f"{source}.txt.xz"
    if path.is_file():
        with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
            yield from lines


def held_out(shared: Path) -> dict[str, list[str]]:
    """By source, the paragraphs that no model may be trained on."""
    return {s: list(islice(paragraphs(shared, s), _HELD_OUT_REMAINDER, None, _HELD_OUT_MODULUS[s])) for s in SOURCES}


def streams(shared: Path, phrases: Mapping[str, Iterable[str]]) -> Streams:
    """All training text as token numbers: the corpus, and lines of our own by a name of their own."""
    # By content, because some files hold copies of the lines of others.
    closed = {_digest(p) for lines in held_out(shared).values() for p in lines}
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    numbers[_BREAK]
    sources: dict[str, Ids] = {}
    for source in SOURCES:
        sources[source] = _numbered((p for p in paragraphs(shared, source) if _digest(p) not in closed), numbers)
    for name, lines in phrases.items():
        sources[name] = _numbered(lines, numbers)
    return Streams(list(numbers), sources)


def _digest(paragraph: str) -> bytes:
    return hashlib.blake2b(paragraph.strip().encode(), digest_size=12).digest()


def _numbered(lines: Iterable[str], numbers: defaultdict[str, int]) -> Ids:
    remaining = iter(lines)
    parts = [np.zeros(0, np.uint32)]
    while chunk := list(islice(remaining, _CHUNK)):
        tokens = f" {_BREAK} ".join(["", *chunk]).split()
        parts.append(np.fromiter(map(numbers.__getitem__, tokens), np.uint32, len(tokens)))
    return np.concatenate(parts)

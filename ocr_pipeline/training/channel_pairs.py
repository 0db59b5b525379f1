"""Printed and recognised lines, cut into pairs of tokens where both have a space in the same place."""

from __future__ import annotations

import itertools
import json
import lzma
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from rapidfuzz.distance import Levenshtein

from ocr_pipeline.errors import InputError

# The lines of this document lie in shared/garbled too, which is kept for testing.
HELD_OUT: Final = ("angiang",)
_FAMILY: Final = {"eng": "eng", "vie": "vie", "Vietnamese": "vie"}
# Groups of more tokens than this are lines that do not belong together, not merged or split words.
_LONGEST_GROUP: Final = 3
_MOST_DAMAGE: Final = 0.5


class LinePair(NamedTuple):
    """One printed line and what a recogniser made of it."""

    family: str
    page: str
    real: bool
    printed: str
    recognised: str


def read_lines(shared: Path, more: Sequence[Path] = ()) -> Iterator[LinePair]:
    """Every aligned line of ``shared/ocr_pairs`` but those of held-out documents, then those of ``more`` real scans.

    InputError where a file of ``more`` is none of pairs.
    """
    for name in ("rendered", "real"):
        for line in _lines_of(shared / "ocr_pairs" / f"{name}.jsonl.xz", real=name == "real"):
            if not line.page.startswith(HELD_OUT):
                yield line
    for path in more:
        try:
            yield from _lines_of(path, real=True)
        except (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, lzma.LZMAError) as error:
            raise InputError(
                f"{path} is no file of pairs ({error})", remedy="Name what `ocr-pipeline correct --pairs` wrote."
            ) from error


def _lines_of(path: Path, *, real: bool) -> Iterator[LinePair]:
    with lzma.open(path, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            yield LinePair(_FAMILY[row[1]], str(row[0]), real, _nfc(row[-2]), _nfc(row[-1]))


def aligned_groups(printed: str, recognised: str) -> Iterator[tuple[str, str]]:
    """The stretches between spaces that both lines have, aligned without regard to diacritics.

    >>> list(aligned_groups("của Quốc hội về", "ctia Qu c hoi vé"))
    [('của', 'ctia'), ('Quốc', 'Qu c'), ('hội', 'hoi'), ('về', 'vé')]
    """
    script = Levenshtein.opcodes(bare(printed), bare(recognised))
    if sum(max(o.src_end - o.src_start, o.dest_end - o.dest_start) for o in script if o.tag != "equal") > _MOST_DAMAGE * (
        len(printed) or 1
    ):
        return
    cuts = [(-1, -1), *_common_spaces(printed, script), (len(printed), len(recognised))]
    for (a, b), (c, d) in itertools.pairwise(cuts):
        left, right = printed[a + 1 : c].strip(), recognised[b + 1 : d].strip()
        if left and right and max(left.count(" "), right.count(" ")) < _LONGEST_GROUP:
            yield left, right


def _common_spaces(printed: str, script: object) -> list[tuple[int, int]]:
    return [
        (o.src_start + k, o.dest_start + k)
        for o in script  # type: ignore[attr-defined]  # rapidfuzz's Opcodes
        if o.tag == "equal"
        for k in range(o.src_end - o.src_start)
        if printed[o.src_start + k] == " "
    ]


def bare(text: str) -> str:
    """The text without diacritics and case, character for character."""
    return "".join("d" if c in "đĐ" else unicodedata.normalize("NFD", c)[0].lower()[:1] for c in text)


def _nfc(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())

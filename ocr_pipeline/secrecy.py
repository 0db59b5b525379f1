"""Marks of secrecy on a page (MẬT, TỐI MẬT, TUYỆT MẬT; Luật Bảo vệ bí mật nhà nước 29/2018/QH14, Điều 8), and what follows.

The search is wider than that for ``metadata.secrecy``: stamps count, every page counts, and the long marks may be
damaged. What is withheld in vain costs less than what gets out.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import OUTSIDE_TEXT, Page
from ocr_pipeline.orthography import fold, unify

OnSecret = Literal["stop", "skip", "mark"]
_WORD: Final = regex.compile(r"[^\W_]+")
_LABEL: Final = "do mat "
# A mark stands in the letterhead of a document, or above that of an annex.
_HEAD_FIRST: Final = 40
_HEAD_LATER: Final = 15
# Letters of a long mark that may be wrong; of the short one none, it would be another word.
_WRONG: Final = 1
_SHORT: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrecy:
    """What is done with marked documents: the run stops, they are skipped, or they are written with their mark.

    The highest mark is written nowhere, and no mark enters JSON lines or an index, unless ``include``.
    """

    on_secret: OnSecret = "mark"
    include: bool = False

    def withholds(self, mark: str | None, dictionaries: Dictionaries) -> bool:
        """Whether a document with this mark is written nowhere but as an entry of the ledger."""
        if mark is None or (self.on_secret == "mark" and self.include):
            return False
        return self.on_secret != "mark" or mark == _marks(dictionaries)[-1]

    def indexes(self, mark: str | None) -> bool:
        """Whether a document with this mark may enter JSON lines."""
        return mark is None or self.include


def mark_of(page: Page, dictionaries: Dictionaries) -> str | None:
    r"""The gravest mark that the page bears, in its first lines or in a stamp.

    >>> from ocr_pipeline.composition import text_page
    >>> mark_of(text_page(1, "UBND TỈNH A\nTUYET MẬT\nSố: 1/BC-UBND"), Dictionaries.load())
    'TUYỆT MẬT'
    """
    head = _HEAD_FIRST if page.source_page == 1 else _HEAD_LATER
    texts = (line.raw for i, line in enumerate(page.lines) if i < head or line.zone in OUTSIDE_TEXT)
    return gravest((_read(text, dictionaries) for text in texts), dictionaries)


def gravest(marks: Iterable[str | None], dictionaries: Dictionaries) -> str | None:
    """The highest of several marks; None where there is none."""
    order = _marks(dictionaries)
    return max((mark for mark in marks if mark in order), key=order.index, default=None)


def _read(text: str, dictionaries: Dictionaries) -> str | None:
    """The mark that a line holds and nothing else."""
    words = " ".join(_WORD.findall(text[:80]))
    if not words.isupper():
        return None
    flat = fold(words).removeprefix(_LABEL)
    return next((mark for mark in reversed(_marks(dictionaries)) if _is(mark, words, flat)), None)


def _is(mark: str, words: str, flat: str) -> bool:
    if len(mark) < _SHORT:
        return flat == fold(mark) and unify(words.split()[-1]) == unify(mark)
    return Levenshtein.distance(flat, fold(mark), score_cutoff=_WRONG) <= _WRONG


@functools.cache
def _marks(dictionaries: Dictionaries) -> tuple[str, ...]:
    """The marks from the least to the gravest, as ``metadata.toml`` lists them."""
    return tuple(dictionaries.toml("metadata.toml")["marks"]["secrecy"])

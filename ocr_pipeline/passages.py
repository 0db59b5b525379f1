"""What a reader searches for: a page as flowing text, words as search keys, and what of it must not be found."""

from __future__ import annotations

import functools
import unicodedata
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import OUTSIDE_TEXT, Document, Line, Page
from ocr_pipeline.orthography import fold, nfc, unify
from ocr_pipeline.secrecy import gravest, mark_of

_APART: Final = frozenset({*OUTSIDE_TEXT, "page-number"})
_HYPHENS: Final = ("-", "\N{SOFT HYPHEN}", "\N{HYPHEN}")
WORD: Final = regex.compile(r"[^\W_]+")


class WordKeys(NamedTuple):
    """A word as it is compared: ``exact`` without case and tone placement, ``folded`` without any mark."""

    exact: str
    folded: str


def flowing_text(page: Page) -> str:
    """The page's text without wraps and page numbers; a word hyphenated over two lines is joined."""
    flow = ""
    for text in (line.text.strip() for line in page.lines if not _is_apart(line)):
        if not text:
            continue
        joins = flow.endswith("\N{SOFT HYPHEN}") or (flow.endswith(_HYPHENS) and flow[-2:-1].isdigit())
        flow = (flow.rstrip("\N{SOFT HYPHEN}") if joins else flow + " " if flow else "") + text
    return flow


def _is_apart(line: Line) -> bool:
    return line.zone in _APART


@functools.lru_cache(maxsize=1 << 17)
def word_keys(word: str) -> WordKeys:
    """The keys of one word.

    >>> word_keys("Uỷ") == word_keys("ủy"), word_keys("Đảng").folded
    (True, 'dang')
    """
    word = nfc(word)
    # Unidecode writes some letters as signs, which a query must not hold.
    folded = "".join(c for c in fold(word) if c.isalnum())
    return WordKeys(unify(word), folded or unify(word))


def text_keys(text: str) -> tuple[str, str]:
    """The exact and the folded keys of a text's words, each joined by blanks.

    >>> text_keys("57-NQ/TW, Đảng uỷ")[1]
    '57 nq tw dang uy'
    """
    keys = [word_keys(word) for word in WORD.findall(unicodedata.normalize("NFC", text))]
    return " ".join([key.exact for key in keys]), " ".join([key.folded for key in keys])


def secrecy_of(document: Document, dictionaries: Dictionaries) -> str | None:
    """The gravest mark of secrecy on any page, also where it stands in a stamp; None where there is none."""
    marks = (document.metadata.secrecy, *(mark_of(page, dictionaries) for page in document.pages))
    return gravest(marks, dictionaries)

"""What a reader searches for: a page as flowing text, words as search keys, and what of it must not be found."""

from __future__ import annotations

import functools
import unicodedata
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import OUTSIDE_TEXT, Document, Line, Page
from ocr_pipeline.orthography import fold, nfc, unify

_APART: Final = frozenset({*OUTSIDE_TEXT, "page-number"})
_HYPHENS: Final = ("-", "\N{SOFT HYPHEN}", "\N{HYPHEN}")
WORD: Final = regex.compile(r"[^\W_]+")
# Marks of secrecy stand at the head of the first page.
_HEAD: Final = 40


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


@functools.cache
def _secrecy_marks(dictionaries: Dictionaries) -> dict[str, str]:
    return {fold(mark): mark for mark in dictionaries.toml("metadata.toml")["marks"]["secrecy"]}


def secrecy_of(document: Document, dictionaries: Dictionaries) -> str | None:
    """The mark of secrecy, also where it stands in a stamp and is none of the text; None where there is none.

    The search is wider than that for ``metadata.secrecy``: what is withheld in vain costs less than what gets out.
    """
    if document.metadata.secrecy:
        return document.metadata.secrecy
    marks = _secrecy_marks(dictionaries)
    for page in document.pages[:1]:
        stamped = [line for line in page.lines[_HEAD:] if line.zone in OUTSIDE_TEXT]
        for line in (*page.lines[:_HEAD], *stamped):
            words = " ".join(WORD.findall(line.text))
            if words.isupper() and fold(words) in marks:
                return marks[fold(words)]
    return None

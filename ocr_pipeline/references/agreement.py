"""Mentions of one document correct each other: a digit misread once, an organ's letters told by the issuer's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

import regex
from rapidfuzz import fuzz

from ocr_pipeline.orthography import fold

# Digits that recognisers take for one another, on rendered and real pages (counted: 5 and 3, 9 and 0, 8 and 6 ...).
_TWINS: Final = frozenset(map(frozenset, ("35", "09", "38", "68", "06", "08", "58", "56", "17", "14", "27", "59", "89", "49")))
_SAME_TITLE: Final = 86
_TITLE_LENGTH, _SHORTEST_TITLE = 60, 16
_SMALL: Final = frozenset(("và", "của", "các", "-", "&"))
_WORD: Final = regex.compile(r"[\p{L}\d]+")
_SHORTEST_ORGAN: Final = 4


class Cited(NamedTuple):
    """What of a mention is compared: ordinal, the rest of its number, date, and the words behind it."""

    ordinal: str
    rest: str
    date: str | None
    title: str


def misread(cited: Sequence[Cited]) -> dict[int, str]:
    """For mentions whose ordinal was misread once, the ordinal of the document: same symbol, date and title, cited more often.

    >>> rows = [Cited("57", "-NQ/TW", "2024-12-22", "ve dot pha phat trien khoa hoc")] * 2
    >>> misread([*rows, rows[0]._replace(ordinal="37")])
    {2: '57'}
    """
    counts = Counter((c.ordinal, c.rest, c.date) for c in cited)
    found: dict[int, str] = {}
    for k, one in enumerate(cited):
        if not one.date or counts[one.ordinal, one.rest, one.date] > 1:
            continue
        others = {c.ordinal for c in cited if _is_same(one, c) and counts[c.ordinal, c.rest, c.date] > 1}
        if len(others) == 1:
            found[k] = others.pop()
    return found


def _is_same(one: Cited, other: Cited) -> bool:
    if (one.rest, one.date) != (other.rest, other.date) or not _are_twins(one.ordinal, other.ordinal):
        return False
    return min(len(one.title), len(other.title)) >= _SHORTEST_TITLE and fuzz.ratio(one.title, other.title) >= _SAME_TITLE


def _are_twins(one: str, other: str) -> bool:
    """Whether two ordinals differ in one digit that is often taken for the other's."""
    differing = [frozenset(pair) for pair in zip(one, other, strict=False) if pair[0] != pair[1]]
    return len(one) == len(other) and len(differing) == 1 and differing[0] in _TWINS


def title_behind(flowing: str, end: int) -> str:
    """The words behind a mention, folded, as far as they tell whether two mentions are of one document."""
    line = flowing[end : end + _TITLE_LENGTH].split("\n")[0]
    return fold(regex.split(r"[;.“”\"()]", line.strip(' ,“"'))[0]).strip()


def organ_of(issuer: str, organ: str) -> str | None:
    """The organ's letters as the initials of its issuer's name tell them: D or Đ; None where they do not fit.

    >>> organ_of("Trung tâm Kiểm định chất lượng giáo dục Đông A", "KDCLGDDA")
    'KĐCLGDĐA'
    """
    if len(organ) < _SHORTEST_ORGAN:
        return None
    words = [w for w in _WORD.findall(issuer) if w.lower() not in _SMALL]
    initials = "".join(fold_initial(word) for word in words)
    told = "".join(word[0].upper() for word in words)
    at = initials.find(organ.upper().replace("Đ", "D"))
    return told[at : at + len(organ)] if at >= 0 and told[at : at + len(organ)] != organ else None


def fold_initial(word: str) -> str:
    """The first letter of a word without its marks, as a capital."""
    return fold(word[0])[:1].upper() or " "

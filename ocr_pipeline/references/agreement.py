"""Mentions of one document correct each other: a digit misread once, an organ's letters told by the issuer's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import regex
from rapidfuzz import fuzz

from ocr_pipeline.orthography import fold

# Digits that recognisers take for one another, on rendered and real pages (counted: 5 and 3, 9 and 0, 8 and 6 ...).
DIGIT_TWINS: Final = {
    "0": "968",
    "1": "74",
    "2": "7",
    "3": "58",
    "4": "19",
    "5": "3869",
    "6": "805",
    "7": "12",
    "8": "3605",
    "9": "054",
}
_SAME_TITLE: Final = 86
_TITLE_LENGTH, _SHORTEST_TITLE = 60, 16
_SMALL: Final = frozenset(("và", "của", "các", "-", "&"))
_WORD: Final = regex.compile(r"[\p{L}\d]+")
_SHORTEST_ORGAN: Final = 4
_TERM: Final = regex.compile(r"(?:Trung ương|Bộ Chính trị|Ban Bí thư|Đảng),?\s\(?[Kk]h(?:óa|oá)\s([IVX]{1,5})$")


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
    titles: dict[tuple[str, str, str | None], str] = {}
    for one in cited:
        key = (one.ordinal, one.rest, one.date)
        titles[key] = max(titles.get(key, ""), one.title, key=len)
    found: dict[int, str] = {}
    for k, one in enumerate(cited):
        if not one.date or counts[one.ordinal, one.rest, one.date] > 1:
            continue
        others = {(twin, one.rest, one.date) for twin in _twins(one.ordinal)}
        same = [key for key in others if counts[key] > 1 and _one_title(one.title, titles[key])]
        if len(same) == 1:
            found[k] = same[0][0]
    return found


def _one_title(one: str, other: str) -> bool:
    return min(len(one), len(other)) >= _SHORTEST_TITLE and fuzz.ratio(one, other) >= _SAME_TITLE


def _twins(ordinal: str) -> Iterator[str]:
    """The ordinals that differ in one digit that is often taken for another."""
    for k, digit in enumerate(ordinal):
        for twin in DIGIT_TWINS.get(digit, ""):
            yield ordinal[:k] + twin + ordinal[k + 1 :]


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


def term_told(issuer: str, date: str, terms: Sequence[tuple[str, str]]) -> str | None:
    """The issuer with its term as the date tells it, where a stroke of the numeral may have been lost or added.

    >>> term_told("Ban Chấp hành Trung ương khóa XI", "2016-11-01", [("XI", "2011-01-18"), ("XII", "2016-01-26")])
    'Ban Chấp hành Trung ương khóa XII'
    """
    found = _TERM.search(issuer)
    held = max(((day, numeral) for numeral, day in terms if day <= date), default=None) if found else None
    if not found or not held or held[1] == found[1]:
        return None
    strokes = held[1].replace("I", "") == found[1].replace("I", "")
    return issuer[: found.start(1)] + held[1] if strokes and abs(len(held[1]) - len(found[1])) == 1 else None


def fold_initial(word: str) -> str:
    """The first letter of a word without its marks, as a capital."""
    return fold(word[0])[:1].upper() or " "

"""The form of a number with its symbol: ordinal, year, code of the type, organ."""

from __future__ import annotations

from typing import Final, NamedTuple

import regex

from ocr_pipeline.document import System
from ocr_pipeline.orthography import fold

_FORM: Final = regex.compile(
    r"(?P<ordinal>\d{1,6}(?:\.\d{1,3})?[a-zA-ZđĐ]?)(?:[-/](?P<year>(?:19|20)\d\d))?(?:(?P<sign>[-/])(?P<tail>.+))?", regex.DOTALL
)
_PARTS: Final = regex.compile(r"[-/,&.]")


class Symbol(NamedTuple):
    """A number with its symbol. ``number`` is canonical: no spaces, Đ/đ and case as the rules write them."""

    number: str
    key: str
    ordinal: str
    year: int | None
    code: str | None
    body: str | None
    system: System | None


def symbol_key(number: str) -> str:
    """The number for comparison: lower case, without marks and signs, so that swapped separators do not matter.

    >>> symbol_key("57-NQ/TW") == symbol_key("57/NQ-TƯ") == "57nqtw"
    True
    """
    return "".join(c for c in fold(number.upper().replace("TƯ", "TW")) if c.isalnum())


def parts_of(tail: str) -> list[str]:
    """The parts of what stands behind the ordinal.

    >>> parts_of("CTPH-LĐLĐ-SVH,TT,DL")
    ['CTPH', 'LĐLĐ', 'SVH', 'TT', 'DL']
    """
    return [part for part in _PARTS.split(tail) if part]


class Parts(NamedTuple):
    """A canonical number, cut: what its parts mean is for the tables to say."""

    ordinal: str
    year: int | None
    sign: str
    tail: str


def cut(number: str) -> Parts | None:
    """A canonical number without spaces in its parts; None where it has another form.

    >>> cut("30/2020/NĐ-CP")
    Parts(ordinal='30', year=2020, sign='/', tail='NĐ-CP')
    """
    found = _FORM.fullmatch(number)
    if not found:
        return None
    year = int(found["year"]) if found["year"] else None
    return Parts(found["ordinal"], year, found["sign"] or "", found["tail"] or "")

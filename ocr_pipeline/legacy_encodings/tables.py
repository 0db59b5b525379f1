"""The tables of the encodings: which characters stand for which letter, seen through the code page they were read with."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ocr_pipeline.dictionaries import Dictionaries


class Encoding(StrEnum):
    """How text was encoded that is not Unicode, or not what it seems.

    ``UTF8`` is UTF-8 that was read as Windows-1252, ``VNI_TWICE`` is Unicode that a VNI converter was run over.
    """

    TCVN3 = "tcvn3"
    VNI = "vni"
    VIQR = "viqr"
    VISCII = "viscii"
    VPS = "vps"
    CP1258 = "cp1258"
    UTF8 = "utf-8"
    VNI_TWICE = "vni-twice"


@dataclass(frozen=True, slots=True)
class Table:
    """The codes of one encoding as the characters that one sees.

    ``rare`` are codes that the fonts of the time lacked. ``otherwise`` has the codes that may also be meant as what
    they look like, with that other reading and its cost in nats: ``"a."`` in VIQR may be an ``a`` that ends a sentence.
    ``longest`` is the number of characters of the longest code.
    """

    encoding: Encoding
    codes: Mapping[str, str]
    rare: frozenset[str]
    otherwise: Mapping[str, tuple[str, float]]
    longest: int


# Code pages through which the bytes of a file may have been read.
_VIEWS: Final = {
    Encoding.TCVN3: ("cp1252", "cp1258"),
    Encoding.VNI: ("cp1252", "cp1258"),
    Encoding.VISCII: ("cp1252",),
    Encoding.VPS: ("cp1252",),
    Encoding.CP1258: ("cp1252",),
}
# The TCVN3 fonts have these capitals only; the standard puts the others where the fonts have nothing.
_TCVN3_CAPITALS: Final = frozenset("ĂÂÊÔƠƯĐ")
# Punctuation of Word that stands where the TCVN3 fonts have nothing, and signs that its documents use; VISCII and VPS have
# letters there.
_PUNCTUATION: Final = frozenset("‚„…‘’“”•–—™\N{NO-BREAK SPACE}·×÷±°")
# Signs that documents use as such.
_SIGNS: Final = frozenset("·°±×÷§©®«»¼½¾²³µ£¥¢")
# A sign in a text of an encoding is a letter of it, ninety-nine times in a hundred and more.
_SIGN_ITSELF: Final = 9.0
_VIQR_MARKS: Final = "'`?~.^(+*"
# Marks that end a sentence or a quotation, open a bracket or add: what it costs to take them for that behind a vowel.
_VIQR_DOUBTFUL: Final = {".": 1.5, "?": 2.5, "'": 7.0, "(": 4.0, "+": 5.0, "*": 5.0}
_PRIVATE: Final = range(0xF020, 0xF100)


@functools.cache
def tables(dictionaries: Dictionaries) -> tuple[Table, ...]:
    """A table for every encoding and code page, in the order of their commonness."""
    lookalikes = _lookalikes(dictionaries)
    codes = _letter_codes(dictionaries)
    result = []
    for encoding, views in _VIEWS.items():
        result += [_byte_table(encoding, view, codes[encoding], lookalikes if view == "cp1252" else {}) for view in views]
    return (*result, _viqr_table(codes[Encoding.VIQR]))


def _letter_codes(dictionaries: Dictionaries) -> dict[str, list[tuple[str, str]]]:
    """By encoding, pairs of a code as it is written in the file and its letter."""
    names = [str(e) for e in (*_VIEWS, Encoding.VIQR)]
    result: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    for letter, *fields in dictionaries.rows("legacy_letters.tsv"):
        for name, codes in zip(names, fields, strict=True):
            result[name] += [(code, letter) for code in codes.split(" ")]
    return result


def _lookalikes(dictionaries: Dictionaries) -> dict[str, str]:
    """What a converter wrote for a byte -> the character of that byte; symbol fonts have a private one for each."""
    rows = dictionaries.rows("legacy_lookalikes.tsv")
    private = {chr(point): chr(point & 0xFF) for point in _PRIVATE}
    return private | {"".join(chr(int(h, 16)) for h in seen.split()): chr(int(byte, 16)) for seen, byte, _ in rows}


def _byte_table(encoding: Encoding, view: str, rows: Iterable[tuple[str, str]], lookalikes: Mapping[str, str]) -> Table:
    codes: dict[str, str] = {}
    rare: set[str] = set()
    for code, letter in rows:
        for seen in _seen(bytes.fromhex(code), view, encoding == Encoding.VNI):
            codes.setdefault(seen, letter)
            if encoding == Encoding.TCVN3 and letter.isupper() and letter not in _TCVN3_CAPITALS:
                rare.add(seen)
    strange = {seen: codes[byte] for seen, byte in lookalikes.items() if byte in codes and seen not in codes}
    ordinary = _PUNCTUATION if encoding == Encoding.TCVN3 else frozenset()
    signs = {seen: (seen, 0.0 if seen in ordinary else _SIGN_ITSELF) for seen in codes if seen in _SIGNS | ordinary}
    otherwise = signs | {seen: (seen, 0.0) for seen in strange if ord(seen[0]) not in _PRIVATE}
    return Table(encoding, codes | strange, frozenset(rare), otherwise, _longest([*codes, *strange]))


def _seen(code: bytes, view: str, caseless: bool) -> Iterable[str]:
    """The characters that show for a code: by the code page, and where that has none, by Latin-1.

    ``caseless``: the mark behind a letter may differ from it in case, ``Uû`` is Ủ as ``UÛ`` is.
    """
    forms = [code, bytes([code[0], code[1] ^ 0x20])] if caseless and len(code) == 2 else [code]
    decoded = (form.decode(page, "ignore") for form in forms for page in (view, "latin-1"))
    return [seen for seen in dict.fromkeys(decoded) if len(seen) == len(code)]


def _viqr_table(rows: Iterable[tuple[str, str]]) -> Table:
    codes: dict[str, str] = {"Dd": "Đ", "dD": "đ"} | {f"\\{mark}": mark for mark in _VIQR_MARKS}
    for code, letter in rows:
        codes[code] = letter
        if len(code) == 3:
            codes[code[0] + code[2] + code[1]] = letter
    codes |= {code.replace("+", "*"): letter for code, letter in codes.items() if code[0].isalpha()}
    marked = [code for code in codes if code[-1] in _VIQR_DOUBTFUL and code[0].isalpha()]
    otherwise = {code: (codes.get(code[:-1], code[:-1]) + code[-1], _VIQR_DOUBTFUL[code[-1]]) for code in marked}
    return Table(Encoding.VIQR, codes, frozenset(), otherwise, _longest(codes))


def _longest(codes: Iterable[str]) -> int:
    return max(map(len, codes))

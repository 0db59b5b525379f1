"""Short forms of citations: Nghị quyết 57, Nghị định 92/2009, Chỉ thị số 05 của Bộ Chính trị."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Span
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols.finding import Found, SymbolMatch, parse_symbol
from ocr_pipeline.symbols.form import Symbol, symbol_key
from ocr_pipeline.symbols.nouns import Noun, nouns

# What follows a number that counts things: kế hoạch 5 năm, báo cáo 3 lần.
_COUNTED: Final = regex.compile(
    r"\s*(?:%|[.,/–-]\s?\d|(?:năm(?!\s+\d{4})|tháng|ngày(?!\s+\d{1,2}\s?[-/.t])|lần|điểm|người|bản|bộ|loại|nội dung|nhóm|"
    r"nhiệm vụ|trang|tờ|triệu|tỷ|đồng|ha|km|m2|tuần|giờ|quý|nước|tỉnh|xã|vùng|mục tiêu|chỉ tiêu|giải pháp|dự án|phần|chương|"
    r"điều|khoản)\b)"
)
# Numbers before the last of a list, which alone is written in full: "số 187, 188-KL/TW".
_LISTED: Final = regex.compile(
    r"(?<=[Ss]ố\s{0,2})(?P<number>\d{1,4}[a-z]?)(?:\s?(?:,|\bvà\b)\s?(?P<number>\d{1,4}[a-z]?)){0,5}\s?(?:,|\bvà\b)\s?$"
)
_LIST_REACH = 60
# So many documents with one ordinal are looked at.
_MOST: Final = 12
_ONLY_ONE: Final = 0.92
_SEVERAL: Final = 0.6
_BARE: Final = 0.8
# Types that are named by a bare number: Chỉ thị 05 của Bộ Chính trị.
_NUMBERED: Final = frozenset(
    ("Nghị quyết", "Nghị định", "Quyết định", "Chỉ thị", "Thông tư", "Kết luận", "Quy định", "Hướng dẫn", "Đề án", "Công văn")
)
# Types whose numbers bear a year (Nghị định 34/2016/NĐ-CP); behind another one 03/2025 is a month.
_YEARLY: Final = frozenset(
    ("Nghị quyết", "Nghị định", "Quyết định", "Chỉ thị", "Thông tư", "Thông tư liên tịch", "Luật", "Pháp lệnh")
)
_MONTHS: Final = 12


class ShortForm(NamedTuple):
    """A short form: the document it stands for, and whether it is told by the number alone and needs more to be believed."""

    found: Found
    bare: bool


@functools.cache
def _pattern(dictionaries: Dictionaries) -> regex.Pattern[str]:
    names = sorted({name for _, name, *_ in dictionaries.rows("doc_types.tsv")}, key=len, reverse=True)
    types = "|".join(
        rf"{regex.escape(name[0])}{regex.escape(name[1:])}|{regex.escape(name[0].lower() + name[1:])}" for name in names
    )
    return regex.compile(
        rf"(?<!\p{{L}})(?P<type>{types})\s{{1,3}}(?P<word>[Ss]ố\s{{0,2}})?(?P<number>\d{{1,4}}[a-z]?)(?:/(?P<year>(?:19|20)\d\d))?"
        r"(?![\p{L}\d]|\s?[-/&]\s?\p{L}|[.,]\d)"
    )


class _Cited:
    """The documents that a text cites in full, by ordinal: those before a place, the last first, then the others."""

    def __init__(self, full: Sequence[Found]) -> None:
        self._full, self._at = full, 0
        self._before: dict[str, dict[str, Found]] = {}
        self._all: dict[str, dict[str, Found]] = {}
        for found in full:
            self._all.setdefault(found.match.symbol.ordinal, {}).setdefault(found.match.symbol.number, found)

    def overlaps(self, start: int, end: int) -> bool:
        """Whether a citation in full stands between two offsets; those before are passed."""
        while self._at < len(self._full) and self._full[self._at].match.span.end <= start:
            found = self._full[self._at]
            before = self._before.setdefault(found.match.symbol.ordinal, {})
            before.pop(found.match.symbol.number, None)
            before[found.match.symbol.number] = found
            self._at += 1
        return self._at < len(self._full) and self._full[self._at].match.span.start < end

    def numbered(self, ordinal: str) -> list[Found]:
        """The documents with an ordinal, the one cited last first."""
        before = self._before.get(ordinal, {})
        later = [found for number, found in self._all.get(ordinal, {}).items() if number not in before]
        return [*reversed(before.values()), *later][:_MOST]


def short_forms(flowing: str, full: Sequence[Found], dictionaries: Dictionaries) -> list[ShortForm]:
    """The short forms of a text: those of documents that it cites in full, and those that name number and year or more."""
    cited = _Cited(full)
    forms: list[ShortForm] = []
    for match in _pattern(dictionaries).finditer(flowing):
        if not cited.overlaps(match.start("number"), match.end()) and not _COUNTED.match(flowing, match.end()):
            forms += _form(match, cited, dictionaries)
    for found in full:
        forms += _listed(flowing, found, dictionaries)
    return forms


def _listed(flowing: str, last: Found, dictionaries: Dictionaries) -> list[ShortForm]:
    """The members of a list of which only the last one is written in full."""
    start, symbol = last.match.span.start, last.match.symbol
    listed = _LISTED.search(flowing, max(0, start - _LIST_REACH), start) if symbol.code else None
    forms = []
    for at, end in listed.spans("number") if listed else ():
        ordinal = flowing[at:end]
        member = parse_symbol(ordinal + symbol.number[len(symbol.ordinal) :], dictionaries)
        if member:
            match = SymbolMatch(Span(at, end), ordinal, member, _ONLY_ONE, (), ordinal)
            forms.append(ShortForm(Found(match, nouns(dictionaries).before(flowing, at)), bare=False))
    return forms


def _form(match: regex.Match[str], cited: _Cited, dictionaries: Dictionaries) -> list[ShortForm]:
    """The form with its document; without one, only where "số" or a year says that it is a number."""
    codes = nouns(dictionaries).codes_of(match["type"])
    year = int(match["year"]) if match["year"] else None
    meant = [f.match.symbol for f in cited.numbered(match["number"]) if _fits(f, match["type"], codes)]
    meant = [symbol for symbol in meant if year in (None, symbol.year)]
    if not meant and not year and not match["word"] and match["type"] not in _NUMBERED:
        return []
    if not meant and year and not match["word"] and _is_month(match):
        return []
    number = match["number"] + (f"/{match['year']}" if year else "")
    symbol = meant[0] if meant else Symbol(number, symbol_key(number), match["number"], year, None, None, None)
    span = Span(match.start("number"), match.end())
    raw = match.string[span.start : span.end]
    others = tuple(other.number for other in meant[1:])
    confidence = _SEVERAL if others else _ONLY_ONE if meant or match["word"] or year else _BARE
    named = SymbolMatch(span, raw, symbol, confidence, others, raw)
    return [ShortForm(Found(named, _noun(match)), bare=not meant and not year)]


def _is_month(match: regex.Match[str]) -> bool:
    name = match["type"][0].upper() + match["type"][1:]
    return name not in _YEARLY and match["number"].isdecimal() and int(match["number"]) <= _MONTHS


def _noun(match: regex.Match[str]) -> Noun:
    name = match["type"]
    return Noun(
        match.start(),
        name[0].upper() + name[1:],
        frozenset(),
        name,
        clean=True,
        numbered=bool(match["word"]),
        other=False,
    )


def _fits(found: Found, doc_type: str, codes: frozenset[str]) -> bool:
    """Whether a document cited in full is of the type: by its noun, else by its code."""
    if found.noun.name:
        return fold(found.noun.name).startswith(fold(doc_type)) or fold(doc_type).startswith(fold(found.noun.name))
    return found.match.symbol.code in codes

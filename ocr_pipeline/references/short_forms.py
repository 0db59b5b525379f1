"""Short forms of citations: Nghị quyết 57, Nghị định 92/2009, Chỉ thị số 05 của Bộ Chính trị."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Span
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols.finding import Found, SymbolMatch
from ocr_pipeline.symbols.form import Symbol, symbol_key
from ocr_pipeline.symbols.nouns import Noun, nouns

# What follows a number that counts things: kế hoạch 5 năm, báo cáo 3 lần.
_COUNTED: Final = regex.compile(
    r"\s*(?:%|[.,/–-]\s?\d|(?:năm(?!\s+\d{4})|tháng|ngày(?!\s+\d{1,2}\s?[-/.t])|lần|điểm|người|bản|bộ|loại|nội dung|nhóm|"
    r"nhiệm vụ|trang|tờ|triệu|tỷ|đồng|ha|km|m2|tuần|giờ|quý|nước|tỉnh|xã|vùng|mục tiêu|chỉ tiêu|giải pháp|dự án|phần|chương|điều|khoản)\b)"
)
_ONLY_ONE: Final = 0.92
_SEVERAL: Final = 0.6


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


def short_forms(flowing: str, full: Sequence[Found], dictionaries: Dictionaries) -> list[ShortForm]:
    """The short forms of a text: those of documents that it cites in full, and those that name number and year or more."""
    taken = [found.match.span for found in full]
    by_number: dict[str, list[Found]] = {}
    for found in full:
        by_number.setdefault(found.match.symbol.ordinal, []).append(found)
    forms: list[ShortForm] = []
    at = 0
    for match in _pattern(dictionaries).finditer(flowing):
        while at < len(taken) and taken[at].end <= match.start("number"):
            at += 1
        if at < len(taken) and taken[at].start < match.end():
            continue
        if not _COUNTED.match(flowing, match.end()):
            forms += _form(match, by_number, dictionaries)
    return forms


def _form(match: regex.Match[str], by_number: dict[str, list[Found]], dictionaries: Dictionaries) -> list[ShortForm]:
    """The form with its document; without one, only where "số" or a year says that it is a number."""
    meant = _meant(match, by_number, dictionaries)
    noun = Noun(
        match.start(), match["type"][0].upper() + match["type"][1:], frozenset(), match["type"], True, bool(match["word"]), False
    )
    span = Span(match.start("number"), match.end())
    raw = match.string[span.start : span.end]
    if meant:
        others = tuple(symbol.number for symbol in meant[1:])
        sure = _SEVERAL if others else _ONLY_ONE
        return [ShortForm(Found(SymbolMatch(span, raw, meant[0], sure, others, raw), noun), bare=False)]
    if not match["year"] and not match["word"]:
        return []
    number = match["number"] + (f"/{match['year']}" if match["year"] else "")
    symbol = Symbol(number, symbol_key(number), match["number"], int(match["year"]) if match["year"] else None, None, None, None)
    return [ShortForm(Found(SymbolMatch(span, raw, symbol, _ONLY_ONE, (), raw), noun), bare=not match["year"])]


def _meant(match: regex.Match[str], by_number: dict[str, list[Found]], dictionaries: Dictionaries) -> list[Symbol]:
    """The documents of the text that the short form may stand for, the one cited last before it first."""
    codes = nouns(dictionaries).codes_of(match["type"])
    fitting = [
        found
        for found in by_number.get(match["number"], [])
        if _fits(found, match["type"], codes) and (not match["year"] or found.match.symbol.year == int(match["year"]))
    ]
    fitting.sort(key=lambda f: (f.match.span.start > match.start(), abs(f.match.span.start - match.start())))
    return list(dict.fromkeys(found.match.symbol for found in fitting))


def _fits(found: Found, doc_type: str, codes: frozenset[str]) -> bool:
    """Whether a document cited in full is of the type: by its noun, else by its code."""
    if found.noun.name:
        return fold(found.noun.name).startswith(fold(doc_type)) or fold(doc_type).startswith(fold(found.noun.name))
    return found.match.symbol.code in codes

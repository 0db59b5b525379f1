"""What stands for a document without its number: Nghị quyết này, Kế hoạch nêu trên, a name agreed on in brackets."""

from __future__ import annotations

import functools
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Anaphor, Mention, Span
from ocr_pipeline.orthography import fold
from ocr_pipeline.references.places import Places
from ocr_pipeline.symbols.flow import composed, flow

Kind = Literal["này", "trên", "alias"]
_ALIAS: Final = regex.compile(
    r"\(\s?(?:[Ss]au đây|từ đây|dưới đây)?\s?(?:được\s+)?(?:gọi|viết|gọi tắt|viết tắt)\s+(?:tắt\s+|chung\s+)?là[:\s]\s*"
    r"[“\"]?(?P<alias>[^()“”\"\n]{4,80}?)[”\"]?\s?\)"
)
# An alias stands behind its document, title and all, within so many characters.
_REACH: Final = 420
_MOST_ALIASES: Final = 60


@functools.cache
def _pattern(dictionaries: Dictionaries) -> regex.Pattern[str]:
    names = {name for _, name, *_ in dictionaries.rows("doc_types.tsv")} | {"Văn bản", "Bộ luật"}
    types = "|".join(rf"{name}|{name[0].lower()}{name[1:]}" for name in sorted(names, key=len, reverse=True))
    return regex.compile(
        rf"(?<!\p{{L}})(?P<type>{types})\s{{1,3}}(?P<way>này|trên(?:\s+đây)?|nêu\s+trên|nói\s+trên|đó)(?![\p{{L}}\d])(?!\s+cơ sở)"
    )


def find_anaphora(text: str, mentions: Sequence[Mention], *, dictionaries: Dictionaries | None = None) -> tuple[Anaphor, ...]:
    """The places that stand for a document by type or by an agreed name; ``mention`` is the order of what they stand for.

    "này" stands for the document itself (order 0) unless it is quoted; the others for the document cited last.

    >>> from ocr_pipeline.references.mentions import find_references
    >>> text = "Theo Kế hoạch số 12-KH/TU, các chi bộ thực hiện Kế hoạch nêu trên. Nghị quyết này có hiệu lực."
    >>> [(a.surface, a.mention) for a in find_anaphora(text, find_references(text))]
    [('Kế hoạch nêu trên', 1), ('Nghị quyết này', 0)]
    """
    plain, places = composed(text), Places(text)
    flowing = flow(plain.text)
    found = [*_by_type(flowing, mentions, dictionaries or Dictionaries.load()), *_by_alias(flowing, mentions)]
    located = [(plain.span(start, end), kind, order) for start, end, kind, order in sorted(found)]
    return tuple(_anaphor(span, kind, order, text, places) for span, kind, order in located)


def _anaphor(span: Span, kind: Kind, order: int, text: str, places: Places) -> Anaphor:
    page, line = places.of(span.start)
    return Anaphor(page=page, line=line, span=span, surface=text[span.start : span.end], kind=kind, mention=order)


def _by_type(flowing: str, mentions: Sequence[Mention], dictionaries: Dictionaries) -> Iterator[tuple[int, int, Kind, int]]:
    k = 0
    last: dict[str, int] = {}
    for match in _pattern(dictionaries).finditer(flowing):
        while k < len(mentions) and mentions[k].span.start < match.start():
            if mentions[k].doc_type:
                last[fold(mentions[k].doc_type or "")] = mentions[k].order
            k += 1
        if match["way"] == "này":
            yield match.start(), match.end(), "này", 0
        elif fold(match["type"]) in last:
            yield match.start(), match.end(), "trên", last[fold(match["type"])]


def _by_alias(flowing: str, mentions: Sequence[Mention]) -> Iterator[tuple[int, int, Kind, int]]:
    """Where names agreed on in brackets are used later; names with a number in full are mentions themselves."""
    aliases: dict[str, tuple[int, int]] = {}
    for match in _ALIAS.finditer(flowing):
        order = _named(mentions, match.start())
        alias = " ".join(match["alias"].split())
        if order and len(alias.split()) > 1 and len(aliases) < _MOST_ALIASES and "/" not in alias:
            aliases.setdefault(alias, (match.end(), order))
    if not aliases:
        return
    names = "|".join(regex.escape(alias).replace(r"\ ", r"\s+") for alias in sorted(aliases, key=len, reverse=True))
    taken = [mention.span for mention in mentions]
    for match in regex.finditer(rf"(?<!\p{{L}})(?:{names})(?![\p{{L}}\d])", flowing):
        behind, order = aliases[" ".join(match.group().split())]
        if match.start() >= behind and not _is_taken(taken, match.start(), match.end()):
            yield match.start(), match.end(), "alias", order


def _named(mentions: Sequence[Mention], at: int) -> int:
    """The order of the citation that a bracket behind it names; 0 where none is near."""
    k = bisect_right(mentions, at, key=lambda m: m.span.end) - 1
    return mentions[k].order if k >= 0 and mentions[k].span.start >= at - _REACH else 0


def _is_taken(spans: Sequence[Span], start: int, end: int) -> bool:
    k = bisect_right(spans, start, key=lambda s: s.end)
    return k < len(spans) and spans[k].start < end

"""Finds the places that cite a numbered document, each with what its own sentence states."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Mention
from ocr_pipeline.references.agreement import Cited, misread, organ_of, title_behind
from ocr_pipeline.references.lists import Member, follows, head_before, list_of, shared
from ocr_pipeline.references.places import Places
from ocr_pipeline.references.relations import Clause, Led, relate
from ocr_pipeline.references.rules import Context, context_of
from ocr_pipeline.references.short_forms import ShortForm, short_forms
from ocr_pipeline.references.statements import Stated, stated_after, stated_before
from ocr_pipeline.symbols.finding import Found, parse_symbol, scan
from ocr_pipeline.symbols.flow import Composed, composed, flow
from ocr_pipeline.symbols.form import Symbol
from ocr_pipeline.symbols.tables import symbol_tables

# A law named by its title before its number: Luật Quản lý thuế số 38/2019/QH14.
_LAW: Final = regex.compile(
    r"(?<!\p{L})(?P<type>Bộ [Ll]uật|(?<!oàn )bộ luật|Luật|Pháp lệnh|luật)\s+(?!số\b)"
    r"(?:(?!\b(?:(?<!pháp )luật|Luật|Pháp lệnh|ngày)\b)[^;.()“”\"\n:\d]){2,100}$"
)
_TITLE_AFTER: Final = regex.compile(
    r",?\s+(?:(?:Luật\s+)?(?!Lưu trữ|Truy cập)\p{Lu}|về\s+\p{L})"
    r"(?:(?!\b(?:hiệu lực|từ|sửa đổi|này|Luật|Nghị|Điều|hết|đến|trước|sau|được)\b)[^;.()“”\"\n:\d]){2,120}?(?=\s+ngày\s+\d)"
)


class _Draft(NamedTuple):
    """A citation on its way to a mention."""

    member: Member
    clause: Clause
    pinpoint: str | None


class _Typed(NamedTuple):
    """The type that is stated for a number, where the citation begins, and the issuer and the head before it."""

    doc_type: str | None
    start: int
    issuer: str | None = None
    carried: bool = False
    head: int = sys.maxsize


def find_references(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[Mention, ...]:
    """The numbered documents that a text mentions, in order, its own number in the letterhead among them.

    Spans and surfaces are of the given text; a page ends with a form feed, a line with a line feed.

    >>> mention, = find_references("Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị.")
    >>> mention.number, mention.date, mention.issuer, mention.relation
    ('57-NQ/TW', '2024-12-22', 'Bộ Chính trị', 'thực hiện')
    """
    dictionaries = dictionaries or Dictionaries.load()
    plain = composed(text)
    flowing = flow(plain.text)
    context = context_of(flowing, dictionaries)
    drafts: list[_Draft] = []
    full = scan(plain.text, flowing, dictionaries)
    forms = [ShortForm(found, bare=False) for found in full] + short_forms(flowing, full, dictionaries)
    for form in sorted(forms, key=lambda f: f.found.match.span):
        draft = _draft(form.found, drafts, flowing, context)
        if not form.bare or draft.member.stated.dated or draft.member.stated.issuer:
            drafts.append(draft)
    stated = shared([draft.member for draft in drafts], flowing)
    drafts = _agreed(drafts, stated, flowing, dictionaries)
    places = Places(text)
    rows = enumerate(zip(drafts, stated, strict=True), 1)
    return tuple(_mention(d, s, order, plain, text, places) for order, (d, s) in rows)


def _agreed(drafts: list[_Draft], stated: list[Stated], flowing: str, dictionaries: Dictionaries) -> list[_Draft]:
    """The citations with their numbers corrected by one another and by the names of their issuers."""
    rows = [_cited(d, s, flowing) for d, s in zip(drafts, stated, strict=True)]
    agreed = misread(rows)
    numbers = [agreed[k] + row.rest if k in agreed else None for k, row in enumerate(rows)]
    numbers = [number or _told(d, s) for number, d, s in zip(numbers, drafts, stated, strict=True)]
    return [_renumbered(d, number, dictionaries) for d, number in zip(drafts, numbers, strict=True)]


def _cited(draft: _Draft, stated: Stated, flowing: str) -> Cited:
    symbol = draft.member.found.match.symbol
    title = title_behind(flowing, max(stated.end, draft.member.stated.end))
    return Cited(symbol.ordinal, symbol.number[len(symbol.ordinal) :], stated.date, title)


def _told(draft: _Draft, stated: Stated) -> str | None:
    """The number with its organ's letters as the issuer's name tells them."""
    symbol = draft.member.found.match.symbol
    organ = (symbol.body or "").split("-")[-1].split("/")[-1]
    told = organ_of(stated.issuer, organ) if stated.issuer and organ else None
    return symbol.number[: -len(organ)] + told if told else None


def _renumbered(draft: _Draft, number: str | None, dictionaries: Dictionaries) -> _Draft:
    symbol = parse_symbol(number, dictionaries) if number else None
    if symbol is None:
        return draft
    found = draft.member.found
    match = found.match
    changed = match._replace(
        symbol=symbol, confidence=min(match.confidence, 0.8), alternatives=(match.symbol.number, *match.alternatives)
    )
    return draft._replace(member=draft.member._replace(found=found._replace(match=changed)))


def _draft(found: Found, drafts: list[_Draft], flowing: str, context: Context) -> _Draft:
    symbol, noun = found.match.symbol, found.noun
    last = drafts[-1] if drafts else None
    low = last.member.stated.end if last else 0
    joint = len(regex.split(r"[-,&]", symbol.body or "")) > 1
    end = _behind_title(flowing, found.match.span.end) if _by_parliament(symbol) else found.match.span.end
    after = stated_after(flowing, end, context, joint=joint)
    after = after if after.dated or after.issuer else after._replace(end=found.match.span.end)
    typed = _typed(found, [draft.member for draft in drafts[-12:]], flowing, low, context)
    before = stated_before(flowing, noun.start, low, symbol.body, context)
    stated = Stated(
        after.date if after.dated or not before.dated else before.date,
        after.dated or before.dated,
        after.issuer or typed.issuer or before.issuer,
        after.end,
    )
    pinpoint = context.rules.pinpoints.before(flowing, low, typed.start)
    led = Led(pinpoint.start if pinpoint else min(typed.start, typed.head), typed.start, after.end)
    clause = relate(flowing, led, last.clause if last else None, context.rules.relations, context.heads)
    member = Member(found, typed.start, typed.carried, stated, typed.doc_type)
    return _Draft(member, clause, pinpoint.text if pinpoint else None)


def _typed(found: Found, members: list[Member], flowing: str, low: int, context: Context) -> _Typed:
    """The type before the number, before its title or issuer, of its list, or, where none is stated, of its code."""
    noun, symbol = found.noun, found.match.symbol
    if noun.name:
        return _Typed(noun.name, noun.start)
    titled = _LAW.search(flowing, max(low, noun.start - 130), noun.start) if _by_parliament(symbol) else None
    if titled:
        return _Typed(titled["type"].capitalize(), titled.start("type"))
    last = members[-1] if members else None
    if last and follows(flowing, last.stated.end, noun.start):
        return _Typed(last.doc_type, noun.start, carried=True)
    head = head_before(flowing, noun.start, low, context)
    if head:
        return _Typed(head.doc_type, noun.start, head.issuer, head=head.start)
    listed = list_of(flowing, noun.start, symbol, members)
    if listed:
        return _Typed(listed.doc_type, noun.start, carried=True)
    names = symbol_tables(context.dictionaries).names(symbol.code, symbol.system) if symbol.code else []
    return _Typed(names[0] if len(names) == 1 else None, noun.start)


def _behind_title(flowing: str, end: int) -> int:
    """Behind the title that may stand between a law's number and its date."""
    title = _TITLE_AFTER.match(flowing, end, min(len(flowing), end + 160))
    return title.end() if title else end


def _by_parliament(symbol: Symbol) -> bool:
    return symbol.code is None and bool(symbol.body) and "QH" in (symbol.body or "")


def _mention(draft: _Draft, stated: Stated, order: int, plain: Composed, text: str, places: Places) -> Mention:
    match = draft.member.found.match
    span = plain.span(draft.member.start, match.span.end)
    page, line = places.of(span.start)
    surface = text[span.start : span.end]
    mention = Mention(
        order=order,
        page=page,
        line=line,
        span=span,
        surface=surface,
        raw=surface,
        number=match.symbol.number,
        doc_type=draft.member.doc_type,
        date=stated.date,
        issuer=stated.issuer,
        pinpoint=draft.pinpoint,
        confidence=match.confidence,
        alternatives=match.alternatives,
    )
    return replace(mention, relation=draft.clause.relation) if draft.clause.relation else mention

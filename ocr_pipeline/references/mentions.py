"""Finds the places that cite a numbered document, each with what its own sentence states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Mention, Relation, Span
from ocr_pipeline.references.places import Places
from ocr_pipeline.references.relations import relation_before, sentence_start
from ocr_pipeline.references.rules import ReferenceRules, reference_rules
from ocr_pipeline.references.statements import Stated, stated_after, stated_before
from ocr_pipeline.symbols.finding import Found, scan
from ocr_pipeline.symbols.flow import flow
from ocr_pipeline.symbols.form import Symbol
from ocr_pipeline.symbols.nouns import nouns
from ocr_pipeline.symbols.tables import symbol_tables

# Between the members of a list that names its type once.
_BETWEEN: Final = regex.compile(r"(?:[\s,;]|\bvà\b|\bcác\b|\bhoặc\b|\bcùng\b|\b[Ss][ốô]\b|\bnăm\s+\d{4}\b){1,8}[\s,:]*")
# A law named by its title before its number: Luật Quản lý thuế số 38/2019/QH14.
_LAW: Final = regex.compile(
    r"(?<!\p{L})(?P<type>Bộ luật|Luật|Pháp lệnh|luật)\s+(?!số\b)"
    r"(?:(?!\b(?:luật|Luật|ngày)\b)[^;.()“”\"\n:\d]){2,100}$"
)
_TITLE_AFTER: Final = regex.compile(
    r",?\s+(?:Luật\s+|về\s+)?\p{L}"
    r"(?:(?!\b(?:hiệu lực|từ|sửa đổi|này|Luật|Nghị|Điều)\b)[^;.()“”\"\n:\d]){2,120}?(?=\s+ngày\s+\d)"
)
_EDGES: Final = regex.compile(
    r"^(?:[\s,;]*\b(?:và|của|tại|hoặc)\b)*|(?:[\s,;]*\b(?:của|tại|thuộc|kèm theo|ban hành kèm theo)\b\s*)$", regex.IGNORECASE
)
_PINPOINT_REACH = 140


class _Draft(NamedTuple):
    """A citation on its way to a mention."""

    found: Found
    start: int
    doc_type: str | None
    carried: bool
    stated: Stated
    relation: Relation | None
    pinpoint: str | None


def find_references(text: str, *, dictionaries: Dictionaries | None = None) -> tuple[Mention, ...]:
    """The numbered documents that a text mentions, in order, its own number in the letterhead among them.

    Spans and surfaces are of the given text; a page ends with a form feed, a line with a line feed.

    >>> mention, = find_references("Thực hiện Nghị quyết số 57-NQ/TW ngày 22/12/2024 của Bộ Chính trị.")
    >>> mention.number, mention.date, mention.issuer, mention.relation
    ('57-NQ/TW', '2024-12-22', 'Bộ Chính trị', 'thực hiện')
    """
    dictionaries = dictionaries or Dictionaries.load()
    flowing = flow(text)
    drafts = _drafts(text, flowing, dictionaries)
    drafts = _shared(drafts, flowing)
    places = Places(text)
    return tuple(_mention(draft, order, text, places) for order, draft in enumerate(drafts, 1))


def _drafts(text: str, flowing: str, dictionaries: Dictionaries) -> list[_Draft]:
    rules = reference_rules(dictionaries)
    drafts: list[_Draft] = []
    for found in scan(text, flowing, dictionaries):
        drafts.append(_draft(found, drafts[-1] if drafts else None, flowing, rules, dictionaries))
    return drafts


def _draft(found: Found, last: _Draft | None, flowing: str, rules: ReferenceRules, dictionaries: Dictionaries) -> _Draft:
    match, noun = found.match, found.noun
    body = match.symbol.body
    joint = len(regex.split(r"[-,&]", body or "")) > 1
    end = _behind_title(flowing, match.span.end) if _by_parliament(match.symbol) else match.span.end
    after = stated_after(flowing, end, dictionaries, joint=joint)
    after = after if after.dated or after.issuer else after._replace(end=match.span.end)
    listed = last is not None and noun.name is None and _follows(flowing, last, noun.start)
    low = last.stated.end if last else 0
    before = stated_before(flowing, noun.start, low, body, dictionaries)
    doc_type, headed, start = _type(found, last if listed else None, flowing, low, dictionaries)
    stated = Stated(
        after.date if after.dated or not before.dated else before.date,
        after.dated or before.dated,
        after.issuer or before.issuer or headed,
        after.end,
    )
    relation = _relation(flowing, start, last, rules)
    return _Draft(found, start, doc_type, listed, stated, relation, _pinpoint(flowing, start, low, rules))


def _follows(flowing: str, last: _Draft, start: int) -> bool:
    """Whether a number without noun goes on with the list that the last citation is in."""
    return start >= last.stated.end and bool(_BETWEEN.fullmatch(flowing, last.stated.end, start))


def _type(
    found: Found, last: _Draft | None, flowing: str, low: int, dictionaries: Dictionaries
) -> tuple[str | None, str | None, int]:
    """The type that is stated, before the number or once for its list, an issuer that stands between, and the start."""
    noun, symbol = found.noun, found.match.symbol
    if noun.name:
        return noun.name, None, noun.start
    titled = _LAW.search(flowing, max(low, noun.start - 130), noun.start) if _by_parliament(symbol) else None
    if titled:
        return titled["type"].capitalize(), None, titled.start("type")
    if last:
        return last.doc_type, None, noun.start
    headed = _head(flowing, noun.start, low, dictionaries)
    if headed:
        return *headed, noun.start
    names = symbol_tables(dictionaries).names(symbol.code, symbol.system) if symbol.code else []
    return (names[0] if len(names) == 1 else None), None, noun.start


def _behind_title(flowing: str, end: int) -> int:
    """Behind the title that may stand between a law's number and its date."""
    title = _TITLE_AFTER.match(flowing, end, min(len(flowing), end + 160))
    return title.end() if title else end


def _by_parliament(symbol: Symbol) -> bool:
    return symbol.code is None and bool(symbol.body) and "QH" in (symbol.body or "")


_HEAD: Final = regex.compile(
    r"(?:(?:sau|sau đây|dưới đây|gồm|như sau|sau:)\s*)?(?:của\s+(?P<issuer>[^:;\n()]{3,70}?))?\s*:\s*[-+]?\s*$"
)


def _head(flowing: str, at: int, low: int, dictionaries: Dictionaries) -> tuple[str, str | None] | None:
    """The head of a list: "các Quyết định của UBND tỉnh: số 1/QĐ-UBND"."""
    window_low = max(low, at - 110)
    window = flowing[window_low:at]
    if ":" not in window[-6:]:
        return None
    for start in (m.start() for m in regex.finditer(r"(?=\s(?:của|sau|dưới|gồm|như)\s|:)", window)):
        rest = _HEAD.match(window[start:].lstrip())
        noun = nouns(dictionaries).before(flowing, window_low + start) if rest else None
        if rest and noun and noun.name and noun.clean:
            return noun.name, rest["issuer"]
    return None


def _relation(flowing: str, at: int, last: _Draft | None, rules: ReferenceRules) -> Relation | None:
    """The nearest words in the sentence; in a list parted by semicolons, what was told before."""
    start = sentence_start(flowing, at)
    clause = flowing.rfind(";", start, at) + 1
    told = relation_before(flowing, max(start, clause), at, rules)
    if told:
        return told
    if last is not None and last.start >= start:
        return last.relation
    return relation_before(flowing, start, at, rules)


def _pinpoint(flowing: str, at: int, low: int, rules: ReferenceRules) -> str | None:
    found = rules.pinpoint.search(flowing[max(low, at - _PINPOINT_REACH) : at])
    if not found:
        return None
    words = _EDGES.sub("", found.group().strip())
    return " ".join(words.strip(" ,;").split()) or None


def _shared(drafts: Sequence[_Draft], flowing: str) -> list[_Draft]:
    """Date and issuer that stand once for a list, given to each of its members."""
    shared = list(drafts)
    for k in range(len(shared) - 2, -1, -1):
        following = shared[k + 1]
        if following.carried:
            shared[k] = shared[k]._replace(stated=_merged(shared[k].stated, following.stated))
    for k in range(1, len(shared)):
        if shared[k].carried and not shared[k].stated.issuer:
            shared[k] = shared[k]._replace(stated=shared[k].stated._replace(issuer=shared[k - 1].stated.issuer))
    return shared


def _merged(own: Stated, other: Stated) -> Stated:
    date, dated = (own.date, True) if own.dated else (other.date, other.dated)
    return own._replace(date=date, dated=dated, issuer=own.issuer or other.issuer)


def _mention(draft: _Draft, order: int, text: str, places: Places) -> Mention:
    match = draft.found.match
    page, line = places.of(draft.start)
    span = Span(draft.start, match.span.end)
    surface = text[span.start : span.end]
    mention = Mention(
        order=order,
        page=page,
        line=line,
        span=span,
        surface=surface,
        raw=surface,
        number=match.symbol.number,
        doc_type=draft.doc_type,
        date=draft.stated.date,
        issuer=draft.stated.issuer,
        pinpoint=draft.pinpoint,
        confidence=match.confidence,
        alternatives=match.alternatives,
    )
    return replace(mention, relation=draft.relation) if draft.relation else mention

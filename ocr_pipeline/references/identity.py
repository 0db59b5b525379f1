"""Which mentions are of one document, and what they tell of it together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Anaphor, Mention, Metadata, Reference, Relation
from ocr_pipeline.orthography import fold
from ocr_pipeline.symbols import parse_symbol, symbol_key
from ocr_pipeline.symbols.nouns import nouns

_UNKNOWN: Final = "?"
_SLUG: Final = regex.compile(r"[^a-z0-9]+")
_LETTERHEAD_NUMBER: Final = regex.compile(r"\s*\p{L}?[\p{L}\d$]{1,2}\s?[:.;]?\s*\d")
# So many documents of one number, and issuers of one document, are compared with.
_LOOKED_AT: Final = 24
# The place in the name of a local organ.
_PLACE: Final = regex.compile(
    r"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Hh]uyện|[Qq]uận|[Tt]hị xã|[Xx]ã|[Pp]hường|Tỉnh [uủ][yỷ]|Thành [uủ][yỷ])\s+"
    r"((?:\p{Lu}\S*\s?)+)"
)
# The letterhead is at the top of the first page: lines that may hold the own number.
_LETTERHEAD_LINES = 14


def resolve_references(
    mentions: Sequence[Mention], *, metadata: Metadata, dictionaries: Dictionaries, anaphora: Sequence[Anaphor] = ()
) -> tuple[Reference, ...]:
    """One entry for each document mentioned, in order of its first mention; the own number has ``own``.

    A document is known by its symbol, date and issuer: numbering starts anew each year or term, and each province has
    its own, so that the number alone does not tell. A mention without date belongs to the dated one of the same number;
    where there are several, to the one cited last before it. The own number is left out where it is not sure: then the
    letterhead's is not either.
    """
    groups: list[_Group] = []
    by_key: dict[str, _Alike] = {}
    own = {mention.order for mention in mentions if _is_own(mention, metadata)}
    for mention in mentions:
        if mention.order in own and metadata.number is None:
            continue
        alike = by_key.setdefault(f"{symbol_key(mention.number)} {mention.order in own}", _Alike())
        group = alike.group_of(mention)
        if group is None:
            group = alike.opened()
            groups.append(group)
        alike.add(mention, group)
    meant: dict[int, list[Anaphor]] = {}
    for anaphor in anaphora:
        meant.setdefault(anaphor.mention, []).append(anaphor)
    references = (_reference(group, own, metadata, dictionaries) for group in (g.mentions for g in groups))
    return tuple(_with_anaphora(reference, meant, metadata) for reference in references)


def _with_anaphora(reference: Reference, meant: dict[int, list[Anaphor]], metadata: Metadata) -> Reference:
    own_type = fold(metadata.doc_type or "")
    own = [a for a in meant.get(0, ()) if own_type and fold(a.surface).startswith(own_type)] if reference.own else []
    found = [*own, *(a for m in reference.mentions for a in meant.get(m.order, ()))]
    return replace(reference, anaphora=tuple(sorted(found, key=lambda a: a.span))) if found else reference


class _Group:
    """The mentions of one document, with the date and the issuers that they state."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.date: str | None = None
        self.issuers: set[str] = set()


class _Alike:
    """The documents with one number: found by date, else the one cited last."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._by_date: dict[str, _Group] = {}

    def group_of(self, mention: Mention) -> _Group | None:
        if mention.date and mention.date in self._by_date:
            return self._by_date[mention.date]
        for group in self._groups[: -_LOOKED_AT - 1 : -1]:
            dated = mention.date and group.date
            if not dated and all(_one_issuer(mention.issuer, issuer) for issuer in group.issuers):
                return group
        return None

    def opened(self) -> _Group:
        self._groups.append(_Group())
        return self._groups[-1]

    def add(self, mention: Mention, group: _Group) -> None:
        group.mentions.append(mention)
        group.date = group.date or mention.date
        if mention.date:
            self._by_date.setdefault(mention.date, group)
        if mention.issuer and len(group.issuers) < _LOOKED_AT:
            group.issuers.add(mention.issuer)


def _one_issuer(one: str | None, other: str | None) -> bool:
    """Whether two names may be of one issuer: not of two places."""
    first, second = place_of(one), place_of(other)
    return not first or not second or first == second


def place_of(name: str | None) -> str | None:
    """The place that the name of a local organ gives, folded.

    >>> place_of("Ủy ban nhân dân tỉnh Quảng Ninh"), place_of("Bộ Tài chính")
    ('quang ninh', None)
    """
    found = _PLACE.search(name) if name else None
    return fold(found[1]).strip() if found else None


def _is_own(mention: Mention, metadata: Metadata) -> bool:
    """The number in the letterhead, and later mentions of it that state no other date."""
    if metadata.number and symbol_key(metadata.number) == symbol_key(mention.number):
        return mention.date in (None, metadata.date) or metadata.date is None
    return (
        mention.page == 1
        and mention.line <= _LETTERHEAD_LINES
        and mention.order == 1
        and mention.date is None
        and mention.issuer is None
        and bool(_LETTERHEAD_NUMBER.match(mention.surface))
    )


def _reference(group: Sequence[Mention], own: set[int], metadata: Metadata, dictionaries: Dictionaries) -> Reference:
    number = _most(m.number for m in group) or group[0].number
    is_own = group[0].order in own
    date = _most(m.date for m in group) or (metadata.date if is_own else None)
    issuer = _most(m.issuer for m in group) or (metadata.issuer if is_own else None)
    symbol = parse_symbol(number, dictionaries)
    doc_type = (metadata.doc_type if is_own else None) or _most(m.doc_type for m in group)
    code = symbol.code if symbol else None
    if code is None and doc_type:
        codes = nouns(dictionaries).codes_of(doc_type)
        code = next(iter(codes)) if len(codes) == 1 else None
    system = (symbol.system if symbol else None) or _UNKNOWN
    identity = ":".join([system, slug(issuer), number, date or _UNKNOWN])
    return Reference(
        id=identity,
        number=number,
        number_key=symbol_key(number),
        doc_type=doc_type,
        doc_type_code=code,
        date=date,
        issuer=issuer,
        relation=_relation(group),
        own=is_own,
        mentions=tuple(group),
    )


def _relation(group: Sequence[Mention]) -> Relation:
    told = [m.relation for m in group if m.relation != "khác"]
    return Counter(told).most_common(1)[0][0] if told else "khác"


def _most(values: Iterable[str | None]) -> str | None:
    """The value stated most often, the first of them where several are."""
    counts = Counter(value for value in values if value)
    return counts.most_common(1)[0][0] if counts else None


def slug(name: str | None) -> str:
    """A name as it stands in an identifier: folded, words joined by dashes; ? where there is none."""
    return _SLUG.sub("-", fold(name)).strip("-") if name else _UNKNOWN

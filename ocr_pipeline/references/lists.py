"""Lists of citations: a type, a date or an issuer that stands once for all of them, before the list or behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.references.issuers import issuer_at
from ocr_pipeline.references.relations import sentence_start
from ocr_pipeline.references.rules import Context
from ocr_pipeline.references.statements import Stated
from ocr_pipeline.symbols.finding import Found
from ocr_pipeline.symbols.form import Symbol
from ocr_pipeline.symbols.nouns import nouns

# Between the members of a list that names its type once.
_BETWEEN: Final = regex.compile(
    r"(?:[\s,;.]|\bvà\b|\bcác\b|\bhoặc\b|\bcùng\b|\bđến\b|\b[Ss][ốôỐÔ]\b|\bnăm\s+\d{4}\b){1,8}[\s,:]*"
)
# What stands right before a member that follows the title of the member before it.
_PARTED: Final = regex.compile(r"(?:[,;:]|\bvà\b|\bhoặc\b)\s*(?:(?:và|các|tại|[Ss][ốỐ])\s*)*$")
# Between two citations of which the second changed the first, or that are named one after the other.
_JOINED: Final = regex.compile(
    r"[\s,]*(?:(?:và|hoặc|cùng|các)\s*|\(?(?:đã\s+)?được\s+(?:sửa đổi|bổ sung|thay thế|điều chỉnh)[^.;:()]{0,50}"
    r"(?:tại|bởi|theo|bằng)\s*(?:(?:điểm|khoản|điều)\s+[\p{L}\d]{1,3}[\s,]*){0,4})*",
    regex.IGNORECASE,
)
_LEAD: Final = regex.compile(r"\s+của\s+")
_OPENED: Final = regex.compile(r"(?:sau đây|dưới đây|như sau|gồm|sau|,|:|-|\+|\s)*")
_HEAD_REACH: Final = 110


class Head(NamedTuple):
    """The type that a list, or a number, is headed by, and the issuer between the two."""

    start: int
    doc_type: str
    issuer: str | None


def tail_of(symbol: Symbol) -> tuple[str | None, str | None]:
    """What members of one list have in common: code and organ."""
    return symbol.code, symbol.body


def follows(flowing: str, end: int, start: int) -> bool:
    """Whether a number without a type goes on with the citation that ends at ``end``."""
    return start >= end and _BETWEEN.fullmatch(flowing, end, start) is not None


def is_parted(flowing: str, start: int) -> bool:
    """Whether what begins at an offset is parted from the words before it as a member of a list is."""
    return _PARTED.search(flowing, max(0, start - 30), start) is not None


def head_before(flowing: str, at: int, low: int, context: Context) -> Head | None:
    """The head of a list or number: "các Quyết định của UBND tỉnh: số", "các Công văn:", "Nghị định của Chính phủ số"."""
    low = max(low, at - _HEAD_REACH)
    for lead in _LEAD.finditer(flowing, low, at):
        named = issuer_at(flowing, lead.end(), context, joint=True)
        if named and _is_opened(flowing, named.end, at):
            noun = nouns(context.dictionaries).before(flowing, lead.start())
            if noun.name and noun.clean:
                return Head(noun.start, noun.name, named.name)
    return _plain_head(flowing, at, low, context)


def _plain_head(flowing: str, at: int, low: int, context: Context) -> Head | None:
    end = at
    while end > low and (flowing[end - 1] in ": -+\n" or flowing[low:end].endswith((" sau", " sau đây", " gồm"))):
        end -= 1 if flowing[end - 1] in ": -+\n" else len(flowing[low:end].rsplit(" ", 1)[1])
    if ":" not in flowing[end:at]:
        return None
    noun = nouns(context.dictionaries).before(flowing, end)
    return Head(noun.start, noun.name, None) if noun.name and noun.clean else None


def _is_opened(flowing: str, end: int, at: int) -> bool:
    return _OPENED.fullmatch(flowing, end, at) is not None


class Member(NamedTuple):
    """A citation as its list sees it."""

    found: Found
    start: int
    carried: bool
    stated: Stated
    doc_type: str | None


def list_of(flowing: str, start: int, symbol: Symbol, members: Sequence[Member]) -> Member | None:
    """The member of the same sentence whose list a number without a type belongs to: it has the same code and organ."""
    if not members or not is_parted(flowing, start):
        return None
    sentence = sentence_start(flowing, start)
    for member in reversed(members[-12:]):
        if member.start < sentence:
            return None
        if tail_of(member.found.match.symbol) == tail_of(symbol) and member.doc_type:
            return member
    return None


def shared(members: Sequence[Member], flowing: str) -> list[Stated]:
    """What is stated of each member, with date and issuer that stand once for its list."""
    stated = [member.stated for member in members]
    for k in range(len(members) - 2, -1, -1):
        first, second = members[k], members[k + 1]
        if second.carried and follows(flowing, first.stated.end, second.found.noun.start):
            stated[k] = _merged(stated[k], stated[k + 1], first.found.match.symbol)
        elif not stated[k].issuer and _one_issuer(first, second, flowing):
            stated[k] = stated[k]._replace(issuer=stated[k + 1].issuer)
    for k in range(1, len(members)):
        if members[k].carried and not stated[k].issuer:
            stated[k] = stated[k]._replace(issuer=_issuer_of_list(members, stated, k))
    return stated


def _issuer_of_list(members: Sequence[Member], stated: Sequence[Stated], k: int) -> str | None:
    """The issuer of the nearest member before that has the same code and organ, else of the one right before."""
    same = [
        j for j in range(max(0, k - 12), k) if tail_of(members[j].found.match.symbol) == tail_of(members[k].found.match.symbol)
    ]
    return stated[same[-1] if same else k - 1].issuer


def _one_issuer(first: Member, second: Member, flowing: str) -> bool:
    """Whether the issuer behind the second citation is the first one's as well: of the same organ, joined.

    Of two types it is where the first has its date: "Quyết định số 80/2002/QĐ-TTg ngày 24/6/2002 và Chỉ thị số ...".
    """
    one, other = first.found.match.symbol, second.found.match.symbol
    same = tail_of(one) == tail_of(other) and first.doc_type == second.doc_type
    same = same or (one.body is not None and one.body == other.body and first.stated.dated)
    return same and second.start >= first.stated.end and _JOINED.fullmatch(flowing, first.stated.end, second.start) is not None


def _merged(own: Stated, other: Stated, symbol: Symbol) -> Stated:
    """The other's date and issuer where the own are missing; a date of another year than the symbol's is not its own."""
    fits = symbol.year is None or (other.date or "").startswith(str(symbol.year))
    date, dated = (own.date, True) if own.dated or not fits else (other.date, other.dated)
    return own._replace(date=date, dated=dated, issuer=own.issuer or other.issuer)

"""What the sentence of a citation states: date and issuer, after the number or before it."""

from __future__ import annotations

from typing import Final, NamedTuple

import regex

from ocr_pipeline.orthography import unify
from ocr_pipeline.references.dates import Written, date_at, last_date
from ocr_pipeline.references.issuers import Named, issuer_at, issuer_before
from ocr_pipeline.references.rules import Context, ReferenceRules, words_between

# White space, a comma, or a speck that stands for one; a page number that was read past leaves as much white as it was long.
_SPACE: Final = r"[^\S\n]*+[\s,.'`|_:;\]\[!-]{0,4}[^\S\n]*+"
_GAP: Final = regex.compile(
    rf"{_SPACE}(?:\(\s?)?(?:cùng\s+(?=ngày))?(?:(?:được\s+)?(?:ký ban hành|ban hành|ký|thông qua|đề|ra|cấp|phê duyệt)\s+)?"
)
_CLOSED: Final = regex.compile(r"\s?\)")
_ASIDE: Final = regex.compile(r"\s{0,3}\((?!\s?ngày)[^()\n]{1,120}\)")
_YEAR: Final = regex.compile(r"\s{0,3}(?:năm\s+\d{4})")
_LEAD: Final = regex.compile(rf"{_SPACE}(?P<lead>\p{{L}}{{2,5}})\s+(?:của\s+)?")
# A title between the number and its date, in indexes of law: no other document is named in it.
_TITLE: Final = regex.compile(
    r"\s+(?=\p{Lu}\p{Ll})(?!Lưu trữ|Truy cập)(?:(?!\b(?:[Ll]uật|[Nn]ghị (?:định|quyết)|[Tt]hông tư|Pháp lệnh|[Qq]uyết định|"
    r"[Kk]ế hoạch|số|ngày|hiệu lực|lưu trữ|truy cập|hết|kể|trước|sau)\b)[^.;:()“”\"\n]){10,260}?(?=\s+ngày\s+\d)"
)
_DAMAGED_LEAD: Final = regex.compile(r"c(?!(?:ho|ùng|ác|ó|ả|hỉ|òn|ũng|hưa|ấp)$)\p{L}{1,4}")
_ISSUED: Final = regex.compile(r"\s+ban hành")
_CLAUSE: Final = regex.compile(r"[;\n“”\"()]|\.(?=\s)|:(?=\s)")
_LIST_WORDS: Final = frozenset(map(unify, ("các", "những", "một", "số", "hai", "ba", "02", "03")))
_BEFORE = 170
_BETWEEN: Final = unify("giữa")
# Behind an organ that tells something in a document of its own: ", của UBND huyện tại Tờ trình số 88".
_TELLS: Final = regex.compile(r"\s+tại\s+(?:các\s+)?(?:Tờ|Công|Văn|Báo|Kế|Thông|văn|tờ|công|báo)\s")


class Stated(NamedTuple):
    """Date and issuer that a sentence states, and where the statement ends."""

    date: str | None
    dated: bool
    issuer: str | None
    end: int


def stated_after(flowing: str, at: int, context: Context, *, joint: bool) -> Stated:
    """What follows a number: "ngày 22/12/2024 của Bộ Chính trị", in either order, asides skipped."""
    written, end = _date(flowing, at, context)
    issuer = _issuer(flowing, end, context, joint=joint)
    if written is None and issuer is None:
        return _behind_title(flowing, at, context, joint=joint)
    if issuer:
        end = issuer.end
        if written is None:
            written, end = _date(flowing, end, context)
    return Stated(written.iso if written else None, written is not None, issuer.name if issuer else None, end)


def _behind_title(flowing: str, at: int, context: Context, *, joint: bool) -> Stated:
    """Date and issuer behind the title: Thông tư số 1/2020/TT-BTC Quy định về ... ngày 02/01/2020 của Bộ Tài chính."""
    nothing = Stated(None, False, None, at)
    title = _TITLE.match(flowing, at, min(len(flowing), at + 300))
    written, end = _date(flowing, title.end(), context) if title else (None, at)
    issuer = _issuer(flowing, end, context, joint=joint) if written else None
    return Stated(written.iso, True, issuer.name, issuer.end) if written and issuer else nothing


def _date(flowing: str, at: int, context: Context) -> tuple[Written | None, int]:
    for start in _starts(flowing, at):
        gap = _GAP.match(flowing, start)
        date = date_at(flowing, gap.end() if gap else start, context.dictionaries)
        if date:
            closed = _CLOSED.match(flowing, date.end)
            return date, closed.end() if closed and "(" in flowing[start : date.start] else date.end
    return None, at


def _starts(flowing: str, at: int) -> list[int]:
    """Where a statement may begin: at once, or behind an aside in brackets or a year."""
    starts = [at]
    for pattern in (_YEAR, _ASIDE):
        found = pattern.match(flowing, at)
        if found:
            starts.append(found.end())
    return starts


def _issuer(flowing: str, at: int, context: Context, *, joint: bool) -> Named | None:
    for start in _starts(flowing, at):
        lead = _LEAD.match(flowing, start)
        if not lead:
            continue
        word = unify(lead["lead"])
        together = joint or word == _BETWEEN or flowing.startswith(("Liên", "liên"), lead.end())
        if word in context.rules.lead:
            named = issuer_at(flowing, lead.end(), context, joint=together)
            if named and "," in flowing[at : lead.end()] and _TELLS.match(flowing, named.end):
                return None
            if named and (word != "do" or _ISSUED.match(flowing, named.end)):
                return named
        elif _DAMAGED_LEAD.fullmatch(lead["lead"]) and context.names.at(flowing, lead.end(), damaged=context.damaged):
            return issuer_at(flowing, lead.end(), context, joint=together)
    return None


def stated_before(flowing: str, at: int, low: int, body: str | None, context: Context) -> Stated:
    """What precedes a citation: "Ngày 07/02/2020, Bộ Tài chính ban hành", "của Sở Nội vụ tại"."""
    rules = context.rules
    low = max(low, at - _BEFORE)
    cuts = [found.end() for found in _CLAUSE.finditer(flowing, low, at)]
    low = cuts[-1] if cuts else low
    words = words_between(flowing, low, at)
    while words and unify(words[-1].group()) in _LIST_WORDS:
        words.pop()
    for length in (5, 4, 3, 2, 1):
        if rules.connects(tuple(unify(word.group()) for word in words[-length:])) and len(words) > length:
            named = issuer_before(flowing, low, words[-length].start(), context)
            if named and compatible(named.name, body, rules):
                date = _leading_date(flowing, low, named.start, context)
                return Stated(date.iso if date else None, date is not None, named.name, at)
            break
    return Stated(None, False, None, at)


def compatible(issuer: str, body: str | None, rules: ReferenceRules) -> bool:
    """Whether an issuer named before the number may be the one that the symbol shows."""
    parts = [part for part in regex.split(r"[-/,&]", body or "") if part in rules.bodies]
    if not parts:
        return True
    keys = tuple(unify(word.strip(",")) for word in issuer.split())
    return any(keys[: len(phrase)] == phrase for part in parts for phrase in rules.bodies[part])


def _leading_date(flowing: str, low: int, at: int, context: Context) -> Written | None:
    """The date right before an issuer: "Ngày 20/5/2025, UBND ..."."""
    date = last_date(flowing, low, at, context.dictionaries)
    return date if date and not flowing[date.end : at].strip(" ,") else None

"""Stretches of a text that may be the number of a document: ordinal, year, sign, and a tail that may end at several places."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Final, NamedTuple

import regex

# Capitals with a tone mark that a recogniser made of a speck, letter for letter: HỤ is HU, NỌ is NO.
_TONED: Final = str.maketrans(
    dict.fromkeys("ÀÁẢÃẠÄ", "A")
    | dict.fromkeys("ẰẮẲẴẶ", "Ă")
    | dict.fromkeys("ẦẤẨẪẬ", "Â")
    | dict.fromkeys("ÈÉẺẼẸ", "E")
    | dict.fromkeys("ỀẾỂỄỆ", "Ê")
    | dict.fromkeys("ÌÍỈĨỊÏÎ", "I")
    | dict.fromkeys("ÒÓỎÕỌÖ", "O")
    | dict.fromkeys("ỒỐỔỖỘ", "Ô")
    | dict.fromkeys("ỜỚỞỠỢ", "Ơ")
    | dict.fromkeys("ÙÚỦŨỤÜ", "U")
    | dict.fromkeys("ỪỨỬỮỰ", "Ư")
    | dict.fromkeys("ỲÝỶỸỴ", "Y")
)
_UPPER: Final = "A-ZĐƯÔƠÊÂĂŒ"
# Digits, and what recognisers write for them.
_D: Final = r"[\dOoØøIl|!\]\[ìíïLJS§$Z]"
_PART: Final = rf"[{_UPPER}\d][\p{{L}}\d’'|!$§+]{{0,17}}(?![\p{{L}}\d])"
# A point between capitals, as some offices print it: QĐ.UB, VPCP-V.I.
_POINT: Final = r"\.(?=(?:[A-ZĐ]{1,4}|UBND|HĐND)(?![\p{L}\d.]))"
# A separator with specks beside it; a sign that stands for one between capitals.
_SIGN: Final = r"[-/](?:\s?[-~'’_./“])?"
_JOINT: Final = rf"(?:[.:,;'’“\"]?\s?{_SIGN}\s{{0,12}}|[:'’“\"=~](?=[A-ZĐ]{{2}})|\s?&\s?|{_POINT})"
# A noun that the number is run into: TT24/2017/TT-BTC, Nghị định134/2016/NĐ-CP.
_GLUED_NOUN: Final = (
    r"(?<!\p{L})(?:TT|TTLT|NĐ|QĐ|NQ|CT|KL|KH|CV|TB|[Nn]ghị định|[Nn]ghị quyết|[Tt]hông tư|[Qq]uyết định|[Cc]hỉ thị|[Cc]ông văn)"
)
# Every repetition is bounded: the time grows with the length of the text alone.
_CANDIDATE: Final = regex.compile(
    rf"(?:(?<![\p{{L}}\d])(?P<word>[Ss§$](?:60|[ốôồổộóòoọ]|6|é|0|O)\s?[:.]?)?|(?<={_GLUED_NOUN})(?=\d))(?<!\p{{L}}[-/])"
    rf"(?P<ordinal>{_D}{{1,6}}(?:\.\d{{1,2}}(?=\s?[-/]))?)(?P<suffix>[a-eđA-EĐ](?=\s?[-/]))?"
    rf"(?P<year>\s?(?:{_SIGN}|\||\.(?=\d{{4}}[-/]))\s?(?:19|2[0OoØ]){_D}\s?{_D}(?!\d))?"
    rf"(?P<sign>\s{{0,2}}(?:{_SIGN}|\|)\s{{0,12}}|\s?[IlJ!]?(?=[{_UPPER}]{{2}}))"
    rf"(?P<tail>(?=\d?[{_UPPER}]){_PART}(?:{_JOINT}{_PART}|,[A-ZĐ]{{2,4}}(?![\p{{L}}\d])|\s(?:[{_UPPER}]{{1,6}}|[\dI!l]{{1,2}}|Tg|Tr)(?![\p{{L}}\d])){{0,8}})"
)
# Digits that a number has lost to its left: what was found is only the end of one.
_TORN: Final = regex.compile(r"(?<![\d\p{L}/.-])[\dIl|\]Ì]{1,3}\s$")
_CONTINUED: Final = regex.compile(r"\d\s?[-/.,:]\s?[-/]?\s?$")
_DIGITS: Final = str.maketrans("OoØøIl|!][ìíïLJS§$Z", "0000111111111115852")
_GLUED_WORD: Final = regex.compile(
    r"(?<=[A-ZĐ]{2}|TTg)(?:ngày|ngay|của|về|và|quy|được|thì|ban|năm|do|có|tại|là|để|hướng|đã|sửa|cua|ctia|cia)\p{Ll}{0,4}$"
)
_CUT: Final = regex.compile(rf"{_JOINT}|,|\s")
_SPACE: Final = regex.compile(r"\s+")
_GOVERNMENT: Final = regex.compile(r"N[ĐDQOÐ]\s?-\s?CP")
_LONGEST_YEARLY: Final = 3
_YEAR: Final = regex.compile(r"(?:19[4-9]|20[0-3])\d")
_PLAIN_JOINT: Final = regex.compile(r"[.:,;'’“\"]?\s?([-/])(?:\s?[-~'’_./“])?\s{0,12}|\s?(&)\s?|[:'’`“\"=~](?=[A-ZĐ]{2})")


class Candidate(NamedTuple):
    """One stretch: ``start`` is that of the ordinal's first digit, ``digits`` the ordinal with what was torn off it."""

    start: int
    digits: str
    suffix: str
    year: str
    sign: str
    tail_start: int
    tail: str
    resume: int


class Tail(NamedTuple):
    """A tail cut at one of its joints: plain, as it is read; ``loose`` are parts that hang on by a space or an odd sign."""

    end: int
    plain: str
    loose: tuple[str, ...]
    spaced: str | None


def view(flowing: str) -> str:
    """The flow with toned capitals bare, letter for letter."""
    return flowing.translate(_TONED)


def candidates(bare: str, at: int) -> Generator[Candidate, int | None, None]:
    """The candidates from an offset of a view on; the caller says where to go on by sending an offset."""
    while found := _CANDIDATE.search(bare, at):
        start = found.start("ordinal")
        resume = max(found.end("ordinal"), found.start() + 1)
        digits = _digits(found["ordinal"])
        year = _SPACE.sub("", found["year"] or "")
        sign = _SPACE.sub("", found["sign"])
        candidate = Candidate(start, digits, found["suffix"] or "", _year(year), sign, found.start("tail"), found["tail"], resume)
        at = (yield candidate) or resume


def torn_off(bare: str, start: int) -> regex.Match[str] | None:
    """Digits that stand apart before an ordinal: "số 1 96/2025/QH15"."""
    return _TORN.search(bare, max(0, start - 5), start)


def is_continued(bare: str, start: int) -> bool:
    """Whether an ordinal is the end of a longer figure: a date, a sum, a range, a year behind a blank number."""
    if bare[start - 1 : start] == "/":
        return True
    if bare[start - 2 : start] == ", ":
        return False
    return _CONTINUED.search(bare, max(0, start - 6), start) is not None


def parted_year(candidate: Candidate) -> Candidate:
    """The candidate with its year apart where the slash between the two was lost: "số 26 2025/NĐ-CP"."""
    if candidate.year or not _YEAR.fullmatch(candidate.digits):
        return candidate
    return candidate._replace(digits="", year=f"/{candidate.digits}")


def joined_digits(torn: str, candidate: Candidate) -> str:
    """Digits and what was torn off them; the Government's stay below a thousand a year, but 66.10/2025/NQ-CP has a point."""
    digits = _digits(torn)
    yearly = candidate.year and _GOVERNMENT.match(candidate.tail)
    if yearly and len(digits + candidate.digits) > _LONGEST_YEARLY:
        return f"{digits}.{candidate.digits}" if len(digits) > 1 else candidate.digits
    return digits + candidate.digits


def tails(candidate: Candidate) -> Iterator[Tail]:
    """The tail, then shorter ones, each cut at a joint: what follows may be the sentence going on."""
    raw = candidate.tail
    joints = list(_CUT.finditer(raw))
    for k in range(len(joints), -1, -1):
        end = joints[k].start() if k < len(joints) else len(raw)
        glued = _GLUED_WORD.search(raw, 0, end)
        end = glued.start() if glued else end
        if end:
            yield _tail(raw[:end], joints[:k])


def _tail(raw: str, joints: list[regex.Match[str]]) -> Tail:
    loose = tuple(
        raw[j.end() : (joints[i + 1].start() if i + 1 < len(joints) else len(raw))]
        for i, j in enumerate(joints)
        if j.group() != "." and not j.group().strip(" '’.~_“").startswith(("-", "/", "&", ","))
    )
    spaced = None
    if joints and regex.fullmatch(r"\s-\s", joints[-1].group()):
        spaced = raw[joints[-1].end() :]
    plain = _SPACE.sub("", _PLAIN_JOINT.sub(lambda m: m[1] or m[2] or "-", raw))
    return Tail(len(raw), plain, loose, spaced)


def _digits(text: str) -> str:
    return text.translate(_DIGITS)


def _year(text: str) -> str:
    return "/" + text[-4:].translate(_DIGITS) if text[:1] in "/|." and text else text[:1] + text[-4:].translate(_DIGITS)

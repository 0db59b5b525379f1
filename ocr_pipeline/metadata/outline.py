"""The numbered parts of a document: Phần, Chương, Mục, Điều, khoản, điểm, and I. 1. a) with their headings.

A number opens a part only where it goes on with the numbers of its kind: figures at the head of a wrapped line do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, get_args

import regex

from ocr_pipeline.document import OutlineItem, Page
from ocr_pipeline.metadata.pieces import Piece, flatten, is_capitals, pieces_of

Kind = Literal["phần", "chương", "mục", "tiểu mục", "điều", "khoản", "điểm", "la mã", "số", "chữ"]
_NAMED: Final = regex.compile(
    r"(?P<kind>phan|chuong|tieu muc|muc|dieu)\s+(?:thu\s+)?"
    r"(?P<number>[ivxl]{1,6}|\d{1,3}[a-z]?|nhat|hai|ba|tu|bon|nam|sau|bay|tam|chin|muoi)"
    r"(?P<sign>\s?[.:)-]|\s*$|\s+(?=\p{L}))\s*"
)
_PLAIN: Final = regex.compile(
    r"(?P<number>[IVX]{1,5}|[1-9]\d?(?:\.\d{1,2}){0,3}|\p{Ll}{1,2})\s?(?P<sign>[.)/-])\s?(?=[^\s\d])|(?P<roman>[IVX]{1,5})\s(?=\p{Lu}{2})"
)
_ORDINALS: Final = ("nhat", "hai", "ba", "tu", "nam", "sau", "bay", "tam", "chin", "muoi")
_LETTERS: Final = "abcdđeghiklmnopqrstuvxy"
_ROMANS: Final = {"i": 1, "v": 5, "x": 10, "l": 50}
_NAMES: Final[dict[str, Kind]] = {"phan": "phần", "chuong": "chương", "muc": "mục", "tieu muc": "tiểu mục", "dieu": "điều"}
_RANK: Final = {kind: rank for rank, kind in enumerate(get_args(Kind))}
# A heading goes on over so many lines; what is longer is the text itself.
_MOST_LINES, _LONGEST = 4, 240
_ENDS: Final = (".", ";", ":", "?", "!")


class _Mark(NamedTuple):
    """A number at the head of a line: its kind, its value, and where the rest of the line begins."""

    kind: Kind
    number: str
    value: int
    end: int


def read_outline(pages: Sequence[Page]) -> tuple[OutlineItem, ...]:
    """The numbered parts of a document in order, each with its level and heading.

    >>> from ocr_pipeline.document import Line
    >>> lines = ("Chương I", "QUY ĐỊNH CHUNG", "Điều 1. Phạm vi", "1. Quy định này áp dụng cho các sở.", "a) Sở Nội vụ;")
    >>> page = Page(number=1, source_page=1, width=0, height=0, dpi=0, lines=tuple(Line(text=t, raw=t) for t in lines))
    >>> [(i.level, i.kind, i.number, i.heading) for i in read_outline([page])][:2]
    [(1, 'chương', 'I', 'QUY ĐỊNH CHUNG'), (2, 'điều', '1', 'Phạm vi')]
    """
    pieces = [piece for piece in pieces_of(pages) if piece.text]
    outline = _Outline()
    for k, piece in enumerate(pieces):
        for mark in _marks(piece.text):
            if outline.takes(mark):
                outline.add(mark, _heading(pieces, k, mark), piece)
                break
    return tuple(outline.items)


class _Outline:
    """The parts found so far, and the open ones: the path to the last."""

    def __init__(self) -> None:
        self.items: list[OutlineItem] = []
        self._open: list[_Mark] = []

    def takes(self, mark: _Mark) -> bool:
        """Whether a number opens a part: the first of its kind here, or the next one."""
        parent = self._path(mark)
        within = any(m.kind == "điều" for m in parent)
        if (mark.kind in ("khoản", "điểm") and not within) or (mark.kind in ("số", "chữ") and within and "." not in mark.number):
            return False
        last = next((m for m in self._open[len(parent) :] if m.kind == mark.kind), None)
        if last is None:
            # Articles and chapters of an amending text begin anywhere.
            return mark.value == 1 or mark.kind in ("điều", "chương", "phần")
        return mark.value == last.value + 1 or (mark.kind in ("điều", "chương") and mark.value >= last.value)

    def add(self, mark: _Mark, heading: str | None, piece: Piece) -> None:
        """Closes the parts below it and opens it."""
        self._open = [*self._path(mark), mark]
        level = len(self._open)
        self.items.append(
            OutlineItem(level=level, kind=mark.kind, number=mark.number, heading=heading, page=piece.page, line=piece.number)
        )

    def _path(self, mark: _Mark) -> list[_Mark]:
        """The open parts that are above a number of this kind."""
        path: list[_Mark] = []
        for opened in self._open:
            if opened.kind == mark.kind or _RANK[opened.kind] > _RANK[mark.kind]:
                break
            path.append(opened)
        return path


def _marks(text: str) -> list[_Mark]:
    """What the head of a line may number; 1. is a khoản under a Điều, else a plain number."""
    named = _NAMED.match(flatten(text))
    if named and text[:1].isupper() and _is_heading(text, named):
        return [
            _Mark(_NAMES[named["kind"]], text[named.start("number") : named.end("number")], _value(named["number"]), named.end())
        ]
    plain = _PLAIN.match(text)
    if not plain:
        return []
    number = plain["number"] or plain["roman"]
    return [_Mark(kind, number, _value_of(number), plain.end()) for kind in _kinds(number)]


def _kinds(number: str) -> tuple[Kind, ...]:
    """What a number alone may be, in the order of trial."""
    if number[0].isdigit():
        return ("số",) if "." in number else ("khoản", "số")
    if number.isupper():
        return ("la mã",)
    return ("điểm", "chữ") if len(number) == 1 and number in _LETTERS else ()


def _value_of(number: str) -> int:
    if number[0].isdigit():
        return int(number.split(".")[-1])
    return _value(number.lower()) if number.isupper() else _LETTERS.find(number) + 1


def _is_heading(text: str, named: regex.Match[str]) -> bool:
    """Điều 5 of a sentence that was wrapped there is none: a heading has a sign, ends the line or is in capitals."""
    rest = text[named.end() :]
    return named["sign"].strip() != "" or not rest or is_capitals(rest) or (named["kind"] != "dieu" and rest[:1].isupper())


def _value(number: str) -> int:
    if number in _ORDINALS:
        return _ORDINALS.index(number) + 1
    digits = regex.match(r"\d+", number)
    if digits:
        return int(digits[0])
    values = [_ROMANS.get(c, 0) for c in number]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def _heading(pieces: Sequence[Piece], k: int, mark: _Mark) -> str | None:
    """What stands behind the number, with the lines that it goes on over; None where nothing does."""
    lines = [pieces[k].text[mark.end :].strip(" .:-–")] if mark.end < len(pieces[k].text) else []
    capitals = bool(lines) and is_capitals(lines[0])
    for piece in pieces[k + 1 : k + _MOST_LINES]:
        if not _goes_on(lines, piece.text, mark, capitals=capitals):
            break
        capitals = capitals or not lines
        lines.append(piece.text)
    heading = " ".join(" ".join(lines).split())
    return heading[:_LONGEST].rstrip(" .:;") or None


def _goes_on(lines: Sequence[str], text: str, mark: _Mark, *, capitals: bool) -> bool:
    if _marks(text) or text.startswith(("-", "+", "•")):
        return False
    if not lines:
        return mark.kind in ("phần", "chương", "mục", "tiểu mục")
    if capitals or mark.kind in ("phần", "chương", "mục", "tiểu mục"):
        return is_capitals(text)
    return text[:1].islower() and not lines[-1].endswith(_ENDS)

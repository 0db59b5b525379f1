"""Lists of organs: Kính gửi (addressees) and Nơi nhận (recipients)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import regex

from ocr_pipeline.metadata.columns import cut_at_white
from ocr_pipeline.metadata.marks import Marks
from ocr_pipeline.metadata.pieces import Piece, is_capitals

_MOST_ITEMS_LINES = 60
# "Chủ tịch tỉnh; (để báo cáo)": the note belongs to the item.
_LATE_NOTE = regex.compile(r"\s*;\s*(?=\()")
_EDGES = " ;.,:"
# A signature that was read on the line of a recipient: capitals, or a name behind the end of the item.
_BAR = regex.compile(r"\s\|\s*(?P<tail>\S.*)$")
_NAME_TAIL = regex.compile(r"[;.]\s+(?P<tail>(?:\p{Lu}\p{Ll}+\s?){2,5})$")
_TAIL = regex.compile(
    r"(?<=[;.,:)\p{Ll}]|\bVT)\s+[|]?\s*"
    r"(?P<tail>(?:(?:T/?M|K/?T|T/?L|T?/?UQ|Q)\s?[./,]?\s?)?\p{Lu}{2,}[,.]?(?:\s+(?:\p{Lu}{2,}|[-–,.&]+))*)\s*$"
)


class Listing(NamedTuple):
    """The items of a list, the pieces they were read from, and those behind the list."""

    items: tuple[str, ...]
    pieces: tuple[Piece, ...]
    rest: tuple[Piece, ...]


def read_addressees(pieces: Sequence[Piece], marks: Marks) -> Listing:
    """The organs after "Kính gửi", up to the first line of the body."""
    at = next((i for i, p in enumerate(pieces[:30]) if marks.match("addressees", p.text)), None)
    if at is None:
        return Listing((), (), tuple(pieces))
    end = at + 1
    while end < min(len(pieces), at + 25) and not _body_begins(pieces, at, end, marks):
        end += 1
    own = tuple(p for p in pieces[at:end] if p.text)
    return Listing(_items(_after("addressees", own, marks), marks), own, tuple(pieces[end:]))


def _body_begins(pieces: Sequence[Piece], at: int, i: int, marks: Marks) -> bool:
    text, before = pieces[i].text, pieces[i - 1].text
    if not text:
        return any(marks.match("bullet", p.text) or len(p.text) > 14 for p in pieces[at + 1 : i]) or len(before) > 14
    if marks.match("bullet", text):
        return False
    if i == at + 1 and marks.full("addressees", before):
        return False
    return (text[:1].isupper() and not before.endswith((",", "và", "-", "–"))) or marks.match("heading", text) is not None


def read_recipients(pieces: Sequence[Piece], marks: Marks) -> Listing:
    """The list after "Nơi nhận"; signature lines that were read among the items are handed on in ``rest``."""
    at = next((i for i, p in enumerate(pieces) if _is_start(p, marks)), None)
    if at is None:
        return Listing((), (), tuple(pieces))
    own: list[Piece] = []
    others: list[Piece] = []
    i, over = at, False
    while i < min(len(pieces), at + _MOST_ITEMS_LINES) and not over:
        left, tail = _without_tail(pieces[i], marks)
        if i > at and not marks.match("bullet", left.text) and not _continues(left, own, marks):
            over = not _more_items(pieces[i + 1 :], own, marks)
            others += [] if over else [pieces[i]]
        else:
            own.append(left)
            others += [tail] if tail else []
        i += 0 if over else 1
    own = [p for p in own if p.text]
    return Listing(_items(_after("recipients", own, marks), marks), tuple(own), (*pieces[:at], *others, *pieces[i:]))


def _more_items(following: Sequence[Piece], own: Sequence[Piece], marks: Marks) -> bool:
    """Whether the list goes on behind a blank line or a line of the signature."""
    printed = [p for p in following[:6] if p.text][:3]
    return not _is_last(own[-1].text) and any(marks.match("bullet", p.text) for p in printed)


def _is_start(piece: Piece, marks: Marks) -> bool:
    found = marks.match("recipients", piece.text)
    rest = piece.text[found.end() :].strip() if found else ""
    alone = not rest or is_capitals(rest, 0.6) or marks.match("bullet", rest) is not None
    return found is not None and (alone or found[0].endswith(":"))


def _without_tail(piece: Piece, marks: Marks) -> tuple[Piece, Piece | None]:
    left, tail = cut_at_white(piece)
    if tail:
        return left, tail
    bar = _BAR.search(piece.text)
    if bar and is_capitals(bar["tail"], 0.6):
        return piece.cut(0, bar.start()), piece.cut(bar.start("tail"), len(piece.text))
    found = _NAME_TAIL.search(piece.text) or _TAIL.search(piece.text)
    if found is None or (found["tail"].isupper() and not _is_signature(found["tail"], marks)):
        return piece, None
    return piece.cut(0, found.start("tail")), piece.cut(found.start("tail"), len(piece.text))


def _is_signature(text: str, marks: Marks) -> bool:
    """An office, or two words of capitals and more: VT, CTSV are shelf marks."""
    return (
        marks.full("authority", text) is not None
        or marks.is_role(text)
        or (len(text.split()) > 1 and sum(map(str.isalpha, text)) >= 8)
    )


def _continues(piece: Piece, own: Sequence[Piece], marks: Marks) -> bool:
    """Whether a line without a dash goes on with the item above it."""
    if not own or not piece.text or is_capitals(piece.text) or marks.full("authority", piece.text):
        return False
    before = own[-1].text
    if marks.full("recipients", before):
        return True
    if len(piece.text) > 70:
        return False
    return not before.endswith((";", ".", ":")) and not (_is_last(before) and not before.endswith(","))


def _is_last(item: str) -> bool:
    """Lưu: VT ends the list."""
    return item.lstrip("-–+•* ").startswith(("Lưu", "lưu"))


def _after(rule: str, own: Sequence[Piece], marks: Marks) -> list[Piece]:
    found = marks.match(rule, own[0].text)
    head = own[0].cut(found.end() if found else 0, len(own[0].text))
    return [head, *own[1:]] if head.text else list(own[1:])


def _items(pieces: Sequence[Piece], marks: Marks) -> tuple[str, ...]:
    items: list[str] = []
    for piece in pieces:
        bullet = marks.match("bullet", piece.text)
        if bullet or not items or items[-1].endswith(";"):
            items.append(piece.text[bullet.end() if bullet else 0 :])
        else:
            items[-1] += f" {piece.text}"
    return tuple(cleaned for item in items if (cleaned := _cleaned(item)))


def _cleaned(item: str) -> str:
    return str(_LATE_NOTE.sub(" ", " ".join(item.split()))).strip(_EDGES)

"""Lines in reading order, each in its zone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

import regex

from ocr_pipeline.document import Box, PlacedWord, Zone
from ocr_pipeline.layout.lines import PlacedLine, RegionLines, Words, at_motto, folded, in_capitals, lines_of_words, margins
from ocr_pipeline.layout.noise import without_noise, without_notes
from ocr_pipeline.layout.regions import Region, Role

_FOOT: Final = ("foot-left", "foot-right")
_ZONES: Final[dict[Role, Zone]] = {"letterhead-left": "letterhead-left", "letterhead-right": "letterhead-right"}
_PAGE_NUMBER: Final = regex.compile(r"[-–—.\s]*(?:\d{1,4}|[ivxl]{1,5})[-–—.\s]*", regex.IGNORECASE)
_ADDRESSEES: Final = regex.compile(r"kinh (?:gui|giri|gii)\b")
_RECIPIENTS: Final = regex.compile(r"n[oơ]?i (?:nh[aâ]n|g[uư]i)\b")
_DATE_LINE: Final = regex.compile(r"\b(?:thang|nam)\b")
_DATE_WORDS: Final = 13
# What stands in stamps: urgency, secrecy (NĐ 30/2020, Phụ lục I; Luật 29/2018/QH14), receipt, signing.
_STAMP: Final = regex.compile(
    r"\b(?:den|hoa toc|(?:thuong )?khan|(?:toi |tuyet )?mat|chuyen|luu (?:ho so|tru)|thu hoi|khong pho bien|sao (?:y|luc)|"
    r"ban (?:chinh|sao)|(?:nguoi|ngay|thoi gian) ky|ky (?:boi|so|ngay)|signature|xem xong)\b"
)
_STAMP_WORDS: Final = 30
# Words of a person's name at most.
_NAME: Final = 5
_CENTRED: Final = 0.06


def in_regions(regions: Sequence[Region], words: Sequence[PlacedWord]) -> list[RegionLines]:
    """Words of a text layer, by the region that their middle lies in; those of tables and frames are of no other."""
    left, found = list(words), dict[int, RegionLines]()
    for k, region in sorted(enumerate(regions), key=lambda pair: pair[1].role not in ("table", "frame")):
        places = [cell for row in region.rows for cell in row] or [region.box]
        lines: list[Words] = []
        for place in places:
            inside = [w for w in left if place.has_middle(w.box)]
            left = [w for w in left if w not in inside]
            lines += lines_of_words(inside)
        found[k] = RegionLines(region, tuple(lines))
    return [found[k] for k in range(len(regions))]


def arranged(read: Sequence[RegionLines]) -> tuple[PlacedLine, ...]:
    """All lines in reading order, each in its zone."""
    out: list[PlacedLine] = []
    stamped = [PlacedLine(line, "stamp") for r in read if _is_stamp(r) for line in r.lines]
    framed = [PlacedLine(line, "body") for r in read if r.region.role == "frame" and not _is_stamp(r) for line in r.lines]
    tables = [r.region.box for r in read if r.region.rows]
    read = [r for r in read if r.region.role not in ("frame", "stamp")]
    for role, lines in _feet(_heads([_of_table(r) if r.region.rows else (r.region.role, r.lines) for r in read])):
        out += _foot(lines, role) if role in _FOOT else [PlacedLine(line, _ZONES.get(role, "body")) for line in lines]
    for line in reversed(framed):
        out.insert(
            next((i for i, other in enumerate(out) if other.zone == "body" and other.box.y0 > line.box.y0), len(out)), line
        )
    return (*_numbered(without_noise(without_notes(_titled(out), tables))), *without_noise(stamped))


def _is_stamp(read: RegionLines) -> bool:
    """Whether a region is a stamp: of coloured ink, or a frame that says so in few words."""
    if read.region.role != "frame":
        return read.region.role == "stamp"
    return sum(map(len, read.lines)) <= _STAMP_WORDS and any(_STAMP.search(folded(line, len(line))) for line in read.lines)


def _of_table(read: RegionLines) -> tuple[Role, Sequence[Words]]:
    """The lines of a table as part of the body: a row of cells with a line each is a line, else cell follows upon cell."""
    out: list[Words] = []
    for row in read.region.rows:
        cells = [[line for line in read.lines if _stands_in(line, cell)] for cell in row]
        if all(len(lines) <= 1 for lines in cells):
            out += [tuple(word for lines in cells for line in lines for word in line)] if any(cells) else []
        else:
            out += [line for lines in cells for line in lines]
    return "body", out


def _stands_in(line: Words, cell: Box) -> bool:
    return cell.has_middle(Box.around([w.box for w in line]))


def _heads(read: list[tuple[Role, Sequence[Words]]]) -> list[tuple[Role, Sequence[Words]]]:
    """The letterhead between its own limits; columns that are none are rows of a table, and become rows again.

    Its first lines may have been read across, where no white parts the columns; and a title, or "Kính gửi", may stand
    so that the gutter goes on through it.
    """
    at = _pair(read, "letterhead-left", "letterhead-right")
    if at is None:
        return [("body" if role.startswith("letterhead") else role, lines) for role, lines in read]
    above = [at_motto(line) for _, lines in read[:at] for line in lines]
    left = [part for part, motto in above if motto and part] + list(read[at][1])
    right = [motto for _, motto in above if motto] + list(read[at + 1][1])
    whole = [line for line, motto in above if not motto]
    if _is_signed(left) and _is_signed(right):
        # The end of a document that ends high on its last page.
        return [("body", whole), ("foot-left", left), ("foot-right", right), *read[at + 2 :]]
    if not any(map(_is_of_letterhead, right)):
        return [("body", [*whole, *_rows(left, right)]), *read[at + 2 :]]
    left, right, below = _above_title(left, right)
    return [("body", whole), ("letterhead-left", left), ("letterhead-right", right), ("body", below), *read[at + 2 :]]


def _feet(read: list[tuple[Role, Sequence[Words]]]) -> list[tuple[Role, Sequence[Words]]]:
    """The columns of the foot; those that hold neither recipients nor a signature are rows of a table."""
    if (several := _of_several(read)) is not None:
        return several
    read = _in_two(read)
    at = _pair(read, "foot-left", "foot-right")
    if at is None:
        return [("body" if role.startswith("foot") else role, lines) for role, lines in read]
    left, right = read[at][1], read[at + 1][1]
    above, below = _at_recipients(left)
    if below and _is_signed(above) and _is_signed(right):
        # Two signatures side by side stand above the recipients.
        return [*read[:at], ("foot-right", above), ("foot-right", right), ("foot-left", below), *read[at + 2 :]]
    named = bool(below) or (_is_signed(left) and _is_signed(right))
    if named or sum(map(in_capitals, right)) * 2 >= len(right) or sum(map(in_capitals, left)) * 2 >= len(left):
        return read
    return [*read[:at], ("body", _rows(left, right)), *read[at + 2 :]]


def _of_several(read: list[tuple[Role, Sequence[Words]]]) -> list[tuple[Role, Sequence[Words]]] | None:
    """The foot of three or more who sign side by side, the recipients below them; None where there are fewer."""
    places = [i for i, (role, _) in enumerate(read) if role in _FOOT]
    signing = [i for i in places if len(read[i][1]) > 1 and in_capitals(read[i][1][0])]
    if len(signing) <= len(_FOOT) or sum(_is_signed(read[i][1]) for i in signing) < len(_FOOT):
        return None
    halves = [_at_recipients(read[i][1]) if i in signing else ([], read[i][1]) for i in places]
    rest = sorted((line for _, below in halves for line in below), key=_top)
    # They may begin below the first column and go on below all of them.
    after = [line for _, lines in read[places[-1] + 1 :] for line in lines]
    above: list[tuple[Role, Sequence[Words]]] = [("foot-right", lines) for lines, _ in halves if lines]
    return [*read[: places[0]], *above, ("foot-left", [*rest, *after])]


def _in_two(read: list[tuple[Role, Sequence[Words]]]) -> list[tuple[Role, Sequence[Words]]]:
    """The foot in two columns, where one that was parted again is one after all."""
    out: list[tuple[Role, Sequence[Words]]] = []
    for role, group in itertools.groupby(read, key=lambda pair: pair[0]):
        parts = [lines for _, lines in group]
        if role in _FOOT and len(parts) > 1:
            out.append((role, _rows(*parts)))
        else:
            out += [(role, lines) for lines in parts]
    return out


def _at_recipients(column: Sequence[Words]) -> tuple[Sequence[Words], Sequence[Words]]:
    """A column cut where the recipients begin."""
    start = next((i for i, line in enumerate(column) if _RECIPIENTS.match(folded(line))), len(column))
    return column[:start], column[start:]


def _is_signed(column: Sequence[Words]) -> bool:
    """Whether a column begins with an office or an organ in capitals and has the name of a person below."""
    below = (line for line in column[1:] if all(w.text.istitle() for w in line if w.text[:1].isalpha()))
    return bool(column) and in_capitals(column[0]) and any(2 <= sum(w.text.isalpha() for w in line) <= _NAME for line in below)


def _pair(read: Sequence[tuple[Role, Sequence[Words]]], left: Role, right: Role) -> int | None:
    """Where two columns stand beside one another in the list."""
    roles = [role for role, _ in read]
    return next((i for i in range(len(roles) - 1) if roles[i : i + 2] == [left, right]), None)


def _rows(*columns: Sequence[Words]) -> list[Words]:
    return list(lines_of_words([w for lines in columns for line in lines for w in line]))


def _is_of_letterhead(line: Words) -> bool:
    """Whether a line is the motto, or place and date."""
    return bool(at_motto(line)[1]) or (_DATE_LINE.search(folded(line, len(line))) is not None and len(line) < _DATE_WORDS)


def _above_title(left: Sequence[Words], right: Sequence[Words]) -> tuple[list[Words], list[Words], list[Words]]:
    """The columns of a letterhead, and the lines below it, where a title or "Kính gửi" lets the gutter through."""
    ends = [_top(line) for line in (*left, *right) if _ADDRESSEES.match(folded(line))]
    dated = next((i for i, line in enumerate(right) if _DATE_LINE.search(folded(line, len(line)))), len(right))
    ends += [_top(line) for line in right[dated + 1 :] if in_capitals(line)]
    end = min(ends, default=math.inf)
    above = [[line for line in column if _middle(line) < end] for column in (left, right)]
    below = [[line for line in column if _middle(line) >= end] for column in (left, right)]
    return above[0], above[1], _rows(*below)


def _top(line: Words) -> int:
    return min(w.box.y0 for w in line)


def _middle(line: Words) -> float:
    return sum(w.box.y0 + w.box.y1 for w in line) / (2 * len(line))


def _foot(lines: Sequence[Words], role: Role) -> list[PlacedLine]:
    """The lines of a column of the foot: body until "Nơi nhận" on the left, signature on the right."""
    above, below = _at_recipients(lines)
    signed = role == "foot-right" and not below
    before = [PlacedLine(line, "signature" if signed or in_capitals(line) else "body") for line in above]
    return [*before, *(PlacedLine(line, "recipients") for line in below)]


def _titled(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """The centred lines right behind a letterhead are the title."""
    at = next((i for i, line in enumerate(lines) if i and lines[i - 1].zone == "letterhead-right" and line.zone == "body"), None)
    if at is None:
        return list(lines)
    left, right = margins([line.box for line in lines if line.zone == "body"])
    width = max(right - left, 1)

    def centred(line: PlacedLine) -> bool:
        lead, trail = (line.box.x0 - left) / width, (right - line.box.x1) / width
        if line.zone != "body" or _ADDRESSEES.match(folded(line.words)):
            return False
        return abs(lead - trail) < 2 * _CENTRED and min(lead, trail) > _CENTRED / 3

    title = list(itertools.takewhile(centred, lines[at:]))
    return [*lines[:at], *(PlacedLine(line.words, "title") for line in title), *lines[at + len(title) :]]


def _numbered(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """The first or last line where it is a page number alone."""
    out = list(lines)
    for i in {0, len(out) - 1} if out else ():
        if _PAGE_NUMBER.fullmatch(out[i].text):
            out[i] = PlacedLine(out[i].words, "page-number")
    return out

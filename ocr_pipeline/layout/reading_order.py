"""Lines in reading order, each in its zone."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import regex

from ocr_pipeline.document import Box, Filled, PlacedWord, Zone
from ocr_pipeline.layout.regions import Region, Role
from ocr_pipeline.orthography import fold, is_syllable

Words = tuple[PlacedWord, ...]
_FOOT: Final = ("foot-left", "foot-right")
_ZONES: Final[dict[Role, Zone]] = {"letterhead-left": "letterhead-left", "letterhead-right": "letterhead-right"}
_PAGE_NUMBER: Final = regex.compile(r"[-–—.\s]*(?:\d{1,4}|[ivxl]{1,5})[-–—.\s]*", regex.IGNORECASE)
_ADDRESSEES: Final = regex.compile(r"kinh (?:gui|giri|gii)\b")
_RECIPIENTS: Final = regex.compile(r"n[oơ]?i (?:nh[aâ]n|g[uư]i)\b")
_DATE_LINE: Final = regex.compile(r"\b(?:thang|nam)\b")
_DATE_WORDS: Final = 13
# How the right column of a letterhead begins: NĐ 30/2020, Phụ lục I; Hướng dẫn 36-HD/VPTW.
_MOTTOES: Final = (("cong", "hoa", "xa"), ("dang", "cong", "san"), ("doc", "lap"))
# A line read with less confidence is noise where less than this share of its letters are in words that could be any.
_LEGIBLE, _SOUND = 0.5, 0.35
# A word beside a signature is read with so much confidence.
_SURE_STROKES: Final = 0.6
# Letters of an abbreviation with so much; rows of dashes are printed.
_SURE_CAPITALS: Final = 0.9
_BULLETS: Final = ("-", "–", "+", "•")
_OF_RULES: Final = frozenset("-–—_*. ")
_PARTS: Final = regex.compile(r"[^\W_]+")
# What stands in stamps: urgency, secrecy (NĐ 30/2020, Phụ lục I; Luật 29/2018/QH14), receipt, signing.
_STAMP: Final = regex.compile(
    r"\b(?:den|hoa toc|(?:thuong )?khan|(?:toi |tuyet )?mat|chuyen|luu (?:ho so|tru)|thu hoi|khong pho bien|sao (?:y|luc)|"
    r"ban (?:chinh|sao)|(?:nguoi|ngay|thoi gian) ky|ky (?:boi|so|ngay)|signature|xem xong)\b"
)
_STAMP_WORDS: Final = 30
# Words of a person's name at most.
_NAME: Final = 5
_CENTRED: Final = 0.06


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Words that stand in one line, left to right, and the zone they belong to."""

    words: Words
    zone: Zone
    filled: tuple[Filled, ...] = ()

    @property
    def box(self) -> Box:
        """The box around the words."""
        return Box.around([w.box for w in self.words])

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(w.text for w in self.words)

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences by their letters."""
        letters = sum(len(w.text) for w in self.words)
        return sum(len(w.text) * w.confidence for w in self.words) / letters if letters else 0.0


class RegionLines(NamedTuple):
    """A region with the lines that were read in it, top to bottom."""

    region: Region
    lines: tuple[Words, ...]


def lines_of_words(words: Sequence[PlacedWord]) -> tuple[Words, ...]:
    """Words of a text layer as lines: those whose middles lie in one another's height stand in one line."""
    lines: list[list[PlacedWord]] = []
    for word in sorted(words, key=lambda w: (w.box.y0 + w.box.y1, w.box.x0)):
        middle = (word.box.y0 + word.box.y1) / 2
        home = next((line for line in reversed(lines[-3:]) if line[0].box.y0 < middle < line[0].box.y1), None)
        if home is None:
            lines.append([word])
        else:
            home.append(word)
    return tuple(tuple(sorted(line, key=lambda w: w.box.x0)) for line in lines)


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
    read = [r for r in read if r.region.role not in ("frame", "stamp")]
    for role, lines in _feet(_heads([_of_table(r) if r.region.rows else (r.region.role, r.lines) for r in read])):
        out += _foot(lines, role) if role in _FOOT else [PlacedLine(line, _ZONES.get(role, "body")) for line in lines]
    for line in reversed(framed):
        out.insert(
            next((i for i, other in enumerate(out) if other.zone == "body" and other.box.y0 > line.box.y0), len(out)), line
        )
    return (*_numbered(_without_noise(_titled(out))), *_without_noise(stamped))


def _is_stamp(read: RegionLines) -> bool:
    """Whether a region is a stamp: of coloured ink, or a frame that says so in few words."""
    if read.region.role != "frame":
        return read.region.role == "stamp"
    return sum(map(len, read.lines)) <= _STAMP_WORDS and any(_STAMP.search(_folded(line, len(line))) for line in read.lines)


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
    above = [_at_motto(line) for _, lines in read[:at] for line in lines]
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
    at = _pair(read, "foot-left", "foot-right")
    if at is None:
        return [("body" if role.startswith("foot") else role, lines) for role, lines in read]
    left, right = read[at][1], read[at + 1][1]
    start = next((i for i, line in enumerate(left) if _RECIPIENTS.match(_folded(line))), 0)
    if _is_signed(left[:start]) and _is_signed(right):
        # Two signatures side by side stand above the recipients.
        return [*read[:at], ("foot-right", left[:start]), ("foot-right", right), ("foot-left", left[start:]), *read[at + 2 :]]
    named = any(_RECIPIENTS.match(_folded(line)) for line in left) or (_is_signed(left) and _is_signed(right))
    if named or sum(map(_in_capitals, right)) * 2 >= len(right) or sum(map(_in_capitals, left)) * 2 >= len(left):
        return read
    return [*read[:at], ("body", _rows(left, right)), *read[at + 2 :]]


def _is_signed(column: Sequence[Words]) -> bool:
    """Whether a column begins with an office or an organ in capitals and has the name of a person below."""
    below = (line for line in column[1:] if all(w.text.istitle() for w in line if w.text[:1].isalpha()))
    return bool(column) and _in_capitals(column[0]) and any(2 <= sum(w.text.isalpha() for w in line) <= _NAME for line in below)


def _pair(read: Sequence[tuple[Role, Sequence[Words]]], left: Role, right: Role) -> int | None:
    """Where two columns stand beside one another in the list."""
    roles = [role for role, _ in read]
    return next((i for i in range(len(roles) - 1) if roles[i : i + 2] == [left, right]), None)


def _rows(left: Sequence[Words], right: Sequence[Words]) -> list[Words]:
    return list(lines_of_words([w for line in (*left, *right) for w in line]))


def _is_of_letterhead(line: Words) -> bool:
    """Whether a line is the motto, or place and date."""
    return bool(_at_motto(line)[1]) or (_DATE_LINE.search(_folded(line, len(line))) is not None and len(line) < _DATE_WORDS)


def _at_motto(line: Words) -> tuple[Words, Words]:
    """A line cut where the right column of a letterhead begins in it; the second part is empty where it does not."""
    folded = [fold(w.text) for w in line]
    for i in range(len(line)):
        if any(tuple(folded[i : i + len(motto)]) == motto for motto in _MOTTOES):
            return line[:i], line[i:]
    return line, ()


def _without_noise(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """Lines that hold nothing which could be a word are what was read into specks, seals and signatures."""
    out: list[PlacedLine] = []
    for line in lines:
        if line.zone == "signature" and not line.text.startswith(_BULLETS):
            out += _without_strokes(line)
        else:
            out.append(PlacedLine(line.words, "noise") if _is_noise(line) else line)
    return out


def _without_strokes(line: PlacedLine) -> list[PlacedLine]:
    """A line beside a seal and a signature: their strokes are read as signs and letters, surely at times, but not as words."""
    sound = [_is_sound(word) for word in line.words]
    if not any(sound):
        return [line if set(line.text) <= _OF_RULES else PlacedLine(line.words, "noise")]
    first, last = sound.index(True), len(sound) - sound[::-1].index(True)
    start = first if first and not any(map(_has_letters, line.words[:first])) else 0
    cut = next((i for i in range(last, len(sound)) if not _has_letters(line.words[i])), len(sound))
    before, text, behind = line.words[:start], line.words[start:cut], line.words[cut:]
    parts = (PlacedLine(before, "noise"), PlacedLine(text, line.zone), PlacedLine(behind, "noise"))
    return [part for part in parts if part.words]


def _is_sound(word: PlacedWord) -> bool:
    """Whether a word may be one of an office or a name: a syllable as one is written, or letters with marks run together."""
    text = "".join(c for c in word.text if c.isalpha())
    if word.confidence < _SURE_STROKES or len(text) < 2 or not (text.islower() or text.isupper() or text.istitle()):
        return False
    if text.isupper() and len(text) > 2 and word.confidence >= _SURE_CAPITALS:
        return True
    return is_syllable(text) or (len(text) > 3 and not text.isascii())


def _has_letters(word: PlacedWord) -> bool:
    return sum(c.isalnum() for c in word.text) > 1


def _is_noise(line: PlacedLine) -> bool:
    if line.confidence >= _LEGIBLE:
        return False
    signs = sum(len(w.text) for w in line.words)
    return sum(len(part) for part in _PARTS.findall(line.text) if _could_be_word(part)) < _SOUND * signs


def _could_be_word(text: str) -> bool:
    """Whether a token is a syllable, a number or an abbreviation, and long enough to be no accident."""
    if sum(c.isdigit() for c in text) >= 2:
        return True
    return len(text) > 1 and (is_syllable(text) or (text.isalpha() and text.isupper() and len(text) > 2))


def _above_title(left: Sequence[Words], right: Sequence[Words]) -> tuple[list[Words], list[Words], list[Words]]:
    """The columns of a letterhead, and the lines below it, where a title or "Kính gửi" lets the gutter through."""
    ends = [_top(line) for line in (*left, *right) if _ADDRESSEES.match(_folded(line))]
    dated = next((i for i, line in enumerate(right) if _DATE_LINE.search(_folded(line, len(line)))), len(right))
    ends += [_top(line) for line in right[dated + 1 :] if _in_capitals(line)]
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
    start = next((i for i, line in enumerate(lines) if _RECIPIENTS.match(_folded(line))), None)
    if start is None:
        return [PlacedLine(line, "signature" if role == "foot-right" or _in_capitals(line) else "body") for line in lines]
    before = [PlacedLine(line, "signature" if _in_capitals(line) else "body") for line in lines[:start]]
    return [*before, *(PlacedLine(line, "recipients") for line in lines[start:])]


def _folded(line: Sequence[PlacedWord], words: int = 3) -> str:
    return fold(" ".join(w.text for w in line[:words]))


def _in_capitals(line: Sequence[PlacedWord]) -> bool:
    letters = [c for w in line for c in w.text if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.7 * len(letters)


def _titled(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """The centred lines right behind a letterhead are the title."""
    at = next((i for i, line in enumerate(lines) if i and lines[i - 1].zone == "letterhead-right" and line.zone == "body"), None)
    if at is None:
        return list(lines)
    left, right = _margins([line.box for line in lines if line.zone == "body"])
    width = max(right - left, 1)

    def centred(line: PlacedLine) -> bool:
        lead, trail = (line.box.x0 - left) / width, (right - line.box.x1) / width
        if line.zone != "body" or _ADDRESSEES.match(_folded(line.words)):
            return False
        return abs(lead - trail) < 2 * _CENTRED and min(lead, trail) > _CENTRED / 3

    title = list(itertools.takewhile(centred, lines[at:]))
    return [*lines[:at], *(PlacedLine(line.words, "title") for line in title), *lines[at + len(title) :]]


def _margins(boxes: Sequence[Box]) -> tuple[int, int]:
    """Where most long lines begin and end."""
    longest = max(b.x1 - b.x0 for b in boxes)
    long = [b for b in boxes if b.x1 - b.x0 > 0.6 * longest]
    starts, ends = sorted(b.x0 for b in long), sorted(b.x1 for b in long)
    return starts[len(long) // 4], ends[-1 - len(long) // 4]


def _numbered(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """The first or last line where it is a page number alone."""
    out = list(lines)
    for i in {0, len(out) - 1} if out else ():
        if _PAGE_NUMBER.fullmatch(out[i].text):
            out[i] = PlacedLine(out[i].words, "page-number")
    return out

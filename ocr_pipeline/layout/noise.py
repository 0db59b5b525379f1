"""What was read and is no text: specks, strokes of seals and signatures, and notes that somebody wrote on the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import regex

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.layout.lines import PlacedLine, at_motto, in_capitals, margins
from ocr_pipeline.orthography import fold, is_syllable

# A line read with less confidence is noise where less than this share of its letters are in words that could be any.
_LEGIBLE: Final = ((0.5, 0.35), (0.72, 0.32))
# What begins like the number or like an item of a list is none.
_BEGINS: Final = regex.compile(r"\W*[s5][o06]\b|[-–+•]\s|[-–—_*.\s]+$|\W*\d+(?:/\d+)?\W*$")
# A word beside a signature is read with so much confidence.
_SURE_STROKES: Final = 0.6
# Letters of an abbreviation with so much; rows of dashes are printed.
_SURE_CAPITALS: Final = 0.9
_INITIALS: Final = frozenset("AYHK")
_BULLETS: Final = ("-", "–", "+", "•")
_OF_RULES: Final = frozenset("-–—_*. ")
_PARTS: Final = regex.compile(r"[^\W_]+")
# A line above a letterhead is a note written there where it is read with less confidence.
_ABOVE_HEAD: Final = 0.9
# So is one above the body with less, where less than this share of its letters are in words that are sound.
_SCRAWL: Final = (0.85, 0.3)
# So many long lines tell where the margins of a page are; what stands beyond them by so much of its height is no text of it.
_LONG_LINES, _BEYOND = 5, 0.5
# A note in the margin has no more lines: else it is a column.
_NOTE_LINES: Final = 6
# Numbers and marks of items stand in margins, too.
_ITEM_MARK: Final = regex.compile(r"[\W_]*(?:\d{1,4}|\p{L})?[\W_]*")


def without_notes(lines: Sequence[PlacedLine], tables: Sequence[Box]) -> list[PlacedLine]:
    """Notes that somebody wrote on the page (bút phê), about its letterhead and title or in its margins, are noise.

    ``tables`` may be wider than the text.
    """
    motto = next((line.box for line in lines if line.zone == "letterhead-right" and at_motto(line.words)[1]), None)
    boxes = [line.box for line in lines if line.zone == "body"]
    left, right = margins(boxes) if boxes else (0, 0)
    long = sum(_is_long(box, left, right) for box in boxes)
    parted = enumerate(_within(line, left, right, tables) for line in lines) if long >= _LONG_LINES else ()
    apart = {i: parts for i, parts in parted if parts != [lines[i]]}
    if len(apart) > _NOTE_LINES:
        apart = {}
    opened = next((i for i, line in enumerate(lines) if line.zone == "body" and _is_long(line.box, left, right)), 0)
    out: list[PlacedLine] = []
    for i, line in enumerate(lines):
        above = line.zone.startswith("letterhead") and motto and _is_above(line, motto)
        if above or (i < opened and _is_scrawl(line)):
            out.append(PlacedLine(line.words, "noise"))
        else:
            out += apart.get(i, [line])
    return out


def _is_long(box: Box, left: int, right: int) -> bool:
    return box.x1 - box.x0 > 0.6 * (right - left)


def _is_scrawl(line: PlacedLine) -> bool:
    """Whether a line is hardly read, and hardly a word of it sound."""
    sound = sum(len(w.text) for w in line.words if _is_sound(w))
    doubtful = line.confidence < _SCRAWL[0] and sound < _SCRAWL[1] * sum(len(w.text) for w in line.words)
    return doubtful and not _BEGINS.match(fold(line.text))


def _is_above(line: PlacedLine, motto: Box) -> bool:
    """Whether a line that is no organ's name stands above a letterhead."""
    above = line.box.y1 <= motto.y0 + 0.2 * (motto.y1 - motto.y0)
    return above and line.confidence < _ABOVE_HEAD and not in_capitals(line.words)


def _within(line: PlacedLine, left: int, right: int, tables: Sequence[Box]) -> list[PlacedLine]:
    """The words of a line between the margins, and those beyond them that may be written by hand."""
    if line.zone not in ("body", "title") or any(table.has_middle(line.box) for table in tables):
        return [line]
    reach = _BEYOND * (line.box.y1 - line.box.y0)
    words = [w for w in line.words if w.box.x1 >= left - reach and w.box.x0 <= right + reach]
    beyond = [w for w in line.words if w not in words]
    if not beyond or all(_ITEM_MARK.fullmatch(w.text) or w.confidence == 1.0 for w in beyond):
        return [line]
    kept = [PlacedLine(tuple(words), line.zone, line.filled)] if words else []
    return [PlacedLine(tuple(beyond), "noise"), *kept]


def without_noise(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
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
    if first and _is_initial(line.words[first - 1], line.words[first]):
        first -= 1
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


def _is_initial(word: PlacedWord, name: PlacedWord) -> bool:
    """Whether a word is the Y, A or H that names of some peoples begin with (Y Khuê Niê)."""
    near = name.box.x0 - word.box.x1 < name.box.y1 - name.box.y0
    return word.text.strip(".'’") in _INITIALS and word.confidence >= _SURE_CAPITALS and near


def _has_letters(word: PlacedWord) -> bool:
    return sum(c.isalnum() for c in word.text) > 1


def _is_noise(line: PlacedLine) -> bool:
    sound = next((share for confidence, share in _LEGIBLE if line.confidence < confidence), 0.0)
    if not sound or (line.confidence >= _LEGIBLE[0][0] and _BEGINS.match(fold(line.text))):
        return False
    signs = sum(len(w.text) for w in line.words)
    return sum(len(part) for part in _PARTS.findall(line.text) if _could_be_word(part)) < sound * signs


def _could_be_word(text: str) -> bool:
    """Whether a token is a syllable, a number or an abbreviation, and long enough to be no accident."""
    if sum(c.isdigit() for c in text) >= 2:
        return True
    if not (text.islower() or text.isupper() or text.istitle()):
        return False
    return len(text) > 1 and (is_syllable(text) or (text.isalpha() and text.isupper() and len(text) > 2))

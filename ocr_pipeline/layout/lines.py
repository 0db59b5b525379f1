"""Lines of words on a page, and what is told of a line by its words and its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from ocr_pipeline.document import Box, Filled, PlacedWord, Zone
from ocr_pipeline.layout.regions import Region
from ocr_pipeline.orthography import fold

Words = tuple[PlacedWord, ...]
# How the right column of a letterhead begins: NĐ 30/2020, Phụ lục I; Hướng dẫn 36-HD/VPTW.
_MOTTOES: Final = (("cong", "hoa", "xa"), ("dang", "cong", "san"), ("doc", "lap"))


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


def at_motto(line: Words) -> tuple[Words, Words]:
    """A line cut where the right column of a letterhead begins in it; the second part is empty where it does not."""
    folded = [fold(w.text) for w in line]
    for i in range(len(line)):
        if any(tuple(folded[i : i + len(motto)]) == motto for motto in _MOTTOES):
            return line[:i], line[i:]
    return line, ()


def folded(line: Sequence[PlacedWord], words: int = 3) -> str:
    """The first words of a line in lower case without diacritics."""
    return fold(" ".join(w.text for w in line[:words]))


def in_capitals(line: Sequence[PlacedWord]) -> bool:
    """Whether most letters of a line are capitals."""
    letters = [c for w in line for c in w.text if c.isalpha()]
    return sum(c.isupper() for c in letters) > 0.7 * len(letters)


def margins(boxes: Sequence[Box]) -> tuple[int, int]:
    """Where most long lines begin and end."""
    longest = max(b.x1 - b.x0 for b in boxes)
    long = [b for b in boxes if b.x1 - b.x0 > 0.6 * longest]
    starts, ends = sorted(b.x0 for b in long), sorted(b.x1 for b in long)
    return starts[len(long) // 4], ends[-1 - len(long) // 4]

"""Pieces of printed lines: what a reader of metadata cuts apart when two columns stand on one line."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.document import OUTSIDE_TEXT, SURE_WRITTEN, Box, Evidence, Filled, FilledField, Line, Page, Word
from ocr_pipeline.orthography import fold, nfc

# A line of a text may be a whole paragraph, or a hostile megabyte: what metadata needs stands at its beginning.
_LONGEST = 1000
_SPACES = " \t\N{NO-BREAK SPACE}"
_TOKEN = regex.compile(r"\S+")
# Layers whose letters were typed, not recognised.
_SURE_TOGETHER = 0.2
_LIKELY = 0.5
_TYPED = ("text-layer", "legacy-text-layer")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of one line. ``start`` is its offset in ``line.text``.

    ``measured`` says that confidences are those of a recogniser, ``typed`` that the page is a good text layer, ``foreign``
    that it is one that somebody's recogniser laid under a scan. ``filled`` is what stands in the line's blanks.
    """

    page: int
    number: int
    line: Line
    start: int
    text: str
    measured: bool
    typed: bool = False
    filled: tuple[Filled, ...] = ()
    foreign: bool = False

    @property
    def flat(self) -> str:
        """The text in lower case without diacritics, character by character, so that offsets stay."""
        return flatten(self.text)

    def cut(self, start: int, end: int) -> Piece:
        """The part between two offsets of the text, without the blanks around it."""
        part = self.text[start:end]
        lead = len(part) - len(part.lstrip(_SPACES))
        return replace(self, start=self.start + start + lead, text=part.strip(_SPACES))

    def words(self, start: int = 0, end: int | None = None) -> list[Word]:
        """The recognised words that the stretch touches; none where the text was not recognised."""
        a, b = self.start + start, self.start + (len(self.text) if end is None else end)
        return [w for w in _words(self.line) if w.start < b and w.end > a]

    def box(self, start: int = 0, end: int | None = None) -> Box | None:
        """Where the stretch stands: the hull of its words, else the line's box."""
        words = self.words(start, end)
        if not words:
            return self.line.bbox
        return Box(min(w.x0 for w in words), min(w.y0 for w in words), max(w.x1 for w in words), max(w.y1 for w in words))

    def written(self, start: int, end: int) -> tuple[str, ...]:
        """What the reader of handwriting is sure to see where the stretch stands.

        Of two recognisers that see the same neither has to be sure.
        """
        box, text = self.box(start, end), self.text[start:end]
        least = _SURE_TOGETHER if self.foreign else SURE_WRITTEN
        sure = [f for f in self.filled if f.confidence >= (least if f.digits == text else SURE_WRITTEN)]
        return tuple(f.digits for f in sure if box and _overlap(f.bbox, box))

    def disputed(self, start: int, end: int) -> bool:
        """Whether the reader of handwriting sees other digits where the stretch stands, and is likelier right than not."""
        box, text = self.box(start, end), self.text[start:end].lstrip("0")
        return any(
            f.confidence >= _LIKELY and f.digits.lstrip("0") != text and box and _overlap(f.bbox, box) for f in self.filled
        )

    def agreed(self, start: int, end: int, digits: str | None = None) -> bool:
        """Whether the reader of handwriting sees the same digits, or those given, where the stretch stands, sure or not."""
        box, text = self.box(start, end), digits or self.text[start:end]
        return any(f.digits == text and box and _overlap(f.bbox, box) for f in self.filled)

    def guesses(self, field: FilledField) -> tuple[str, ...]:
        """What may be written in a blank of the line, the likeliest first; empty where nobody could tell."""
        return tuple(digits for f in self.filled if f.field == field for digits in (f.digits, *f.alternatives))

    def is_blank(self, word: Word) -> bool:
        """Whether a word stands in a blank, so that its box is not that of print."""
        return any(_holds(f.bbox, word) for f in self.filled)

    def confidence(self, start: int = 0, end: int | None = None) -> float:
        """The lowest of its words, else the line's: a field is as sure as its least sure word."""
        return min((w.confidence for w in self.words(start, end)), default=self.line.confidence)


def _words(line: Line) -> Sequence[Word]:
    """The words of a line, each where its own letters stand: one edit over several words leaves no place between them."""
    tokens = [m.span() for m in _TOKEN.finditer(line.raw)]
    if line.raw == line.text or len(tokens) != len(line.words):
        return line.words
    places = _places(line.raw, line.text)
    return [w._replace(start=places[a], end=places[b]) for w, (a, b) in zip(line.words, tokens, strict=True)]


def _places(raw: str, text: str) -> list[int]:
    """For each offset of the raw line the one of the same letter in the text."""
    places = [len(text)] * (len(raw) + 1)
    for step in Levenshtein.opcodes(raw, text):
        for i in range(step.src_start, step.src_end):
            places[i] = min(step.dest_start + i - step.src_start, step.dest_end)
    return places


def _overlap(a: Box, b: Box) -> bool:
    """Whether two stretches of a line share some of it."""
    return min(a.x1, b.x1) > max(a.x0, b.x0)


def _holds(a: Box, b: Box | Word) -> bool:
    """Whether the middle of the second lies between the sides of the first."""
    return a.x0 < (b.x0 + b.x1) / 2 < a.x1


def flatten(text: str) -> str:
    """Lower case, no diacritics, one character for each.

    >>> flatten("Số: 12…/QĐ")
    'so: 12./qd'
    """
    return "".join(map(_flat, nfc(text)))


@functools.lru_cache(maxsize=1 << 12)
def _flat(character: str) -> str:
    return (fold(character) or " ")[0]


def pieces_of(pages: Sequence[Page]) -> list[Piece]:
    """Every line of the text in reading order, blank ones too; stamps, seals and specks left out.

    Tables that were written out with bars are read by column: the letterhead and the foot of a text may be such.
    """
    pieces: list[Piece] = []
    for rows in map(_cells_of_page, pages):
        for is_table, group in itertools.groupby(rows, key=lambda row: len(row) > 1):
            run = list(group)
            columns = itertools.zip_longest(*run) if is_table else run
            pieces += [piece for column in columns for piece in column if piece and (piece.text or not is_table)]
    return pieces


def stamps_of(pages: Sequence[Page]) -> list[Piece]:
    """The lines of the stamps on the first page."""
    lines = [(n, line) for page in pages[:1] for n, line in enumerate(page.lines, 1) if line.zone == "stamp"]
    return [Piece(pages[0].number, n, line, 0, nfc(line.text)[:_LONGEST], measured=True) for n, line in lines]


def _cells_of_page(page: Page) -> Iterator[list[Piece]]:
    """The lines of a page, each as its cells."""
    measured, typed = page.text_source == "ocr", page.text_source in _TYPED
    confidences = [w.confidence for line in page.lines for w in line.words]
    foreign = typed and max(confidences, default=1.0) < 1.0
    for number, line in enumerate(page.lines, 1):
        if line.zone not in OUTSIDE_TEXT and line.zone not in ("page-number", "footnote"):
            text = nfc(line.text)
            lead = len(text) - len(text.lstrip())
            filled = tuple(f for f in page.filled if f.line == number)
            yield _cells(
                Piece(page.number, number, line, lead, text.strip()[:_LONGEST], measured, typed and not foreign, filled, foreign)
            )


def _cells(piece: Piece) -> list[Piece]:
    """The cells of a row of a table that was written out with bars; any other line as it is."""
    bars = [i for i, c in enumerate(piece.text) if c == "|"]
    if len(bars) < 3 or bars[0] or bars[-1] != len(piece.text) - 1:
        return [piece]
    return [piece.cut(a + 1, b) for a, b in itertools.pairwise(bars)]


def evidence(pieces: Sequence[Piece], *, confidence: float | None = None) -> Evidence:
    """Where a field was read: page and line of its first piece, the box of all on that page."""
    first = pieces[0]
    boxes = [box for p in pieces if p.page == first.page and (box := p.box())]
    return Evidence(
        page=first.page,
        line=first.number,
        bbox=_hull(boxes),
        raw=" ".join(p.line.raw if p.text == p.line.text.strip() else p.text for p in pieces),
        confidence=round(min(p.confidence() for p in pieces) if confidence is None else confidence, 4),
    )


def _hull(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(min(b.x0 for b in boxes), min(b.y0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes))


def joined(pieces: Sequence[Piece]) -> str:
    """The pieces on one line, blanks collapsed."""
    return " ".join(" ".join(p.text for p in pieces).split())


def capitals_share(text: str) -> float:
    """Share of capital letters among the letters, 0.0 where there is none."""
    letters = [c for c in text if c.isalpha()]
    return sum(c.isupper() for c in letters) / len(letters) if letters else 0.0


def is_capitals(text: str, least: float = 0.8) -> bool:
    """Whether a line is printed in capitals, a few small letters (recognition errors) allowed.

    >>> is_capitals("ỦY BAN NHÂN DÂN"), is_capitals("Nơi nhận:"), is_capitals("*")
    (True, False, False)
    """
    return sum(c.isalpha() for c in text) >= 3 and capitals_share(text) >= least

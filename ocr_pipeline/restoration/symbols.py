"""Numbers of documents in the lines of a text: found and repaired as a whole, told line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span
from ocr_pipeline.symbols import SymbolMatch, find_symbols


class SymbolPiece(NamedTuple):
    """The part of a number that stands on one line: ``raw`` at ``start`` is to be written as ``repaired``."""

    start: int
    raw: str
    repaired: str
    confidence: float

    @property
    def end(self) -> int:
        """Where the part ends on its line."""
        return self.start + len(self.raw)

    def edit(self, line: int) -> Edit | None:
        """The edit that it needs on the line of this number; None where it is right as it stands."""
        if self.raw == self.repaired:
            return None
        span = Span(self.start, self.end)
        return Edit(page=1, line=line, span=span, before=self.raw, after=self.repaired, rule="symbol", confidence=self.confidence)


def symbol_pieces(lines: Sequence[str], dictionaries: Dictionaries) -> list[list[SymbolPiece]]:
    """For each line the parts of the numbers that stand on it, left to right."""
    found: list[list[SymbolPiece]] = [[] for _ in lines]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    number = 0
    for match in find_symbols("\n".join(lines), dictionaries):
        while starts[number + 1] <= match.span.start:
            number += 1
        for k, (start, raw, repaired) in enumerate(_by_line(match, match.span.start - starts[number])):
            if raw:
                found[number + k].append(SymbolPiece(start, raw, repaired, match.confidence))
    return found


def _by_line(match: SymbolMatch, start: int) -> Iterator[tuple[int, str, str]]:
    """Start, raw and repaired text on each line; where the repair has another number of lines, the raw text stays."""
    raw = match.raw.split("\n")
    repaired = match.repaired.split("\n")
    for k, part in enumerate(raw):
        yield (0 if k else start), part, (repaired[k] if len(repaired) == len(raw) else part)

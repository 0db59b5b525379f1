"""Offsets of a raw line in its restored text and back, through the edits between the two."""

from __future__ import annotations

from collections.abc import Sequence

from ocr_pipeline.document import Edit


class OffsetMap:
    """Maps between the raw line and the text that ``edits`` (of that line, in order) make of it.

    An offset inside a replaced piece goes to the edge of its replacement: starts to its start, ends to its end.
    """

    def __init__(self, edits: Sequence[Edit]) -> None:
        self._pieces: list[tuple[int, int, int, int]] = []
        shift = 0
        for edit in sorted(edits, key=lambda e: e.span):
            start, end = edit.span
            self._pieces.append((start, end, start + shift, start + shift + len(edit.after)))
            shift += len(edit.after) - (end - start)

    def to_text(self, offset: int, *, end: bool = False) -> int:
        """Where a raw offset stands in the restored text."""
        return self._mapped(offset, end, self._pieces)

    def to_raw(self, offset: int, *, end: bool = False) -> int:
        """Where an offset of the restored text stands in the raw line."""
        return self._mapped(offset, end, [(c, d, a, b) for a, b, c, d in self._pieces])

    @staticmethod
    def _mapped(offset: int, end: bool, pieces: list[tuple[int, int, int, int]]) -> int:
        shift = 0
        for start, stop, other_start, other_stop in pieces:
            inserted_before = start == stop and (offset > start or (offset == start and not end))
            if inserted_before or (start < stop <= offset):
                shift = other_stop - stop
            elif start < offset < stop:
                return other_stop if end else other_start
            else:
                break
        return offset + shift

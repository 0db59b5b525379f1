"""One corrected line: what changed in it, its edits and words with it, so that everything still points back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import regex
from rapidfuzz.distance import Levenshtein

from ocr_pipeline.document import Edit, Line, Span, Word
from ocr_pipeline.offsets import OffsetMap

RULE: Final = "corrected"
_TOKEN: Final = regex.compile(r"\s+|\S+")


class Change(NamedTuple):
    """``after`` stands in the new line for what was between ``start`` and ``end`` of the old one."""

    start: int
    end: int
    after: str


class _Piece(NamedTuple):
    """An edit or a change, by its place in the old text; ``edit`` is None for a change."""

    start: int
    end: int
    edit: Edit | None


def changes(old: str, new: str) -> list[Change]:
    """What makes ``new`` of ``old``, word by word, in order; no two of them touch.

    >>> changes("Nghi quyét số 57", "Nghị quyết số 57")
    [Change(start=0, end=4, after='Nghị'), Change(start=5, end=10, after='quyết')]
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = [0]
    for token in before:
        starts.append(starts[-1] + len(token))
    found: list[Change] = []
    for operation in Levenshtein.opcodes(before, after):
        if operation.tag == "equal":
            continue
        start, end = starts[operation.src_start], starts[operation.src_end]
        text = "".join(after[operation.dest_start : operation.dest_end])
        if found and found[-1].end == start:
            start, text = found[-1].start, found.pop().after + text
        found.append(Change(start, end, text))
    return found


def corrected_line(line: Line, edits: Sequence[Edit], text: str, page: int, number: int) -> tuple[Line, list[Edit]]:
    """The line with the text that a person gave it, and the edits that make it of the raw line.

    ``edits`` are those that made the old text. Words keep their boxes; where one became several or several one, they
    share one.
    """
    changed = changes(line.text, text)
    new = replace(line, text=text, words=tuple(_moved_words(line.words, offsets_of(changed))))
    return settled_line(new, _Redone(line, edits, changed, text).edits(page, number), list(_new_places(changed)))


def offsets_of(changed: Iterable[Change]) -> OffsetMap:
    """From the old text to the new one."""
    return OffsetMap([_edit(Span(c.start, c.end), "", c.after) for c in changed])


def _edit(span: Span, before: str, after: str, page: int = 1, line: int = 1) -> Edit:
    return Edit(page=page, line=line, span=span, before=before, after=after, rule=RULE, confidence=1.0)


def _new_places(changed: Sequence[Change]) -> Iterator[Span]:
    shift = 0
    for change in changed:
        start = change.start + shift
        if change.after:
            yield Span(start, start + len(change.after))
        shift += len(change.after) - (change.end - change.start)


def _moved_words(words: Sequence[Word], offsets: OffsetMap) -> Iterator[Word]:
    """The words where they stand now: words that went are gone, words that now overlap are one."""
    kept: Word | None = None
    for word in words:
        moved = word._replace(start=offsets.to_text(word.start), end=offsets.to_text(word.end, end=True))
        if moved.start >= moved.end:
            continue
        if kept and moved.start < kept.end:
            kept = _joined(kept, moved)
            continue
        if kept:
            yield kept
        kept = moved
    if kept:
        yield kept


def _joined(a: Word, b: Word) -> Word:
    return Word(
        min(a.start, b.start), max(a.end, b.end),
        min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1),
        min(a.confidence, b.confidence),
    )  # fmt: skip


class _Redone:
    """The edits from the raw line to the new text: an edit that a person's change touches becomes part of it."""

    def __init__(self, line: Line, edits: Sequence[Edit], changed: Sequence[Change], text: str) -> None:
        self._line, self._changed, self._text = line, changed, text
        pieces = [_Piece(c.start, c.end, None) for c in changed]
        shift = 0
        for edit in sorted(edits, key=lambda e: e.span):
            start = edit.span.start + shift
            pieces.append(_Piece(start, start + len(edit.after), edit))
            shift += len(edit.after) - (edit.span.end - edit.span.start)
        self._pieces = sorted(pieces, key=lambda p: (p.start, p.end))

    def edits(self, page: int, number: int) -> list[Edit]:
        """In order, with the page and line that they belong to."""
        done: list[Edit] = []
        to_raw, to_new = 0, 0
        for cluster in self._clusters():
            start, end = cluster[0].start, max(p.end for p in cluster)
            raw_start, new_start = start + to_raw, start + to_new
            to_raw -= sum(len(p.edit.after) - (p.edit.span.end - p.edit.span.start) for p in cluster if p.edit)
            to_new += sum(len(c.after) - (c.end - c.start) for c in self._changed if start <= c.start and c.end <= end)
            if all(p.edit for p in cluster):
                done += [p.edit for p in cluster if p.edit]
                continue
            before, after = self._line.raw[raw_start : end + to_raw], self._text[new_start : end + to_new]
            if before != after:
                done.append(_edit(Span(raw_start, end + to_raw), before, after, page, number))
        return done

    def _clusters(self) -> Iterator[list[_Piece]]:
        """Pieces that touch one another."""
        cluster: list[_Piece] = []
        for piece in self._pieces:
            if cluster and piece.start > max(p.end for p in cluster):
                yield cluster
                cluster = []
            cluster.append(piece)
        if cluster:
            yield cluster


def settled_line(line: Line, edits: Sequence[Edit], spans: Sequence[Span | None]) -> tuple[Line, list[Edit]]:
    """The line and its edits, sure at the places that a person has seen; None stands for the whole line."""
    if not spans:
        return line, list(edits)
    whole = None in spans
    offsets = OffsetMap(edits)

    def seen(start: int, end: int) -> bool:
        return whole or any(span and span.start < max(end, start + 1) and start < max(span.end, span.start + 1) for span in spans)

    words = tuple(w._replace(confidence=1.0) if seen(w.start, w.end) else w for w in line.words)
    sure = [
        replace(e, confidence=1.0) if seen(offsets.to_text(e.span.start), offsets.to_text(e.span.end, end=True)) else e
        for e in edits
    ]
    return replace(line, words=words, confidence=1.0 if whole else line.confidence), sure

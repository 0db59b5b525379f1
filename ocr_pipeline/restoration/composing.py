"""Composed form of a raw line with the way back: edits found in the one, told in offsets of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import regex

from ocr_pipeline.document import Edit, Span
from ocr_pipeline.orthography import nfc

_CLUSTER = regex.compile(r".\p{M}*|\p{M}+", regex.DOTALL)


class Composed(NamedTuple):
    """A line in composed form; ``starts[i]`` is where its character ``i`` begins in the raw line."""

    text: str
    raw: str
    starts: tuple[int, ...]


def compose(raw: str) -> Composed:
    """The line in composed form.

    >>> compose("to" + chr(0x302) + "i").starts
    (0, 1, 3, 4)
    """
    if raw.isascii() or nfc(raw) == raw:
        return Composed(raw, raw, tuple(range(len(raw) + 1)))
    parts, starts = [], []
    for cluster in _CLUSTER.finditer(raw):
        text = nfc(cluster.group())
        parts.append(text)
        starts += [cluster.start()] * len(text)
    return Composed("".join(parts), raw, (*starts, len(raw)))


def told_in_raw(line: Composed, edits: Sequence[Edit], number: int) -> tuple[Edit, ...]:
    """The edits with spans of the raw line, and one more for each stretch whose letters were only composed."""
    if line.text is line.raw:
        return tuple(edits)
    moved = [_moved(line, edit) for edit in edits]
    covered = {i for e in edits for i in range(e.span.start, e.span.end)}
    for start, end in _stretches(line, covered):
        span = Span(line.starts[start], line.starts[end])
        moved.append(
            Edit(page=1, line=number, span=span, before=line.raw[span.start : span.end], after=line.text[start:end],
                 rule="unicode", confidence=1.0)
        )  # fmt: skip
    return tuple(sorted(moved, key=lambda e: e.span))


def _moved(line: Composed, edit: Edit) -> Edit:
    span = Span(line.starts[edit.span.start], line.starts[edit.span.end])
    return replace(edit, span=span, before=line.raw[span.start : span.end])


def _stretches(line: Composed, covered: set[int]) -> list[tuple[int, int]]:
    """Runs of characters that are written otherwise in the raw line and that no edit covers."""
    runs: list[tuple[int, int]] = []
    i = 0
    while i < len(line.text):
        j = i + 1
        while j < len(line.text) and line.starts[j] == line.starts[i]:
            j += 1
        changed = line.raw[line.starts[i] : line.starts[j]] != line.text[i:j]
        if changed and i not in covered:
            if runs and runs[-1][1] == i:
                runs[-1] = (runs[-1][0], j)
            else:
                runs.append((i, j))
        i = j
    return runs

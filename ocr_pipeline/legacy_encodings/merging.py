"""Edits found in converted text, told in offsets of the raw line together with those of the conversion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ocr_pipeline.document import Edit, Span
from ocr_pipeline.legacy_encodings.conversion import Converted


class _Stretch(NamedTuple):
    """An interval of the converted text, and the edits of both kinds in it; the raw interval where it was converted."""

    start: int
    end: int
    conversion: Edit | None
    later: Edit | None


def told_in_raw(raw: str, converted: Converted, later: Sequence[Edit]) -> tuple[Edit, ...]:
    """One list of edits that lead from the raw line to the text that ``later`` makes of ``converted.text``.

    An edit that meets one of the conversion becomes one with it: the later rule, the lower confidence.

    >>> from ocr_pipeline.dictionaries import Dictionaries
    >>> from ocr_pipeline.legacy_encodings import convert_lines
    >>> raw = "sè 15 cñaUBND tØnh"
    >>> edit = Edit(page=1, line=1, span=Span(6, 13), before="củaUBND", after="của UBND", rule="split", confidence=0.9)
    >>> edits = told_in_raw(raw, convert_lines([raw], Dictionaries.load())[0], [edit])
    >>> [(e.before, e.after, e.rule) for e in edits]
    [('sè', 'số', 'legacy-encoding'), ('cñaUBND', 'của UBND', 'split'), ('tØnh', 'tỉnh', 'legacy-encoding')]
    """
    if not later:
        return converted.edits
    if not converted.edits:
        return tuple(sorted(later, key=lambda e: e.span))
    groups = _grouped(sorted([*_converted(converted.edits), *(_Stretch(*e.span, None, e) for e in later)], key=lambda s: s[:2]))
    merged: list[Edit] = []
    shift = 0  # what the conversion has added to the line so far
    for group in groups:
        end_shift = shift + sum(len(s.conversion.after) - len(s.conversion.before) for s in group if s.conversion)
        start, end = group[0].start, max(s.end for s in group)
        merged += _edit(raw, converted.text[start:end], start, Span(start - shift, end - end_shift), group)
        shift = end_shift
    return tuple(merged)


def _converted(edits: Iterable[Edit]) -> Iterator[_Stretch]:
    shift = 0
    for edit in edits:
        start = edit.span.start + shift
        yield _Stretch(start, start + len(edit.after), edit, None)
        shift += len(edit.after) - len(edit.before)


def _grouped(stretches: Iterable[_Stretch]) -> list[list[_Stretch]]:
    """Stretches that share characters."""
    groups: list[list[_Stretch]] = []
    end = -1
    for stretch in stretches:
        if groups and stretch.start < end:
            groups[-1].append(stretch)
        else:
            groups.append([stretch])
        end = max(end, stretch.end)
    return groups


def _edit(raw: str, text: str, start: int, span: Span, group: Sequence[_Stretch]) -> Iterator[Edit]:
    later = [s.later for s in group if s.later]
    edits = later or [s.conversion for s in group if s.conversion]
    before, after = raw[span.start : span.end], _applied(text, start, later)
    if before != after:
        confidence = min([e.confidence for e in edits] + [s.conversion.confidence for s in group if s.conversion])
        yield Edit(page=edits[0].page, line=edits[0].line, span=span, before=before, after=after, rule=edits[0].rule,
                   confidence=confidence)  # fmt: skip


def _applied(text: str, start: int, edits: Iterable[Edit]) -> str:
    """A piece of the converted text, which begins at an offset of it, after the edits."""
    parts: list[str] = []
    at = start
    for edit in edits:
        parts += [text[at - start : edit.span.start - start], edit.after]
        at = edit.span.end
    return "".join([*parts, text[at - start :]])

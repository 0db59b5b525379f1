"""Converts the lines of a text to Unicode, each change an edit that can be replayed."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Edit, Span
from ocr_pipeline.legacy_encodings.capitals import Placed, capitalised
from ocr_pipeline.legacy_encodings.decoding import Piece
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.recognition import Recognised, recognise
from ocr_pipeline.legacy_encodings.tables import Encoding
from ocr_pipeline.legacy_encodings.unicode_repair import repaired
from ocr_pipeline.legacy_encodings.words import Pieces

RULE: Final = "legacy-encoding"
_LINES: Final = regex.compile(r"[\n\f]")
# The gain, in nats, that makes an encoding two thirds sure; how sure it is at most, and a word that no table knows.
_SURE_GAIN, _SUREST, _UNKNOWN_WORD = 12.0, 0.999, 0.9


@dataclass(frozen=True, slots=True)
class Converted:
    """A line in Unicode NFC: ``edits`` lead from the raw line to ``text``; ``encoding`` is that of most of the line.

    None is Unicode; where there are edits, letters of it had another form.
    """

    text: str
    edits: tuple[Edit, ...]
    encoding: Encoding | None


class Detection(NamedTuple):
    """What a text is encoded in: ``share`` of the stretches that tell, and how sure that is, both from 0.0 to 1.0."""

    encoding: Encoding
    share: float
    confidence: float


class _Whole(NamedTuple):
    """A text with what is to be written, how sure that is, and the encodings, by number of the stretch."""

    found: Recognised
    pieces: dict[int, Pieces]
    confidence: dict[int, float]
    encodings: dict[int, Encoding | None]


def convert_lines(
    lines: Sequence[str], dictionaries: Dictionaries, *, in_capitals: Sequence[Sequence[Span]] = ()
) -> list[Converted]:
    """Each line in Unicode. All lines of a text together, for they tell of one another; good Unicode stays as it is.

    ``in_capitals`` are, by line, spans that are known to be set in a font of capitals (see ``is_capitals_font``).

    >>> convert_lines(["Céng hoµ x· héi chñ nghÜa ViÖt Nam"], Dictionaries.load())[0].text
    'Cộng hoà xã hội chủ nghĩa Việt Nam'
    """
    whole = _whole(lines, dictionaries, in_capitals)
    edits: defaultdict[int, list[Edit]] = defaultdict(list)
    for number in sorted(whole.pieces):
        stretch = whole.found.stretches[number]
        edits[stretch.line] += _edits(stretch.start, stretch.line, whole.pieces[number], whole.confidence[number])
    encodings = _by_line(whole)
    return [Converted(_applied(line, edits[n]), tuple(edits[n]), encodings.get(n)) for n, line in enumerate(lines)]


def detect(text: str, dictionaries: Dictionaries) -> Detection | None:
    """The encoding of most of a text, pages and lines parted as in files; None where all of it is Unicode.

    >>> detect("Uyû ban nhaân daân tænh", Dictionaries.load()).encoding
    <Encoding.VNI: 'vni'>
    """
    whole = _whole(_LINES.split(text), dictionaries, ())
    counts = Counter(encoding for encoding in whole.encodings.values() if encoding)
    if not counts:
        return None
    encoding, times = counts.most_common(1)[0]
    sure = [whole.confidence[n] for n, own in whole.encodings.items() if own == encoding]
    return Detection(encoding, times / len(whole.encodings), sum(sure) / len(sure))


def _whole(lines: Sequence[str], dictionaries: Dictionaries, in_capitals: Sequence[Sequence[Span]]) -> _Whole:
    found = recognise(lines, Evidence.load(dictionaries))
    pieces, confidence = _read(found)
    tcvn3 = [Placed(n, found.stretches[n], p) for n, p in pieces.items() if found.encoding(n) == Encoding.TCVN3]
    pieces |= capitalised(lines, tcvn3, in_capitals, dictionaries) if tcvn3 else {}
    unicode = repaired([(n, s) for n, s in enumerate(found.stretches) if not found.states[n]], dictionaries)
    encodings = {
        n: Encoding.VNI_TWICE if n in unicode.twice else found.encoding(n)
        for n, stretch in enumerate(found.stretches)
        if n in unicode.twice or found.evidence.tells(stretch.text)
    }
    return _Whole(found, pieces | unicode.pieces, confidence | unicode.confidence, encodings)


def _read(found: Recognised) -> tuple[dict[int, Pieces], dict[int, float]]:
    """The stretches that are not in Unicode as they read, and how sure each is."""
    pieces: dict[int, Pieces] = {}
    sure: dict[int, float] = {}
    by_encoding = {encoding: _confidence(found, encoding) for encoding in found.encodings}
    for number, state in enumerate(found.states):
        reading, encoding = found.reading(number) if state else None, found.encoding(number)
        if reading and encoding:
            pieces[number] = reading.pieces
            known = found.evidence.is_spelled(reading.text)
            sure[number] = by_encoding[encoding] * (1.0 if known else _UNKNOWN_WORD)
    return pieces, sure


def _confidence(found: Recognised, encoding: Encoding) -> float:
    """How sure an encoding is, by all that its stretches gain."""
    gain = sum(max(0.0, found.gain(n)) for n in range(len(found.stretches)) if found.encoding(n) == encoding)
    return min(_SUREST, 1.0 - math.exp(-gain / _SURE_GAIN))


def _by_line(whole: _Whole) -> dict[int, Encoding]:
    """By line, the encoding that most of its stretches are in."""
    counts: defaultdict[int, Counter[Encoding | None]] = defaultdict(Counter)
    if any(whole.encodings.values()):
        for number, encoding in whole.encodings.items():
            counts[whole.found.stretches[number].line][encoding] += 1
    return {line: encoding for line, count in counts.items() if (encoding := count.most_common(1)[0][0])}


def _edits(start: int, line: int, pieces: Pieces, confidence: float) -> Iterator[Edit]:
    """An edit for every run of letters that is written otherwise; lines count from 0 here and from 1 in the edit."""
    for run_start, run in _runs(pieces):
        before, after = "".join(p.seen for p in run), "".join(p.read for p in run)
        if before != after:
            at = start + run_start
            yield Edit(page=1, line=line + 1, span=Span(at, at + len(before)), before=before, after=after, rule=RULE,
                       confidence=round(confidence, 4))  # fmt: skip


def _runs(pieces: Pieces) -> Iterator[tuple[int, list[Piece]]]:
    """Pieces in runs, each with its offset: signs that read as themselves part them."""
    run: list[Piece] = []
    at = start = 0
    for piece in pieces:
        if piece.seen == piece.read and not piece.read.isalpha():
            yield start, run
            run, start = [], at + len(piece.seen)
        else:
            run.append(piece)
        at += len(piece.seen)
    yield start, run


def _applied(line: str, edits: Sequence[Edit]) -> str:
    parts, at = [], 0
    for edit in edits:
        parts += [line[at : edit.span.start], edit.after]
        at = edit.span.end
    return "".join([*parts, line[at:]])

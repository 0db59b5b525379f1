"""Repairs of the Unicode part of a text: forms of letters, words that a second conversion changed, lost spaces."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.decoding import Piece
from ocr_pipeline.legacy_encodings.double_conversion import repairs
from ocr_pipeline.legacy_encodings.evidence import Evidence
from ocr_pipeline.legacy_encodings.lost_spaces import lost_spaces
from ocr_pipeline.legacy_encodings.segmentation import Stretch
from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling
from ocr_pipeline.legacy_encodings.substitutions import in_unicode
from ocr_pipeline.legacy_encodings.unicode_forms import STRANGE_FORMS, mend
from ocr_pipeline.legacy_encodings.words import Pieces, Word, plain, text_of, words_of, written

_FORMS: Final = regex.compile(rf"[\p{{M}}{''.join(sorted(STRANGE_FORMS))}]")
# How sure the forms of letters and lost spaces are; nats of margin for a word that a second conversion changed.
_SAME_LETTER, _SPACE, _MARGIN = 0.99, 0.97, 4.0
# A character at a letter that is no letter of Vietnamese and no punctuation.
_NO_LETTER: Final = rf"[^\p{{ASCII}}\p{{P}}\p{{N}}{''.join(sorted(ACCENTED))}]"
_STRANGE: Final = regex.compile(rf"(?<=\p{{L}}){_NO_LETTER}|{_NO_LETTER}(?=\p{{L}})")


class Change(NamedTuple):
    """Other text for an interval of the text of a stretch, and how sure that is, from 0.0 to 1.0."""

    stretch: int
    start: int
    end: int
    text: str
    confidence: float


class Repaired(NamedTuple):
    """By number of the stretch: what is to be written otherwise, how sure that is, and which were converted twice."""

    pieces: dict[int, Pieces]
    confidence: dict[int, float]
    twice: frozenset[int]


def repaired(stretches: Sequence[tuple[int, Stretch]], dictionaries: Dictionaries) -> Repaired:
    """The stretches of Unicode text that are to be written otherwise."""
    pieces = _mended(stretches, Spelling.load(dictionaries))
    pieces |= _substituted(stretches, pieces, Evidence.load(dictionaries))
    sure = dict.fromkeys(pieces, _SAME_LETTER)
    texts = {number: text_of(pieces[number]) if number in pieces else stretch.text for number, stretch in stretches}
    lines: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, stretch in stretches:
        lines[stretch.line].append((number, texts[number]))
    words = [list(words_of(line)) for line in lines.values()]
    twice, spaces = _twice_converted(words, dictionaries), _spaces(words, texts, dictionaries)
    for change in sorted([*twice, *spaces], key=lambda c: (c.stretch, -c.start)):
        number = change.stretch
        pieces[number] = written(pieces.get(number) or plain(texts[number]), change.start, change.end, change.text)
        sure[number] = min(sure.get(number, 1.0), change.confidence)
    return Repaired(pieces, sure, frozenset(change.stretch for change in twice))


def _mended(stretches: Iterable[tuple[int, Stretch]], spelling: Spelling) -> dict[int, Pieces]:
    strange = [(number, stretch) for number, stretch in stretches if _FORMS.search(stretch.text)]
    if not strange:
        return {}
    vietnamese = {s.line for _, s in stretches if any(c > "\xff" and c in ACCENTED for c in s.text)}
    mended = {number: mend(s.text, spelling, vietnamese=s.line in vietnamese) for number, s in strange}
    return {number: pieces for number, pieces in mended.items() if any(p.seen != p.read for p in pieces)}


def _substituted(stretches: Sequence[tuple[int, Stretch]], mended: dict[int, Pieces], evidence: Evidence) -> dict[int, Pieces]:
    """The stretches with characters that stand for letters in this text alone."""
    strange = {n: mended.get(n) or plain(s.text) for n, s in stretches if _STRANGE.search(s.text)}
    if not strange:
        return {}
    letters = in_unicode((text_of(mended[n]) if n in mended else s.text for n, s in stretches), evidence)
    return {
        number: tuple(Piece(p.seen, letters.get(p.read, p.read)) for p in pieces)
        for number, pieces in strange.items()
        if any(p.read in letters for p in pieces)
    }


def _twice_converted(words: Sequence[Sequence[Word]], dictionaries: Dictionaries) -> list[Change]:
    return [
        Change(r.word.stretch, r.word.start, r.word.end, r.text, 1.0 - math.exp(-max(r.margin, 1.0) / _MARGIN))
        for r in repairs(words, dictionaries)
    ]


def _spaces(words: Sequence[Sequence[Word]], texts: dict[int, str], dictionaries: Dictionaries) -> list[Change]:
    spaces = lost_spaces((word for line in words for word in line), texts, dictionaries)
    return [Change(space.stretch, space.at, space.at, " ", _SPACE) for space in spaces]

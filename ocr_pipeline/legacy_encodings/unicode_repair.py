"""Repairs of the Unicode part of a text: forms of letters, words that a second conversion changed, lost spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.legacy_encodings.double_conversion import repairs
from ocr_pipeline.legacy_encodings.lost_spaces import number_starts, part
from ocr_pipeline.legacy_encodings.segmentation import Stretch
from ocr_pipeline.legacy_encodings.spelling import ACCENTED, Spelling
from ocr_pipeline.legacy_encodings.unicode_forms import mend
from ocr_pipeline.legacy_encodings.words import Pieces, Word, plain, text_of, words_of, written

_FORMS: Final = regex.compile(
    r"[\p{M}\N{LATIN CAPITAL LETTER OI}\N{LATIN SMALL LETTER OI}\N{LATIN CAPITAL LETTER ETH}\N{LATIN SMALL LETTER ETH}"
    r"\N{LATIN CAPITAL LETTER AFRICAN D}\N{LATIN SMALL LETTER D WITH TAIL}]"
)


class Change(NamedTuple):
    """Other text for an interval of the text of a stretch."""

    stretch: int
    start: int
    end: int
    text: str


def repaired(stretches: Sequence[tuple[int, Stretch]], dictionaries: Dictionaries) -> dict[int, Pieces]:
    """By number, the stretches of Unicode text that are to be written otherwise."""
    result = _mended(stretches, Spelling.load(dictionaries))
    texts = {number: text_of(result[number]) if number in result else stretch.text for number, stretch in stretches}
    lines: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for number, stretch in stretches:
        lines[stretch.line].append((number, texts[number]))
    words = [list(words_of(line)) for line in lines.values()]
    for change in sorted(_changes(words, texts, dictionaries), key=lambda c: (c.stretch, -c.start)):
        pieces = result.get(change.stretch) or plain(texts[change.stretch])
        result[change.stretch] = written(pieces, change.start, change.end, change.text)
    return result


def _mended(stretches: Iterable[tuple[int, Stretch]], spelling: Spelling) -> dict[int, Pieces]:
    strange = [(number, stretch) for number, stretch in stretches if _FORMS.search(stretch.text)]
    if not strange:
        return {}
    vietnamese = {s.line for _, s in stretches if any(c > "\xff" and c in ACCENTED for c in s.text)}
    mended = {number: mend(s.text, spelling, vietnamese=s.line in vietnamese) for number, s in strange}
    return {number: pieces for number, pieces in mended.items() if any(p.seen != p.read for p in pieces)}


def _changes(words: Sequence[Sequence[Word]], texts: dict[int, str], dictionaries: Dictionaries) -> list[Change]:
    """All changes of words; where two meet in one word the first holds."""
    changed = {(r.word.stretch, r.word.start): _change(r.word, r.text) for r in repairs(words, dictionaries)}
    for parted in part((word for line in words for word in line), dictionaries):
        changed.setdefault((parted.word.stretch, parted.word.start), _change(parted.word, parted.text))
    numbers = [Change(number, at, at, " ") for number, text in texts.items() for at in number_starts(text)]
    return [*changed.values(), *numbers]


def _change(word: Word, text: str) -> Change:
    return Change(word.stretch, word.start, word.end, text)

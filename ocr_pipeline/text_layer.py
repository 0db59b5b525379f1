"""Whether a PDF page's own text can stand for the page: good Vietnamese that accounts for the page's ink.

A scan may carry the ruins of an English recogniser, a born-digital page a legacy encoding or a broken font map, a
signed scan nothing but its signature stamp in perfect Vietnamese.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import PlacedWord, TextSource
from ocr_pipeline.layout import lines_of_words
from ocr_pipeline.legacy_encodings import convert_lines
from ocr_pipeline.orthography import is_syllable, split_tone

Pixels = npt.NDArray[np.uint8]
# Share of the letters' ink that must lie in the boxes of words.
_ACCOUNTED: Final = 0.85
# Share of the words that must be syllables or abbreviations, and of those that must have marks: three in five have.
_SPELLED, _MARKED = 0.92, 0.35
_FEWEST_WORDS: Final = 20
# Letters in inches: what is higher or wider is a seal, a signature, a picture.
_LETTER: Final = (0.02, 0.3, 1.5)
_WORD: Final = regex.compile(r"\p{L}{2,}")
_VIETNAMESE: Final = regex.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ]")
_INK: Final = 128


class Judgement(NamedTuple):
    """What a layer is worth: ``source`` says what it is, ``usable`` whether it can stand for the page, ``why`` in words."""

    source: TextSource
    usable: bool
    why: str


def judge(words: Sequence[PlacedWord], dpi: int, glance: Pixels, glance_dpi: int, dictionaries: Dictionaries) -> Judgement:
    """The worth of a layer (boxes at ``dpi``) for a page that looks like ``glance`` (grey)."""
    lines = [" ".join(w.text for w in line) for line in lines_of_words(words)]
    converted = convert_lines(lines, dictionaries)
    spelled, marked, count = spelling("\n".join(c.text for c in converted))
    if count < _FEWEST_WORDS or spelled < _SPELLED or marked < _MARKED:
        return Judgement(
            "garbled-text-layer", False, f"text layer is no good Vietnamese ({spelled:.0%} of {count} words spelled)"
        )
    accounted = ink_accounted(words, dpi, glance, glance_dpi)
    legacy = any(c.encoding for c in converted)
    source: TextSource = "legacy-text-layer" if legacy else "text-layer"
    if accounted < _ACCOUNTED:
        return Judgement(source, False, f"text layer accounts for {accounted:.0%} of the ink")
    return Judgement(source, True, "text layer taken")


def spelling(text: str) -> tuple[float, float, int]:
    """Share of the words that are syllables or abbreviations, share of them with Vietnamese marks, their number.

    >>> spelling("Ủy ban nhân dân tỉnh")[0], spelling("phArrd~u hoan thanh cac chi tieu")[1]
    (1.0, 0.0)
    """
    words = _WORD.findall(text)
    spelled = sum(w.isupper() or is_syllable(w) for w in words)
    marked = sum(bool(_VIETNAMESE.search(w)) or bool(split_tone(w)[1]) for w in words)
    return spelled / max(len(words), 1), marked / max(len(words), 1), len(words)


def ink_accounted(words: Sequence[PlacedWord], dpi: int, glance: Pixels, glance_dpi: int) -> float:
    """Share of the ink of letters, from 0.0 to 1.0, that lies in the boxes of the words; 1.0 for a page without ink."""
    ink = cv2.threshold(glance, _INK, 255, cv2.THRESH_BINARY_INV)[1]
    letters = _letters_alone(ink, glance_dpi)
    covered = np.zeros_like(letters)
    scale = glance_dpi / dpi
    for x0, y0, x1, y1 in (word.box for word in words):
        covered[max(0, int(y0 * scale) - 1) : int(y1 * scale) + 2, max(0, int(x0 * scale) - 1) : int(x1 * scale) + 2] = 255
    total = int(np.count_nonzero(letters))
    return int(np.count_nonzero(letters & covered)) / total if total else 1.0


def _letters_alone(ink: npt.NDArray[Any], dpi: int) -> Pixels:
    """The ink without pieces too large for letters and words."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low, high, wide = (inches * dpi for inches in _LETTER)
    kept = (stats[:, 3] >= low) & (stats[:, 3] <= high) & (stats[:, 2] <= wide)
    kept[0] = False
    return np.where(kept, 255, 0).astype(np.uint8)[labels]

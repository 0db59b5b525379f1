"""Blanks drawn in hands that the reader of digits was not trained on, and what it makes of them: right, wrong, not sure.

`python tests/benchmarks/handwriting.py [BLANKS]` (2,000 unless told) needs the fonts of dictionaries/handwriting_fonts.tsv
that are kept for tests, installed. A blank is drawn as for training; what is read is what the pipeline would take.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import SURE_WRITTEN
from ocr_pipeline.handwriting import DigitReader
from ocr_pipeline.training.digit_reader import handwriting_fonts
from ocr_pipeline.training.handwriting import Blanks

THRESHOLDS = (0.5, 0.7, 0.8, SURE_WRITTEN, 0.9, 0.95)


def main() -> None:
    """Draw, read and print, for several thresholds of confidence."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    dictionaries = Dictionaries.load()
    fonts = handwriting_fonts("tests")
    if not fonts:
        sys.exit("none of the fonts for tests is installed: see dictionaries/handwriting_fonts.tsv")
    blanks = Blanks(dictionaries, fonts=fonts, sources=("font",))
    reader, random = DigitReader.load(dictionaries), np.random.default_rng(2026)
    found: Counter[tuple[float, str]] = Counter()
    for _ in range(count):
        picture, digits = blanks.sample(random)
        readings = reader.read(lambda _, picture=picture: picture, lambda text: True)  # type: ignore[misc]
        best = readings[0]
        for threshold in THRESHOLDS:
            sure = bool(best.digits) and best.confidence >= threshold
            found[threshold, ("right" if best.digits == digits else "wrong") if sure else "not sure"] += 1
    print(f"{count} blanks, {len(fonts)} hands")
    for threshold in THRESHOLDS:
        shares = (f"{kind} {found[threshold, kind] / count:7.2%}" for kind in ("right", "wrong", "not sure"))
        print(f"confidence {threshold:.2f}: {', '.join(shares)}")


if __name__ == "__main__":
    main()

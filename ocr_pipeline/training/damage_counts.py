"""Counts aligned lines into the table of word damage.

``python -m ocr_pipeline.training.damage_counts ROWS.jsonl ... dictionaries/word_damage.tsv``
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ocr_pipeline.orthography import nfc
from ocr_pipeline.training.channel_pairs import aligned_groups
from ocr_pipeline.training.damage_table import RENDERED

_HEADER: Final = """\
# What Tesseract's large English model (LSTM, 2018) made of printed words: a document or "rendered", the printed words, the
# recognised ones, how often. Source: pages rendered from public Vietnamese texts by ocr_pipeline.training.generated_pairs,
# and the transcribed scans at several resolutions. Written by python -m ocr_pipeline.training.damage_counts. Sorted.
document\tprinted\trecognised\tcount
"""


def counted(rows: Iterable[str]) -> str:
    """The table of JSON rows: page (a number where it was rendered), ..., printed line, recognised line."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in map(json.loads, rows):
        document = row[0].rsplit(".p", 1)[0] if isinstance(row[0], str) else RENDERED
        for printed, recognised in aligned_groups(*(" ".join(nfc(text).split()) for text in row[-2:])):
            counts[document, printed, recognised] += 1
    return _HEADER + "".join("\t".join([*key, str(n)]) + "\n" for key, n in sorted(counts.items()))


def main() -> None:
    """Read rows, write the table."""
    *sources, out = map(Path, sys.argv[1:])
    rows = (line for source in sources for line in source.read_text(encoding="utf-8").splitlines())
    out.write_text(counted(rows), encoding="utf-8")


if __name__ == "__main__":
    main()

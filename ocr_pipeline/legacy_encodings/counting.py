"""Counts the syllables and pairs of syllables of clean texts into dictionaries/: the evidence that conversion goes by.

Run as ``python -m ocr_pipeline.legacy_encodings.counting ../shared dictionaries``.
"""

from __future__ import annotations

import lzma
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

from ocr_pipeline.legacy_encodings.double_conversion import damaged
from ocr_pipeline.legacy_encodings.spelling import ACCENTED
from ocr_pipeline.orthography import is_syllable

_SOURCES: Final = ("legal", "admin", "party", "party_register", "news", "wiki")
# Paragraphs with this remainder of their number are held out for measuring.
_MODULUS, _REMAINDER = 1000, 7
_TOKEN: Final = regex.compile(r"\p{L}+|[^\s\p{L}]")
_ALPHABET: Final = {c for c in ACCENTED if c.islower()} | set("abcdefghijklmnopqrstuvwxyz")
_SYLLABLES, _OTHERS = 8, 30
# Pairs that tell two syllables apart, and pairs so common that a space lost between the two is beyond doubt.
_LOST_PAIRS, _TELLING_PAIRS, _COMMON_PAIRS = 8, 50, 500
_BITS, _PARAGRAPHS = 14, 20_000
_ORIGIN: Final = (
    "Counted in 88 million words of public law texts, office and Party documents, news and encyclopedia articles.\n"
    "# Built by: python -m ocr_pipeline.legacy_encodings.counting ../shared dictionaries"
)

Counts = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


def write(shared: Path, out: Path) -> None:
    """Write ``legacy_syllables.tsv`` and ``legacy_pairs.tsv`` into a folder."""
    words = _words(shared)
    rows = [f"{word}\t{words[word]}\n" for word in sorted(words)]
    _save(out / "legacy_syllables.tsv", "Syllables and other words of Vietnamese letters, lower case.", "word\tcount", rows)
    pairs = _pairs(shared, sorted(words))
    rows = [
        f"{left}\t{' '.join(f'{right}:{count}' for right, count in sorted(rights))}\n" for left, rights in sorted(pairs.items())
    ]
    title = "Pairs of words: common ones, and those that tell syllables apart which a second conversion merges."
    _save(out / "legacy_pairs.tsv", title, "left\tright:count", rows)


def _save(path: Path, title: str, header: str, rows: Iterable[str]) -> None:
    path.write_text(f"# {title}\n# {_ORIGIN}\n{header}\n" + "".join(rows), encoding="utf-8", newline="\n")


def _paragraphs(shared: Path) -> Iterator[str]:
    for source in _SOURCES:
        with lzma.open(shared / "corpus" / f"{source}.txt.xz", "rt", encoding="utf-8", newline="\n") as lines:
            yield from (line.lower() for i, line in enumerate(lines) if i % _MODULUS != _REMAINDER)


def _words(shared: Path) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for paragraph in _paragraphs(shared):
        counts.update(_TOKEN.findall(paragraph))
    return {word: count for word, count in counts.items() if _belongs(word, count)}


def _belongs(word: str, count: int) -> bool:
    if not set(word) <= _ALPHABET:
        return False
    return count >= (_SYLLABLES if is_syllable(word) else _OTHERS if not word.isascii() else sys.maxsize)


def _pairs(shared: Path, words: list[str]) -> dict[str, list[tuple[str, int]]]:
    numbers = {word: i for i, word in enumerate(words, 1)}
    needed = np.full(len(words) + 1, _COMMON_PAIRS)
    for word in words:
        for wrong, kind in damaged(word):
            if kind == "lost":
                needed[numbers[word]] = _LOST_PAIRS
            elif wrong in numbers:
                needed[[numbers[word], numbers[wrong]]] = _TELLING_PAIRS
    codes, counts = _pair_counts(_paragraphs(shared), numbers)
    left, right = codes >> _BITS, codes & ((1 << _BITS) - 1)
    kept = counts >= np.minimum(needed[left], needed[right])
    result: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for a, b, count in zip(left[kept].tolist(), right[kept].tolist(), counts[kept].tolist(), strict=True):
        result[words[a - 1]].append((words[b - 1], count))
    return result


def _pair_counts(paragraphs: Iterator[str], numbers: Mapping[str, int]) -> Counts:
    """Codes of neighbouring words, ``left << 14 | right``, with their counts; anything else parts."""
    total: Counts = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    while chunk := list(islice(paragraphs, _PARAGRAPHS)):
        tokens = [numbers.get(token, 0) for paragraph in chunk for token in (*_TOKEN.findall(paragraph), "")]
        line = np.array(tokens, np.int64)
        both = (line[:-1] > 0) & (line[1:] > 0)
        total = _added(total, np.unique((line[:-1] << _BITS | line[1:])[both], return_counts=True))
    return total


def _added(one: Counts, other: Counts) -> Counts:
    codes = np.concatenate([one[0], other[0]])
    order = np.argsort(codes, kind="stable")
    codes, counts = codes[order], np.concatenate([one[1], other[1]])[order]
    first = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    return codes[first], np.add.reduceat(counts, first)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))

"""Builds ``channel.bin`` from aligned lines: operations by expectation maximisation, and a memory of whole tokens."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration.channel import FILE, Array, Operations, write_channels
from ocr_pipeline.training.channel_cuts import Seen, bare_of_signs, piece_counts
from ocr_pipeline.training.channel_em import PRIOR_NONE, PRIOR_ONE, PRIOR_TWO, learn
from ocr_pipeline.training.channel_pairs import bare
from ocr_pipeline.training.evidence import Pairs, pieces, pooled

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_TONES: Final = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
_VOWELS: Final = "aăâeêioôơuưy"
# A character or an operation seen less often than this is noise.
_RARE_CHARACTER: Final = 20.0
_RARE_OPERATION: Final = 0.9
_RARE_MEMORY: Final = 2.0
_RARE_PIECE: Final = 0.9
# A letter or digit may be a speck beside any letter: no such insertion costs more than this (nats).
_SPECK: Final = 7.5
# Confusions of letters that differ only in their marks and case, where none of them was ever seen (nats).
_UNSEEN: Final = 10.0
# What was seen of letters that differ in their marks counts as so many observations; a chance below this is none.
_KIN: Final = 4.0
_LEAST_CHANCE: Final = 2e-5
_LONGEST_ALPHABET: Final = 250


def build(
    shared: Path,
    out: Path,
    *,
    dictionaries: Dictionaries | None = None,
    more: Sequence[Path] = (),
    keep: Callable[[str], bool] = lambda _: True,
) -> None:
    """Write ``out/channel.bin``; ``keep`` leaves documents out, for figures on those that were not learned from.

    ``more`` are files of aligned lines of real scans beside those of ``shared``. InputError where one is none.
    """
    pairs = pooled(pieces(shared, dictionaries or Dictionaries.load(), more), keep=keep)
    alphabet = _alphabet(pairs)
    channels = {name: _learned(counts, alphabet) for name, counts in pairs.items()}
    (out / FILE).write_bytes(write_channels(alphabet, channels))


def _learned(counts: Counter[tuple[str, str]], alphabet: str) -> tuple[Operations, tuple[str, str, str]]:
    operations = _operations(counts, alphabet)
    onsets, rhymes = piece_counts(counts, operations, alphabet)
    return operations, (_as_text(onsets, _RARE_PIECE), _as_text(rhymes, _RARE_PIECE), _memory(counts))


def _alphabet(pairs: Pairs) -> str:
    counts: Counter[str] = Counter()
    for family in pairs.values():
        for (printed, recognised), weight in family.items():
            for c in printed + recognised:
                counts[c] += weight
    letters = set(_LETTERS + "đ") | {unicodedata.normalize("NFC", v + t) for v in _VOWELS for t in _TONES}
    always = letters | {c.upper() for c in letters} | set("0123456789")
    frequent = [c for c, n in counts.most_common() if n >= _RARE_CHARACTER and c not in always]
    return "".join(sorted(always | set(frequent[: _LONGEST_ALPHABET - len(always)])))


def _operations(counts: Counter[tuple[str, str]], alphabet: str) -> Operations:
    code = {c: i + 2 for i, c in enumerate(alphabet)}
    base = np.arange(256)
    for c, i in code.items():
        base[i] = code.get(bare(c), i)

    def encode(text: str) -> bytes:
        return bytes(code.get(c, 1) for c in text)

    learned = learn([(encode(a), encode(b), float(w)) for (a, b), w in sorted(counts.items())], base)
    costs = _with_kin(_usable(learned, code[" "]), _kin(code))
    return _arranged(_smoothed(costs, base, frozenset(i for c, i in code.items() if c.isalnum())))


def _kin(code: dict[str, int]) -> Array:
    """By code, the code of the same letter without marks, in its own case: what a recogniser does to one it may do to all."""
    kin = np.arange(256)
    for c, i in code.items():
        kin[i] = code.get(bare(c).upper() if c != c.lower() else bare(c), i)
    return kin


def _usable(learned: dict[int, tuple[float, float]], space: int) -> dict[tuple[int, int], float]:
    """(recognised, printed) -> count of the operations that a search may use: those without spaces and rare characters."""
    counts = {}
    for key, (_, count) in learned.items():
        recognised, printed = key >> 16, key & 0xFFFF
        spaced = space in (recognised & 255, recognised >> 8 & 255, recognised >> 16, printed & 255, printed >> 8)
        if not spaced and 1 not in (printed & 255, printed >> 8):
            counts[recognised, printed] = count
    return counts


def _with_kin(counts: dict[tuple[int, int], float], kin: Array) -> dict[tuple[int, int], float]:
    """(recognised, printed) -> cost: what was seen of the printed letters, and, of some weight, of those that are like them."""
    totals: defaultdict[int, float] = defaultdict(float)
    together: defaultdict[tuple[int, int], float] = defaultdict(float)
    members: defaultdict[int, set[int]] = defaultdict(set)
    for (recognised, printed), count in counts.items():
        like = int(kin[printed & 255]) | int(kin[printed >> 8]) << 8 if printed > 255 else int(kin[printed])
        totals[printed] += count
        together[recognised, like] += count
        members[like].add(printed)
    costs = {}
    for (recognised, like), count in together.items():
        share = count / sum(totals[printed] for printed in members[like])
        for printed in members[like] if count >= _RARE_OPERATION else ():
            prior = PRIOR_NONE if not printed else PRIOR_TWO if printed > 255 else PRIOR_ONE
            own = counts.get((recognised, printed), 0.0)
            chance = ((own if own >= _RARE_OPERATION else 0.0) + _KIN * share) / (totals[printed] + 1.0 + _KIN)
            if chance > _LEAST_CHANCE:
                costs[recognised, printed] = -math.log(prior * chance)
    return costs


def _smoothed(costs: dict[tuple[int, int], float], base: Array, letters: frozenset[int]) -> dict[tuple[int, int], float]:
    """The costs, with those of unseen but likely operations: any letter put in, marks lost or won."""
    for recognised in range(2, 256):
        if recognised in letters:
            costs[recognised, 0] = min(_SPECK, costs.get((recognised, 0), _SPECK))
        for printed in range(2, 256):
            if base[printed] == base[recognised]:
                costs.setdefault((recognised, printed), _UNSEEN)
    return costs


def _arranged(costs: dict[tuple[int, int], float]) -> Operations:
    order = sorted(costs, key=lambda operation: (operation[0], costs[operation], operation[1]))
    recognised = np.array([r for r, _ in order], np.int64)
    keys, starts = np.unique(recognised, return_index=True)
    return Operations(
        keys,
        np.append(starts, len(order)).astype(np.int32),
        np.array([p for _, p in order], np.uint16),
        np.array([costs[k] for k in order], np.float32),
    )


def _memory(counts: Counter[tuple[str, str]]) -> str:
    words: Seen = defaultdict(Counter)
    for (printed, recognised), weight in sorted(counts.items()):
        word, token = (bare_of_signs(x).lower() for x in (printed, recognised))
        if word.isalpha() and token and " " not in token:
            words[word][token] += weight
    return _as_text(words, _RARE_MEMORY)


def _as_text(seen: Seen, rare: float) -> str:
    """A line for each printed text: it, its count, and what was recognised for it not too rarely, with counts."""
    lines = []
    for printed, tokens in sorted(seen.items()):
        kept = [f"{t}\t{n:.4g}" for t, n in sorted(tokens.items()) if n >= rare]
        if kept:
            lines.append("\t".join([printed, f"{sum(tokens.values()):.5g}", *kept]))
    return "\n".join(lines)

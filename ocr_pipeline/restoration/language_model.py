"""Trigram language model over tone-unified, lower-case syllables: its file format, look-up, and words of a text.

File ``language_model.bin``, little-endian: magic, version, sizes (``_HEADER``), then the arrays of ``_layout`` in that
order, each starting at a multiple of 8 bytes. Log probabilities and back-off weights are 8-bit codes into
``levels``; the successors of a word, and of a pair of words, are sorted, so that a look-up is a binary search.
The whole is mapped into memory: processes share the pages, and loading costs milliseconds.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import regex
from numba import njit

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError
from ocr_pipeline.orthography import is_syllable, nfc, unify
from ocr_pipeline.restoration.compiled import compiled

FILE: Final = "language_model.bin"
UNKNOWN: Final = "<unk>"
START: Final = "<s>"
NUMBER: Final = "<num>"
SYMBOL: Final = "<sym>"
CLASSES: Final = (UNKNOWN, START, NUMBER, SYMBOL)
UNK: Final = 0
BOS: Final = 1
NUM: Final = 2
SYM: Final = 3

_MAGIC: Final = b"OPLM"
_VERSION: Final = 1
# magic, version, words, bigrams, trigrams, bytes of the strings
_HEADER: Final = struct.Struct("<4sIIIII")
# One absolute offset into the trigrams for this many bigrams (as a power of two), the rest relative: 2 bytes, not 4.
_BLOCK: Final = 4

_EDGES: Final = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$")
_ADDRESS: Final = regex.compile(r"@|://|^www\.", regex.IGNORECASE)
_NUMERIC: Final = regex.compile(r"\d[\d.,:/%x×–-]*")
_POWER: Final = regex.compile(r"(?:[kcdm]?m|ha)[23]")
_CODE: Final = regex.compile(r"[\p{Lu}\d][\p{L}\d&.]*(?:[-–/][\p{Lu}\d][\p{L}\d&.]*)*")
_SENTENCE_END: Final = regex.compile(r"[.;:?!…][^\p{L}\p{N}]*$")
# Points that end no sentence: list numbers, initials, signing marks (KT., TM.), titles.
_ABBREVIATION: Final = regex.compile(r"[^\p{L}\p{N}]*(?:[\d.]+|\p{Lu}{1,2}|TUQ|Tp|Th|ThS|PGS|Gs)\.")
_PIECE: Final = regex.compile(r"[\p{L}\p{N}\p{M}]+")
_LETTERS: Final = regex.compile(r"\p{L}+")


class Tables(NamedTuple):
    """The arrays of the model, as ``trigram_logprob`` takes them; ``levels`` rows: bigram, back-off, trigram (nats)."""

    unigram: npt.NDArray[np.float32]
    unigram_backoff: npt.NDArray[np.float32]
    bigram_start: npt.NDArray[np.uint32]
    bigram_word: npt.NDArray[np.uint16]
    bigram_code: npt.NDArray[np.uint8]
    backoff_code: npt.NDArray[np.uint8]
    trigram_base: npt.NDArray[np.uint32]
    trigram_offset: npt.NDArray[np.uint16]
    trigram_word: npt.NDArray[np.uint16]
    trigram_code: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.float32]


class Casing(NamedTuple):
    """How each word is written inside a sentence: shares of lower, Title and UPPER in 1/255, the rest mixed."""

    lower: npt.NDArray[np.uint8]
    title: npt.NDArray[np.uint8]
    upper: npt.NDArray[np.uint8]


def words_of(token: str) -> tuple[str, ...]:
    """The words of a token between spaces, as written; numbers and document symbols as their class.

    Punctuation is transparent. One rule for training and look-up, or the counts would not fit the questions.

    >>> words_of("(kinh"), words_of("tế-xã"), words_of("19/5/2025,"), words_of("57-NQ/TW;"), words_of("QĐ-UBND")
    (('kinh',), ('tế', 'xã'), ('<num>',), ('<sym>',), ('<sym>',))
    """
    core = _EDGES.sub("", nfc(token))
    if not core:
        return ()
    if _ADDRESS.search(core):
        return (UNKNOWN,)
    if _NUMERIC.fullmatch(core):
        return (NUMBER,)
    if _is_symbol(core):
        return (SYMBOL,)
    return tuple(_class_of(piece) for piece in _PIECE.findall(core))


def ends_sentence(token: str) -> bool:
    """Whether the next token begins a sentence, so that its words may be asked for after ``BOS``.

    The model knows sentence starts both ways: after ``BOS``, and after the last words of the sentence before.

    >>> [ends_sentence(t) for t in ("Tỉnh;", "sau:”", "1.", "KT.", "2025", "VT.")]
    [True, True, False, False, False, False]
    """
    return bool(_SENTENCE_END.search(token)) and not _ABBREVIATION.fullmatch(token)


def _is_symbol(core: str) -> bool:
    """Whether a token is a code: capitals in groups, or capitals and digits (57-NQ/TW, NĐ-CP, QH15, A4)."""
    parts = _LETTERS.findall(core)
    if not parts or not _CODE.fullmatch(core):
        return False
    letters = "".join(parts)
    if sum(c.isupper() for c in letters) * 2 <= len(letters):
        return False
    if any(c.isdigit() for c in core):
        return True
    # T/M and K/T before a signature are words; so are syllables joined by a hyphen in a heading.
    grouped = len(parts) > 1 and ("/" in core or "-" in core) and len(letters) > len(parts)
    return grouped and not all(is_syllable(p) for p in parts)


def _class_of(piece: str) -> str:
    if piece.isalpha() or _POWER.fullmatch(piece.lower()):
        return piece
    return NUMBER if piece[0].isdigit() else SYMBOL


class LanguageModel:
    """The trained model. Words are lower case, NFC, tone mark in the new place; ids fit 16 bits.

    >>> model = LanguageModel.load(Dictionaries.load())
    >>> model.index("Uỷ") == model.index("ỦY") == model.index("ủy")
    True
    >>> model.words[model.index("57-NQ/TW")], model.words[model.index("hoà")]
    ('<sym>', 'hòa')
    """

    def __init__(self, words: Sequence[str], forms: Sequence[str], keys: Sequence[str], tables: Tables, casing: Casing) -> None:
        self.words: Final = tuple(words)
        self.forms: Final = tuple(forms)
        self.tables: Final = tables
        self.casing: Final = casing
        self._ids: Final = {key: number for number, key in enumerate(keys)}

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> LanguageModel:
        """The model that came with the dictionaries, mapped, not read: one copy serves every worker process."""
        return _parse(dictionaries.mapped(FILE))

    @staticmethod
    def open(path: Path) -> LanguageModel:
        """A model at a path of its own, for measurements."""
        return _parse(path.read_bytes())

    def index(self, word: str) -> int:
        """The id of a word in any written form; numbers and symbols give their class, others ``UNK``."""
        known = self._ids.get(unify(word))
        return known if known is not None else self._index_odd(word)

    def _index_odd(self, word: str) -> int:
        words = words_of(word)
        return self._ids.get(unify(words[0]), UNK) if len(words) == 1 else UNK

    def ids(self, text: str) -> list[int]:
        """The ids of a text's words, punctuation left out.

        >>> model = LanguageModel.load(Dictionaries.load())
        >>> [model.words[i] for i in model.ids("ngày 19/5/2025 của")]
        ['ngày', '<num>', 'của']
        """
        return [self._ids.get(unify(word), UNK) for token in text.split() for word in words_of(token)]

    def logprob(self, words: Iterable[str]) -> float:
        """Natural logarithm of the probability of a sentence's words from its start."""
        total, u, v = 0.0, BOS, BOS
        for w in map(self.index, words):
            total += plain_logprob(self.tables, u, v, w)
            u, v = v, w
        return total


# Set into their callers: handing eleven arrays on costs more than the search.
_inlined: Final = njit(inline="always")


@_inlined  # type: ignore[untyped-decorator]  # numba has no types
def _find(words: npt.NDArray[np.uint16], low: int, high: int, word: int) -> int:
    """Position of a word among sorted successors, or -1."""
    left = high - low
    if left <= 0:
        return -1
    # Halving without a jump that cannot be foreseen.
    while left > 1:
        half = left >> 1
        low += half * (words[low + half] <= word)
        left -= half
    return low if words[low] == word else -1


@_inlined  # type: ignore[untyped-decorator]
def _after_word(tables: Tables, v: int, w: int) -> float:
    at = _find(tables.bigram_word, np.int64(tables.bigram_start[v]), np.int64(tables.bigram_start[v + 1]), w)
    if at >= 0:
        return float(tables.levels[0, tables.bigram_code[at]])
    return float(tables.unigram_backoff[v]) + float(tables.unigram[w])


@_inlined  # type: ignore[untyped-decorator]
def _pair(tables: Tables, u: int, v: int) -> int:
    return int(_find(tables.bigram_word, np.int64(tables.bigram_start[u]), np.int64(tables.bigram_start[u + 1]), v))


@_inlined  # type: ignore[untyped-decorator]
def _after_pair(tables: Tables, pair: int, v: int, w: int) -> float:
    if pair < 0:
        return float(_after_word(tables, v, w))
    low = np.int64(tables.trigram_base[pair >> 4]) + np.int64(tables.trigram_offset[pair])
    high = np.int64(tables.trigram_base[(pair + 1) >> 4]) + np.int64(tables.trigram_offset[pair + 1])
    found = _find(tables.trigram_word, low, high, w)
    if found >= 0:
        return float(tables.levels[2, tables.trigram_code[found]])
    return float(tables.levels[1, tables.backoff_code[pair]]) + float(_after_word(tables, v, w))


@compiled
def bigram_logprob(tables: Tables, v: int, w: int) -> float:
    """Log probability (nats) of the word ``w`` after ``v``."""
    return float(_after_word(tables, v, w))


@compiled
def context_of(tables: Tables, u: int, v: int) -> int:
    """Where the pair ``u v`` stands among the bigrams, or -1: found once for all words that may follow it."""
    return int(_pair(tables, u, v))


@compiled
def logprob_in_context(tables: Tables, context: int, v: int, w: int) -> float:
    """Log probability (nats) of the word ``w`` after ``v`` in a context that ``context_of`` gave."""
    return float(_after_pair(tables, context, v, w))


@compiled
def trigram_logprob(tables: Tables, u: int, v: int, w: int) -> float:
    """Log probability (nats) of the word ``w`` after ``u v``, with back-off to shorter contexts."""
    return float(_after_pair(tables, _pair(tables, u, v), v, w))


def plain_logprob(tables: Tables, u: int, v: int, w: int) -> float:
    """The same as ``trigram_logprob``, in plain Python: the twin that tests compare with."""
    pair = _successor(tables.bigram_word, int(tables.bigram_start[u]), int(tables.bigram_start[u + 1]), v)
    shift = 0.0
    if pair is not None:
        low, high = (int(tables.trigram_base[p >> _BLOCK]) + int(tables.trigram_offset[p]) for p in (pair, pair + 1))
        triple = _successor(tables.trigram_word, low, high, w)
        if triple is not None:
            return float(tables.levels[2, tables.trigram_code[triple]])
        shift = float(tables.levels[1, tables.backoff_code[pair]])
    last = _successor(tables.bigram_word, int(tables.bigram_start[v]), int(tables.bigram_start[v + 1]), w)
    if last is not None:
        return shift + float(tables.levels[0, tables.bigram_code[last]])
    return shift + float(tables.unigram_backoff[v]) + float(tables.unigram[w])


def _successor(words: npt.NDArray[np.uint16], low: int, high: int, word: int) -> int | None:
    at = low + int(np.searchsorted(words[low:high], word))
    return at if at < high and words[at] == word else None


class Model(NamedTuple):
    """Everything that goes into the file; ``trigram_start`` has one absolute offset per bigram and the end."""

    words: Sequence[str]
    forms: Sequence[str]
    casing: Casing
    unigram: npt.NDArray[np.float32]
    unigram_backoff: npt.NDArray[np.float32]
    bigram_start: npt.NDArray[np.uint32]
    bigram_word: npt.NDArray[np.uint16]
    bigram_code: npt.NDArray[np.uint8]
    backoff_code: npt.NDArray[np.uint8]
    trigram_start: npt.NDArray[np.int64]
    trigram_word: npt.NDArray[np.uint16]
    trigram_code: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.float32]


def write(model: Model, path: Path) -> None:
    """The model as one file: the same bytes for the same model, whole or not at all."""
    strings = "\n".join("\t".join(t) for t in zip(model.words, model.forms, map(unify, model.words), strict=True)).encode()
    base = model.trigram_start[:: 1 << _BLOCK]
    offset = model.trigram_start - np.repeat(base, 1 << _BLOCK)[: len(model.trigram_start)]
    if offset.max(initial=0) > np.iinfo(np.uint16).max:
        raise DictionaryError("too many trigrams share one context", remedy="Keep fewer trigrams.")
    tables = Tables(
        model.unigram, model.unigram_backoff, model.bigram_start, model.bigram_word, model.bigram_code,
        model.backoff_code, base, offset, model.trigram_word, model.trigram_code, model.levels,  # type: ignore[arg-type]
    )  # fmt: skip
    sizes = (len(model.words), len(model.bigram_word), len(model.trigram_word), len(strings))
    arrays = [np.frombuffer(strings, np.uint8), *model.casing, *tables]
    body = b"".join(
        _padded(np.ascontiguousarray(a, dtype=kind).tobytes()) for a, (kind, _) in zip(arrays, _layout(*sizes), strict=True)
    )
    partial = path.with_suffix(".partial")
    partial.write_bytes(_padded(_HEADER.pack(_MAGIC, _VERSION, *sizes)) + body)
    partial.replace(path)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def _layout(words: int, bigrams: int, trigrams: int, strings: int) -> list[tuple[str, int]]:
    """Type and length of each array of the file: strings, casing, then the fields of ``Tables``."""
    blocks = (bigrams >> _BLOCK) + 1
    return [
        ("u1", strings), ("u1", words), ("u1", words), ("u1", words),
        ("<f4", words), ("<f4", words), ("<u4", words + 1),
        ("<u2", bigrams), ("u1", bigrams), ("u1", bigrams),
        ("<u4", blocks), ("<u2", bigrams + 1), ("<u2", trigrams), ("u1", trigrams), ("<f4", 3 * 256),
    ]  # fmt: skip


def _parse(data: Any) -> LanguageModel:
    try:
        magic, version, *sizes = _HEADER.unpack_from(data)
    except struct.error:
        magic, version, sizes = b"", 0, []
    if (magic, version) != (_MAGIC, _VERSION):
        raise DictionaryError(f"{FILE} is not a language model of version {_VERSION}", remedy="Run `make dictionaries`.")
    arrays: list[npt.NDArray[Any]] = []
    at = len(_padded(bytes(_HEADER.size)))
    for kind, length in _layout(*sizes):
        try:
            arrays.append(np.frombuffer(data, kind, length, at))
        except ValueError as error:
            raise DictionaryError(f"{FILE} is truncated", remedy="Run `make dictionaries`.") from error
        at += -(-arrays[-1].nbytes // 8) * 8
    rows = [row.split("\t") for row in arrays[0].tobytes().decode().split("\n")]
    words, forms, keys = zip(*rows, strict=True)
    tables = Tables._make([*arrays[4:-1], arrays[-1].reshape(3, 256)])
    return LanguageModel(words, forms, keys, tables, Casing(*arrays[1:4]))

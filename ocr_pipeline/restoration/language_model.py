"""Language model of up to four words over tone-unified, lower-case syllables: file format, look-up, words of a text.

File ``language_model.bin``, little-endian: magic, version, sizes (``_HEADER``), then the arrays of ``_layout`` in that
order, each starting at a multiple of 8 bytes. Log probabilities and back-off weights are 8-bit codes into
``levels``; the successors of a word, of two and of three words are sorted, so that a look-up is a binary search.
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

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError
from ocr_pipeline.orthography import is_syllable, nfc, unify

Array = npt.NDArray[Any]
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
_VERSION: Final = 2
# magic, version, words, n-grams of two, three and four words, bytes of the strings
_HEADER: Final = struct.Struct("<4sIIIIII")
# One absolute offset into the longer n-grams for this many shorter ones (as a power of two), the rest relative: 2 bytes, not 4.
_BLOCK: Final = 4

EDGES: Final = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$")
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
    """The arrays of the model, the n-grams of each length sorted, so that those with one context lie together.

    Those that follow the context ``k`` are ``base[k >> 4] + offset[k]`` to ``base[(k + 1) >> 4] + offset[k + 1]``. Rows of
    ``levels`` (nats): log probabilities of two words, their back-off weights, the same of three, probabilities of four.
    """

    unigram: npt.NDArray[np.float32]
    unigram_backoff: npt.NDArray[np.float32]
    bigram_start: npt.NDArray[np.uint32]
    bigram_word: npt.NDArray[np.uint16]
    bigram_code: npt.NDArray[np.uint8]
    bigram_backoff: npt.NDArray[np.uint8]
    trigram_base: npt.NDArray[np.uint32]
    trigram_offset: npt.NDArray[np.uint16]
    trigram_word: npt.NDArray[np.uint16]
    trigram_code: npt.NDArray[np.uint8]
    trigram_backoff: npt.NDArray[np.uint8]
    quad_base: npt.NDArray[np.uint32]
    quad_offset: npt.NDArray[np.uint16]
    quad_word: npt.NDArray[np.uint16]
    quad_code: npt.NDArray[np.uint8]
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
    core = EDGES.sub("", nfc(token))
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
        total, context = 0.0, (BOS, BOS, BOS)
        for w in map(self.index, words):
            total += logprob(self.tables, context, w)
            context = (*context[1:], w)
        return total


def logprob(tables: Tables, context: tuple[int, int, int], w: int) -> float:
    """Log probability (nats) of the word ``w`` after three words, with back-off to the last two, the last, and none.

    In plain Python: the search has the same in machine code, and tests compare the two.
    """
    t, u, v = context
    shift = 0.0
    triple = _triple(tables, t, u, v)
    if triple is not None:
        found = _successor(tables.quad_word, *_range(tables.quad_base, tables.quad_offset, triple), w)
        if found is not None:
            return float(tables.levels[4, tables.quad_code[found]])
        shift = float(tables.levels[3, tables.trigram_backoff[triple]])
    pair = _pair(tables, u, v)
    if pair is not None:
        found = _successor(tables.trigram_word, *_range(tables.trigram_base, tables.trigram_offset, pair), w)
        if found is not None:
            return shift + float(tables.levels[2, tables.trigram_code[found]])
        shift += float(tables.levels[1, tables.bigram_backoff[pair]])
    found = _pair(tables, v, w)
    if found is not None:
        return shift + float(tables.levels[0, tables.bigram_code[found]])
    return shift + float(tables.unigram_backoff[v]) + float(tables.unigram[w])


def _pair(tables: Tables, u: int, v: int) -> int | None:
    return _successor(tables.bigram_word, int(tables.bigram_start[u]), int(tables.bigram_start[u + 1]), v)


def _triple(tables: Tables, t: int, u: int, v: int) -> int | None:
    pair = _pair(tables, t, u)
    return None if pair is None else _successor(tables.trigram_word, *_range(tables.trigram_base, tables.trigram_offset, pair), v)


def _range(base: npt.NDArray[np.uint32], offset: npt.NDArray[np.uint16], context: int) -> tuple[int, int]:
    low, high = (int(base[k >> _BLOCK]) + int(offset[k]) for k in (context, context + 1))
    return low, high


def _successor(words: npt.NDArray[np.uint16], low: int, high: int, word: int) -> int | None:
    at = low + int(np.searchsorted(words[low:high], word))
    return at if at < high and words[at] == word else None


class Model(NamedTuple):
    """Everything that goes into the file; each of the ``start`` arrays has one absolute offset per context and the end."""

    words: Sequence[str]
    forms: Sequence[str]
    casing: Casing
    unigram: npt.NDArray[np.float32]
    unigram_backoff: npt.NDArray[np.float32]
    bigram_start: npt.NDArray[np.int64]
    bigram_word: npt.NDArray[np.uint16]
    bigram_code: npt.NDArray[np.uint8]
    bigram_backoff: npt.NDArray[np.uint8]
    trigram_start: npt.NDArray[np.int64]
    trigram_word: npt.NDArray[np.uint16]
    trigram_code: npt.NDArray[np.uint8]
    trigram_backoff: npt.NDArray[np.uint8]
    quad_start: npt.NDArray[np.int64]
    quad_word: npt.NDArray[np.uint16]
    quad_code: npt.NDArray[np.uint8]
    levels: npt.NDArray[np.float32]


def write(model: Model, path: Path) -> None:
    """The model as one file: the same bytes for the same model, whole or not at all."""
    strings = "\n".join("\t".join(t) for t in zip(model.words, model.forms, map(unify, model.words), strict=True)).encode()
    tables = (
        model.unigram, model.unigram_backoff, model.bigram_start, model.bigram_word, model.bigram_code, model.bigram_backoff,
        *_blocks(model.trigram_start), model.trigram_word, model.trigram_code, model.trigram_backoff,
        *_blocks(model.quad_start), model.quad_word, model.quad_code, model.levels,
    )  # fmt: skip
    sizes = (len(model.words), len(model.bigram_word), len(model.trigram_word), len(model.quad_word), len(strings))
    arrays = [np.frombuffer(strings, np.uint8), *model.casing, *tables]
    body = b"".join(
        _padded(np.ascontiguousarray(a, dtype=kind).tobytes()) for a, (kind, _) in zip(arrays, _layout(*sizes), strict=True)
    )
    partial = path.with_suffix(".partial")
    partial.write_bytes(_padded(_HEADER.pack(_MAGIC, _VERSION, *sizes)) + body)
    partial.replace(path)


def _blocks(starts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Offsets as absolute ones of every block, and relative ones: 2 bytes each, not 4."""
    base = starts[:: 1 << _BLOCK]
    offset = starts - np.repeat(base, 1 << _BLOCK)[: len(starts)]
    if offset.max(initial=0) > np.iinfo(np.uint16).max:
        raise DictionaryError("too many n-grams share one context", remedy="Keep fewer n-grams.")
    return base, offset


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 8)


def _layout(words: int, bigrams: int, trigrams: int, quads: int, strings: int) -> list[tuple[str, int]]:
    """Type and length of each array of the file: strings, casing, then the fields of ``Tables``."""
    return [
        ("u1", strings), ("u1", words), ("u1", words), ("u1", words),
        ("<f4", words), ("<f4", words), ("<u4", words + 1), ("<u2", bigrams), ("u1", bigrams), ("u1", bigrams),
        ("<u4", (bigrams >> _BLOCK) + 1), ("<u2", bigrams + 1), ("<u2", trigrams), ("u1", trigrams), ("u1", trigrams),
        ("<u4", (trigrams >> _BLOCK) + 1), ("<u2", trigrams + 1), ("<u2", quads), ("u1", quads), ("<f4", 5 * 256),
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
    tables = Tables._make([*arrays[4:-1], arrays[-1].reshape(5, 256)])
    return LanguageModel(words, forms, keys, tables, Casing(*arrays[1:4]))

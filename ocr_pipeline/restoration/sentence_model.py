"""What a whole sentence makes of a doubtful word: a small network that sees eight words on either side of it.

The search knows three words to the left. Where it hesitates, this model weighs the same readings by what stands around
them: words, their case and the signs between them. It chooses among readings and never makes one: what no channel explains
is not written.

File ``sentence_model.bin``, little-endian: magic, version, words, width of a word, width of the hidden layers, bytes of the
words; the words themselves, a line each, so that another language model can be trained without this one. Then six
matrices, each as 4-byte scales of its rows and its rows in whole bytes: words around, guises, the two hidden layers, outward
layer, words to choose from; at last, in 4 bytes each, the four biases.
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import DictionaryError
from ocr_pipeline.restoration.guises import GUISES
from ocr_pipeline.restoration.language_model import BOS, UNK, LanguageModel

FILE: Final = "sentence_model.bin"
# Words on either side of the one in question, and where they stand.
SIDE: Final = 8
AROUND: Final = np.array([*range(-SIDE, 0), *range(1, SIDE + 1)])
_MAGIC: Final = b"OPSM"
_VERSION: Final = 3
_HEADER: Final = struct.Struct("<4sIIIII")

Array = npt.NDArray[Any]


class Matrix(NamedTuple):
    """Rows of whole bytes, each with its scale."""

    scales: npt.NDArray[np.float32]
    rows: npt.NDArray[np.int8]

    def at(self, wanted: Array) -> npt.NDArray[np.float32]:
        """The wanted rows as numbers."""
        found: npt.NDArray[np.float32] = self.rows[wanted] * self.scales[wanted][..., None]
        return found

    def whole(self) -> npt.NDArray[np.float32]:
        """All rows as numbers."""
        return self.at(np.arange(len(self.rows)))


class Weights(NamedTuple):
    """The network: words around and the guise of the one in question, joined, through the layers, against ``choices``.

    What ``second`` makes of the first hidden layer is added to it.
    """

    words: Matrix
    guises: Matrix
    hidden: Matrix
    second: Matrix
    outward: Matrix
    choices: Matrix
    hidden_bias: npt.NDArray[np.float32]
    second_bias: npt.NDArray[np.float32]
    outward_bias: npt.NDArray[np.float32]
    choices_bias: npt.NDArray[np.float32]


class SentenceModel:
    """The trained network over the words of the language model."""

    def __init__(self, weights: Weights, numbers: Array) -> None:
        """``numbers`` are those of the network for each word of the language model."""
        self.weights: Final = weights
        self.numbers: Final = numbers
        self._guises: Final = weights.guises.whole()
        self._hidden: Final = weights.hidden.whole().T
        self._second: Final = weights.second.whole().T
        self._outward: Final = weights.outward.whole().T

    @staticmethod
    @functools.cache
    def load(dictionaries: Dictionaries) -> SentenceModel:
        """The model that came with the dictionaries; a word that it does not know is to it an unknown one."""
        data = dictionaries.mapped(FILE)
        try:
            magic, version, *sizes, length = _HEADER.unpack_from(data)
        except struct.error:
            magic, version, sizes, length = b"", 0, [], 0
        if (magic, version) != (_MAGIC, _VERSION):
            raise DictionaryError(f"{FILE} is not a sentence model of version {_VERSION}", remedy="Run `make dictionaries`.")
        known = {word: k for k, word in enumerate(data[_HEADER.size : _HEADER.size + length].decode().split("\n"))}
        numbers = np.array([known.get(word, UNK) for word in LanguageModel.load(dictionaries).words])
        try:
            return SentenceModel(_parse(data, _HEADER.size + length, *sizes), numbers)
        except ValueError as error:
            raise DictionaryError(f"{FILE} is truncated", remedy="Run `make dictionaries`.") from error

    def vectors(self, words: Array) -> Array:
        """A vector for each word, as it stands around others; where it is doubtful which word stands, take their mean."""
        return self.weights.words.at(self.numbers[words])

    def seen_from(self, words: Array, vectors: Array, guises: Array, places: Array) -> Array:
        """What stands around ``places``: a row each, to be given to ``scores``.

        ``words`` are numbers of words of a document, ``BOS`` between its paragraphs: nothing beyond it is seen; ``vectors``
        are what stands at each of them, ``guises`` how it does.
        """
        at = (places + SIDE)[:, None] + AROUND
        beyond = within_paragraph(np.pad(words, SIDE, constant_values=BOS)[at]) == BOS
        around = np.pad(vectors + self._guises[guises], ((SIDE, SIDE), (0, 0)))[at]
        around[beyond] = self.vectors(np.array(BOS)) + self._guises[0]
        joined = np.concatenate([around.reshape(len(places), -1), self._guises[guises[places]]], axis=1)
        weights = self.weights
        first = _gelu(joined @ self._hidden + weights.hidden_bias)
        second = first + _gelu(first @ self._second + weights.second_bias)
        found: Array = second @ self._outward + weights.outward_bias
        return found

    def scores(self, seen: Array, words: Array) -> Array:
        """Logarithms of the chances of words, a constant for each row of ``seen`` left out."""
        numbers = self.numbers[words]
        found: Array = (seen * self.weights.choices.at(numbers)).sum(axis=-1) + self.weights.choices_bias[numbers]
        return found


def within_paragraph(around: Array) -> Array:
    """Rows of words around a place (``AROUND``), with nothing but ``BOS`` beyond the paragraph of each."""
    left, right = around[:, SIDE - 1 :: -1] == BOS, around[:, SIDE:] == BOS
    closed = np.concatenate([np.cumsum(left, axis=1)[:, ::-1], np.cumsum(right, axis=1)], axis=1) > 0
    found: Array = np.where(closed, BOS, around)
    return found


def _gelu(x: Array) -> Array:
    curve: Array = 0.5 * x * (1.0 + np.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)))
    return curve


def packed(matrices: Sequence[Array], biases: Sequence[Array], words: Sequence[str]) -> bytes:
    """The bytes of the file; ``matrices`` and ``biases`` as in ``Weights``, their rows in the order of ``words``."""
    table, hidden = matrices[0], matrices[2]
    body = b"".join(scales.tobytes() + rows.tobytes() for scales, rows in map(_quantised, matrices))
    tail = b"".join(np.ascontiguousarray(bias, np.float32).tobytes() for bias in biases)
    text = "\n".join(words).encode()
    return _HEADER.pack(_MAGIC, _VERSION, *table.shape, len(hidden), len(text)) + text + body + tail


def _quantised(matrix: Array) -> Matrix:
    scales = np.maximum(np.abs(matrix).max(axis=1) / 127.0, 1e-12).astype(np.float32)
    return Matrix(scales, np.rint(matrix / scales[:, None]).astype(np.int8))


def _parse(data: Any, at: int, words: int, width: int, hidden: int) -> Weights:
    matrices = []
    shapes = (
        (words, width),
        (GUISES, width),
        (hidden, len(AROUND) * width + width),
        (hidden, hidden),
        (width, hidden),
        (words, width),
    )
    for rows, columns in shapes:
        scales = np.frombuffer(data, "<f4", rows, at)
        matrices.append(Matrix(scales, np.frombuffer(data, np.int8, rows * columns, at + scales.nbytes).reshape(rows, columns)))
        at += scales.nbytes + rows * columns
    biases = []
    for length in (hidden, hidden, width, words):
        biases.append(np.frombuffer(data, "<f4", length, at))
        at += biases[-1].nbytes
    return Weights(*matrices, *biases)  # type: ignore[arg-type]  # six matrices, four biases

"""Tesseract's model files: the layers of a line recogniser and its alphabet, out of ``traineddata``.

Read after the format that Tesseract 4 and 5 write (``tessdatamanager``, ``network``, ``weightmatrix``, ``unicharset`` and
``unicharcompress`` of its sources). Only networks of the shape that all its Latin models have are told apart: one
convolution, maxima over three by three, columns summed up by an LSTM, LSTMs along the line, a choice of letters.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

# Parts of a model file by their place in its table.
_NETWORK, _LETTERS, _CODES = 17, 21, 22
_SERIES: Final = frozenset({"Series", "XYTranspose", "RTLReversed"})
_OWN_RATES: Final = 64
_WHOLE_BYTES: Final = 1
_DOUBLE: Final = 128
_SPACE: Final = "NULL"
# Letters of Tesseract's own, that stand for no sign.
_NOT_PRINTED: Final = frozenset({"Joined", "|Broken|0|1"})

Bytes = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float32]


class UnknownModel(ValueError):
    """The file is no model, or one of a shape that is not known here."""


class Lstm(NamedTuple):
    """Weights of four gates side by side (new value, input, forget, output), in whole bytes: of the inputs, of the last outputs.

    ``scales`` are what one is worth, for each gate; ``bias`` is worth what it says.
    """

    inputs: Bytes
    last: Bytes
    scales: Floats
    bias: Floats


class Dense(NamedTuple):
    """Weights of the inputs in whole bytes, what one is worth for each output, and biases."""

    inputs: Bytes
    scales: Floats
    bias: Floats


class Layers(NamedTuple):
    """The network from an image so many pixels high to the chances of letters; which LSTMs along the line go backwards."""

    height: int
    strokes: Dense
    columns: Lstm
    along: tuple[Lstm, ...]
    backwards: tuple[bool, ...]
    letters: Dense


class ModelFile(NamedTuple):
    """A line recogniser: its layers, the text of each output, and the output that says nothing."""

    layers: Layers
    texts: tuple[str, ...]
    nothing: int


class _Matrix(NamedTuple):
    """A row an output, the bias last, and what one is worth in each row."""

    rows: Bytes
    scales: Floats


class _Layer(NamedTuple):
    kind: str
    inside: tuple[_Layer, ...]
    weights: tuple[_Matrix, ...]
    sizes: tuple[int, ...]


class _Reader:
    """Reads little-endian values one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def values(self, form: str) -> tuple[Any, ...]:
        """The next values of this ``struct`` format."""
        found = struct.unpack_from("<" + form, self._data, self._at)
        self._at += struct.calcsize("<" + form)
        return found

    def one(self, form: str) -> Any:
        """The next value."""
        return self.values(form)[0]

    def text(self) -> str:
        """The next text, behind its length."""
        length = self.one("I")
        (found,) = self.values(f"{length}s")
        return str(found, "utf-8")

    def numbers(self, form: str, count: int) -> npt.NDArray[Any]:
        """So many numbers of a numpy type."""
        found = np.frombuffer(self._data, form, count, self._at)
        self._at += found.nbytes
        return found


def read_model(path: Path) -> ModelFile:
    """The line recogniser of a ``traineddata`` file; UnknownModel where there is none, or one of another shape."""
    try:
        parts = _parts(path.read_bytes())
        reader = _Reader(parts[_NETWORK])
        layers = _layers(_layer(reader))
        reader.text()
        reader.values("iii")
        nothing = reader.one("i")
        texts = _texts(parts[_LETTERS].decode("utf-8"), _Reader(parts[_CODES]), len(layers.letters.bias))
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise UnknownModel(f"{path.name} has no line recogniser of the known shape") from error
    if not 0 <= nothing < len(texts):
        raise UnknownModel(f"{path.name} has no output for nothing")
    return ModelFile(layers, texts, nothing)


def _parts(data: bytes) -> dict[int, bytes]:
    (count,) = struct.unpack_from("<I", data)
    offsets = struct.unpack_from(f"<{count}q", data, 4)
    there = sorted(offset for offset in offsets if offset >= 0)
    ends = dict(zip(there, [*there[1:], len(data)], strict=True))
    return {number: data[offset : ends[offset]] for number, offset in enumerate(offsets) if offset >= 0}


def _layer(reader: _Reader) -> _Layer:
    reader.one("b")
    kind = reader.text()
    reader.values("bb")
    flags, _, outputs, _ = reader.values("iiii")
    reader.text()
    inside: tuple[_Layer, ...] = ()
    weights: tuple[_Matrix, ...] = ()
    sizes: tuple[int, ...] = (outputs,)
    if kind in _SERIES:
        inside = tuple(_layer(reader) for _ in range(reader.one("I")))
        if flags & _OWN_RATES:
            reader.numbers("<f4", reader.one("I"))
    elif kind == "Input":
        sizes = reader.values("iiiii")
    elif kind in ("Convolve", "Maxpool"):
        sizes = reader.values("ii")
    elif kind in ("LSTM", "SummLSTM"):
        sizes = (reader.one("i"), outputs)
        weights = tuple(_matrix(reader) for _ in range(4))
    elif kind in ("Tanh", "Softmax"):
        weights = (_matrix(reader),)
    else:
        raise UnknownModel(kind)
    return _Layer(kind, inside, weights, sizes)


def _matrix(reader: _Reader) -> _Matrix:
    """Weights in whole bytes; finer ones are made so, as Tesseract does where it is told to make a model faster."""
    mode = reader.one("B")
    if not mode & _DOUBLE:
        raise UnknownModel("weights of an old form")
    rows, columns = reader.values("II")
    if mode & _WHOLE_BYTES:
        reader.one("b")
        matrix = reader.numbers("i1", rows * columns).reshape(rows, columns)
        scales = reader.numbers("<f8", reader.one("I"))[:rows]
        return _Matrix(matrix, scales.astype(np.float32))
    reader.one("d")
    fine = reader.numbers("<f8", rows * columns).reshape(rows, columns)
    scales = np.maximum(np.abs(fine).max(axis=1), np.finfo(np.float32).tiny) / np.iinfo(np.int8).max
    return _Matrix(np.rint(fine / scales[:, None]).astype(np.int8), scales.astype(np.float32))


def _layers(network: _Layer) -> Layers:
    first, strokes, most, columns, *along, letters = network.inside
    _, height, width, depth, _ = first.sizes
    convolve, tanh = strokes.inside
    (summed,) = columns.inside
    plain = [layer.inside[0] if layer.kind == "RTLReversed" else layer for layer in along]
    kinds = (first.kind, strokes.kind, convolve.kind, tanh.kind, most.kind, columns.kind, summed.kind, letters.kind)
    known = ("Input", "Series", "Convolve", "Tanh", "Maxpool", "XYTranspose", "SummLSTM", "Softmax")
    shapes = (width, depth, convolve.sizes, most.sizes, tanh.weights[0].rows.shape[1])
    if kinds != known or shapes != (0, 1, (1, 1), (3, 3), 10) or {layer.kind for layer in plain} != {"LSTM"}:
        raise UnknownModel(" ".join(kinds))
    backwards = tuple(layer.kind == "RTLReversed" for layer in along)
    return Layers(height, _dense(tanh), _lstm(summed), tuple(map(_lstm, plain)), backwards, _dense(letters))


def _dense(layer: _Layer) -> Dense:
    ((rows, scales),) = layer.weights
    return Dense(np.ascontiguousarray(rows[:, :-1].T), scales, rows[:, -1] * scales)


def _lstm(layer: _Layer) -> Lstm:
    width = layer.sizes[1]
    gates, scales = (np.concatenate(parts) for parts in zip(*layer.weights, strict=True))
    inputs = layer.sizes[0] - width
    if gates.shape != (4 * width, layer.sizes[0] + 1):
        raise UnknownModel("an LSTM of two dimensions")
    inwards, last = gates[:, :inputs], gates[:, inputs:-1]
    return Lstm(np.ascontiguousarray(inwards.T), np.ascontiguousarray(last.T), scales, gates[:, -1] * scales)


def _texts(letters: str, codes: _Reader, outputs: int) -> tuple[str, ...]:
    """The text of each output; empty for what is not printed."""
    texts = [""] * outputs
    lines = letters.split("\n")[1:]
    for number in range(codes.one("I")):
        codes.one("b")
        code = codes.values(f"{codes.one('i')}i")
        if len(code) != 1:
            raise UnknownModel("letters of more than one code")
        letter = lines[number].split(" ", 1)[0]
        texts[code[0]] = " " if letter == _SPACE else "" if letter in _NOT_PRINTED else letter
    return tuple(texts)

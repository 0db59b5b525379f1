"""Tesseract's network without Tesseract: the model file, the layers, the decoding, the boxes."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline.compiled import Flat, Kernel
from ocr_pipeline.document import Box
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.line_network import decoding, products, reader
from ocr_pipeline.line_network.decoding import Decoder
from ocr_pipeline.line_network.kernels import activation
from ocr_pipeline.line_network.kernels.activation import ONE, ZERO
from ocr_pipeline.line_network.line_images import line_image
from ocr_pipeline.line_network.model_file import Layers, Lstm, ModelFile, UnknownModel, read_model
from ocr_pipeline.line_network.network import Network
from ocr_pipeline.line_network.products import Product
from ocr_pipeline.line_network.reader import LineReader
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings
from ocr_pipeline.training.typesetting import font_path

HEIGHT, FILTERS, SUMMED, ALONG = 12, 4, 5, 6
LETTERS = ("NULL", "Joined", "a", "ẩ", "1", "l", ".")
NOTHING = len(LETTERS)


# --- a model file, written as Tesseract writes it


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def _head(kind: str, inputs: int, outputs: int) -> bytes:
    return b"\0" + _text(kind) + struct.pack("<bbiiii", 0, 0, 192, inputs, outputs, 0) + _text(kind)


def _series(kind: str, *inside: bytes) -> bytes:
    return _head(kind, 0, 0) + struct.pack("<I", len(inside)) + b"".join(inside) + struct.pack("<I", 0)


def _matrix(rows: int, columns: int, rng: np.random.Generator, *, whole_bytes: bool) -> bytes:
    if whole_bytes:
        weights = rng.integers(-127, 128, (rows, columns)).astype(np.int8)
        scales = np.full(rows, 0.8 / 127)
        return b"\x81" + struct.pack("<IIb", rows, columns, 0) + weights.tobytes() + struct.pack("<I", rows) + scales.tobytes()
    weights = rng.uniform(-0.8, 0.8, (rows, columns))
    return b"\x80" + struct.pack("<IId", rows, columns, 0.0) + weights.tobytes()


def _lstm(kind: str, inputs: int, outputs: int, rng: np.random.Generator, *, whole_bytes: bool) -> bytes:
    gates = [_matrix(outputs, inputs + outputs + 1, rng, whole_bytes=whole_bytes) for _ in range(4)]
    return _head(kind, inputs, outputs) + struct.pack("<i", inputs + outputs) + b"".join(gates)


def _model(*, whole_bytes: bool = True, pool: int = 3, code: Sequence[int] = (2,)) -> bytes:
    rng = np.random.default_rng(5)
    strokes = _head("Tanh", 9, FILTERS) + _matrix(FILTERS, 10, rng, whole_bytes=whole_bytes)
    network = _series(
        "Series",
        _head("Input", 0, 0) + struct.pack("<iiiii", 1, HEIGHT, 0, 1, 0),
        _series("Series", _head("Convolve", 1, 9) + struct.pack("<ii", 1, 1), strokes),
        _head("Maxpool", FILTERS, FILTERS) + struct.pack("<ii", pool, pool),
        _series("XYTranspose", _lstm("SummLSTM", FILTERS, SUMMED, rng, whole_bytes=whole_bytes)),
        _lstm("LSTM", SUMMED, ALONG, rng, whole_bytes=whole_bytes),
        _series("RTLReversed", _lstm("LSTM", ALONG, ALONG, rng, whole_bytes=whole_bytes)),
        _head("Softmax", ALONG, NOTHING + 1) + _matrix(NOTHING + 1, ALONG + 1, rng, whole_bytes=whole_bytes),
    )
    network += _text("[1,12,0,1 ...]") + struct.pack("<iiii", 65, 1, 1, NOTHING)
    letters = f"{len(LETTERS)}\n" + "".join(f"{letter} 3 0,255 Latin 1\n" for letter in LETTERS)
    codes = [code if k == 2 else (k,) for k in range(len(LETTERS))]
    recoder = struct.pack("<I", len(codes)) + b"".join(struct.pack(f"<bi{len(c)}i", 1, len(c), *c) for c in codes)
    parts = {17: network, 21: letters.encode(), 22: recoder}
    offsets, at = [-1] * 24, 4 + 8 * 24
    for number, part in parts.items():
        offsets[number] = at
        at += len(part)
    return struct.pack("<I24q", 24, *offsets) + b"".join(parts.values())


def _read(tmp_path: Path, data: bytes) -> ModelFile:
    path = tmp_path / "small.traineddata"
    path.write_bytes(data)
    return read_model(path)


@pytest.mark.parametrize("whole_bytes", [True, False])
def test_a_model_file_is_read(tmp_path: Path, *, whole_bytes: bool) -> None:
    """Layers of the right sizes, whole bytes given their scales; the texts of the outputs, a space among them."""
    model = _read(tmp_path, _model(whole_bytes=whole_bytes))

    assert (HEIGHT, (False, True)) == (model.layers.height, model.layers.backwards)
    assert (9, FILTERS) == model.layers.strokes.inputs.shape
    assert [(FILTERS, 4 * SUMMED), (SUMMED, 4 * ALONG), (ALONG, 4 * ALONG)] == [
        layer.inputs.shape for layer in (model.layers.columns, *model.layers.along)
    ]
    letters = model.layers.letters
    assert 0.1 < np.abs(letters.inputs * letters.scales).max() <= 0.81
    assert (" ", "", "a", "ẩ", "1", "l", ".", "") == model.texts
    assert NOTHING == model.nothing


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"model",
        _model()[:900],
        _model()[:-40],
        _model(pool=2),
        _model(code=(2, 3)),
        _model().replace(b"SummLSTM", b"SummGRU_"),
    ],
    ids=["empty", "no model", "cut short", "letters cut short", "other pooling", "letters of two codes", "other layers"],
)
def test_other_models_are_told(tmp_path: Path, data: bytes) -> None:
    """What is of another make, or broken, is left to Tesseract."""
    with pytest.raises(UnknownModel, match="small"):
        _read(tmp_path, data)


# --- the layers


def _plain_lstm(inputs: np.ndarray, weights: Lstm) -> np.ndarray:
    """[steps, outputs] by the formulas."""
    width = len(weights.last)
    last, state, found = np.zeros(width), np.zeros(width), []
    for row in inputs:
        gates = (row @ weights.inputs + last @ weights.last) * weights.scales + weights.bias
        new, let_in, keep, let_out = (gates[k * width : (k + 1) * width] for k in range(4))
        state = state / (1 + np.exp(-keep)) + np.tanh(new) / (1 + np.exp(-let_in))
        last = np.tanh(state) / (1 + np.exp(-let_out))
        found.append(last)
    return np.array(found)


def _plain(line: np.ndarray, layers: Layers) -> np.ndarray:
    rows, columns = line.shape[0] // 3, line.shape[1] // 3
    rimmed = np.pad(line, 1)
    taps = np.array([rimmed[dy : dy + line.shape[0], dx : dx + line.shape[1]] for dx in range(3) for dy in range(3)])
    weights = layers.strokes.inputs * layers.strokes.scales
    strokes = np.tanh(np.einsum("tyx,tf->yxf", taps, weights) + layers.strokes.bias)
    pooled = strokes[: 3 * rows, : 3 * columns].reshape(rows, 3, columns, 3, -1).max(axis=(1, 3))
    told = np.array([_plain_lstm(pooled[:, x], layers.columns)[-1] for x in range(columns)])
    for weights, backwards in zip(layers.along, layers.backwards, strict=True):
        told = _plain_lstm(told[::-1], weights)[::-1] if backwards else _plain_lstm(told, weights)
    chances = np.exp(told @ layers.letters.inputs * layers.letters.scales + layers.letters.bias)
    return chances / chances.sum(axis=1, keepdims=True)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(3, 80), min_size=1, max_size=5), st.integers(0, 1000))
def test_lines_together_are_as_each_by_the_formulas(
    tmp_path_factory: pytest.TempPathFactory, widths: list[int], seed: int
) -> None:
    """Whatever their lengths and their order; white columns and rows, which are looked at once, among them."""
    model = _read(tmp_path_factory.mktemp("model"), _model())
    rng = np.random.default_rng(seed)
    lines = [rng.uniform(-1, 1, (HEIGHT, width)).astype(np.float32) for width in widths]
    for line in lines:
        line[:, line.shape[1] // 3 : 2 * line.shape[1] // 3] = 1.0
        line[: seed % HEIGHT] = 1.0

    for found, line in zip(Network(model.layers).chances(lines), lines, strict=True):
        assert found.shape == (line.shape[1] // 3, NOTHING + 1)
        np.testing.assert_allclose(found, _plain(line, model.layers), atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 200), st.integers(1, 70), st.integers(1, 5), st.integers(0, 1000))
def test_products_are_exact(inputs: int, outputs: int, count: int, seed: int) -> None:
    """Of any bytes, so that every processor reads the same; the greatest among them, which some processors cut off."""
    rng = np.random.default_rng(seed)
    matrix = rng.choice([-127, 0, 126, 127], (inputs, outputs)).astype(np.int8)
    rows = rng.choice([1, 128, 254, 255], (count, inputs)).astype(np.uint8)
    sums = np.zeros((count, outputs), np.int32)
    product = Product(matrix)
    product.bind(rows, sums)
    product()

    np.testing.assert_array_equal(sums, (rows.astype(np.int64) - ZERO) @ matrix.astype(np.int64))


def test_products_are_exact_on_processors_that_must_be_careful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that add in 16 bits are told to take the slower way, and give the same."""
    monkeypatch.setattr(products, "_careless_is_wrong", lambda: True)
    matrix, rows = np.full((96, 8), 127, np.int8), np.full((3, 96), 255, np.uint8)
    sums = np.zeros((3, 8), np.int32)
    product = Product(matrix)
    product.bind(rows, sums)
    product()

    assert (sums == 96 * 127 * 127).all()


def test_outputs_keep_two_bytes() -> None:
    """An output of an LSTM is told to a thirty-thousandth."""
    width, lines = 5, 3
    rng = np.random.default_rng(1)
    gates = rng.integers(-9000, 9000, (lines, 2, 4 * width)).astype(np.int32)
    scales, bias = np.full(4 * width, 1e-6, np.float32), np.zeros(4 * width, np.float32)
    state, last = np.zeros((lines, width), np.float32), np.zeros((lines, 2, width), np.uint8)
    found, room = np.zeros((1, lines, 2, width), np.uint8), np.zeros(4 * width, np.float32)
    Kernel(activation.pass_gates)((gates, np.zeros_like(gates), scales, bias, state, last, found, room), 0, 0, lines)

    told = (found[0, :, 0].astype(float) - ZERO + (found[0, :, 1].astype(float) - ZERO) / 128) / ONE
    new, let_in, _, let_out = np.split((gates[:, 0] * 128.0 + gates[:, 1]) * 1e-6, 4, axis=1)
    right = np.tanh(np.tanh(new) / (1 + np.exp(-let_in))) / (1 + np.exp(-let_out))
    np.testing.assert_allclose(told, right, atol=2e-4)
    assert (found[0] == last).all()


def test_the_curves_are_right() -> None:
    """A ten-thousandth off at most, one beyond where they are one."""
    for x in np.linspace(-12, 12, 400):
        assert abs(activation.tanh(np.float32(x)) - np.tanh(x)) < 1.2e-4
        half = activation.twice_logistic(np.float32(x)) / activation.under(np.float32(x / 2)) / 2
        assert abs(half - 1 / (1 + np.exp(-x))) < 1.2e-4


# --- the decoding

TEXTS = (" ", "", "b", "à", "i", "1", "l", "2", ".", "~", "")


def _steps(*said: dict[str, float]) -> np.ndarray:
    """A step for each; what is not named is nothing."""
    found = np.full((len(said), len(TEXTS)), 1e-6, np.float32)
    for row, chances in zip(found, said, strict=True):
        for text, chance in chances.items():
            row[TEXTS.index(text)] = chance
        row[-1] = max(1.0 - sum(chances.values()), 1e-6)
    return found


def _plainly(kernel: Kernel) -> Callable[..., int]:
    """The kernel as the plain Python that it was made of."""
    return lambda *args: kernel.function(*(a.source if isinstance(a, Flat) else a for a in args))


def _decoder(*words: str) -> Decoder:
    return Decoder(TEXTS, len(TEXTS) - 1, words)


def _said(chances: np.ndarray, *words: str) -> str:
    return "".join(sign.text for sign in _decoder(*words).signs(chances))


def test_signs_that_follow_at_once_are_one() -> None:
    """Two steps say one sign; with nothing between them two."""
    assert _said(_steps({"b": 0.9}, {"b": 0.9}, {}, {"i": 0.9}), "bi") == "bi"
    assert _said(_steps({"i": 0.9}, {}, {"i": 0.9})) == "ii"
    assert _said(_steps({}, {})) == ""


def test_all_ways_to_place_a_text_count_together() -> None:
    """Each single way says nothing; together they say a sign more often than not."""
    assert _said(_steps({"à": 0.4}, {"à": 0.4}), "à") == "à"


def test_known_words_are_likelier() -> None:
    """Nearly as good is good enough for a word; clear print is read as it stands."""
    doubtful = _steps({"b": 0.95}, {}, {"i": 0.5, "l": 0.3}, {}, {".": 0.9})

    assert (_said(doubtful, "bl"), _said(doubtful, "bi"), _said(doubtful)) == ("bl.", "bi.", "bi.")
    assert _said(_steps({"b": 0.95}, {}, {"i": 0.97, "l": 0.01}), "bl") == "bi"


def test_signs_that_documents_hardly_have_are_less_likely() -> None:
    """A dot in doubt is no tilde."""
    assert _said(_steps({"~": 0.6, ".": 0.3})) == "."


def test_signs_tell_where_they_stand_and_how_sure_they_are() -> None:
    """First and last step; doubt is what speaks for other signs, not where a sign ends; an l beside a digit is a one."""
    letters = _steps({}, {"b": 0.9}, {"b": 0.6}, {}, {"à": 0.7, "i": 0.3}, {})
    digits = _steps({" ": 1.0}, {"1": 0.5, "l": 0.5}, {}, {"2": 1.0})
    signs = _decoder("bà").signs(np.concatenate([letters, digits]))

    assert [("b", 1, 2), ("à", 4, 4), (" ", 6, 6), ("1", 7, 7), ("2", 9, 9)] == [(s.text, s.first, s.last) for s in signs]
    assert pytest.approx([0.9, 0.7, 1.0, 1.0, 1.0], abs=0.02) == [s.chance for s in signs]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0.001, 1.0), min_size=len(TEXTS), max_size=len(TEXTS)), min_size=1, max_size=25))
def test_any_chances_have_a_text(rows: list[list[float]]) -> None:
    """Signs come one after the other, each with a chance from 0 to 1, within the line; machine code says what its twin says."""
    chances = np.array(rows, np.float32)
    chances /= chances.sum(axis=1, keepdims=True)
    signs = _decoder("bà", "bi").signs(chances)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_best_text", "_place_text"):
            patch.setattr(decoding, name, _plainly(getattr(decoding, name)))
        plain = _decoder("bà", "bi").signs(chances)
    assert [s[:3] for s in plain] == [s[:3] for s in signs]
    assert [s.chance for s in plain] == pytest.approx([s.chance for s in signs], abs=1e-6)

    assert all(0 <= s.first <= s.last < len(rows) and 0.0 <= s.chance <= 1.001 for s in signs)
    assert [s.first for s in signs] == sorted(s.first for s in signs)


# --- images and boxes


def test_a_line_is_stretched_from_black_to_white() -> None:
    """Grey on grey becomes black on white at the height that is asked for; a line without contrast is no error."""
    page = np.full((20, 90), 170, np.uint8)
    page[5:15, 10:80:8] = 90
    page[5:15, 11:80:8] = 90
    image = line_image(page, 36)

    assert (36, 162) == image.shape
    assert (-1.0, 1.0) == (image.min(), image.max())
    assert (36, 36) == line_image(np.full((9, 9), 255, np.uint8), 36).shape


def _boxes(ink: np.ndarray, *said: tuple[int, int]) -> list[list[int]]:
    boxes = np.zeros((len(said), 4), np.int64)
    reader._find_extents(ink, np.array(said), 2.0, np.zeros(ink.shape[1], np.int64), boxes)
    return boxes.tolist()


def test_words_reach_to_the_gaps_around_them() -> None:
    """Handwriting between two words belongs to neither, however near; a word without ink keeps its place."""
    ink = np.zeros((20, 120), np.uint8)
    ink[4:16, 4:20] = ink[2:18, 24:60] = ink[6:16, 66:90] = 1

    assert [[4, 4, 20, 16], [66, 6, 90, 16]] == _boxes(ink, (3, 9), (34, 44))
    assert [[4, 4, 20, 16], [24, 2, 60, 18], [66, 6, 90, 16]] == _boxes(ink, (3, 9), (13, 29), (34, 44))
    assert [0, 20] == _boxes(np.zeros((20, 40), np.uint8), (5, 9))[0][1::2]


def test_a_negative_is_read_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dark line that says little is looked at again, turned into black on white; a light one is not."""
    lines = LineReader(_read(tmp_path, _model()), ())
    seen: list[float] = []
    sure = np.full((5, NOTHING + 1), 1e-3, np.float32)
    sure[:, 2] = 0.4

    def chances(_: Network, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        seen.extend(float(image.mean()) for image in images)
        return [sure for _ in images]

    monkeypatch.setattr(Network, "chances", chances)
    dark = np.full((20, 60), 30, np.uint8)
    dark[8:12, 10:50:4] = 220

    lines.read([(dark, [[Box(0, 0, 60, 20)]]), (255 - dark, [[Box(0, 0, 60, 20)]])], lambda: None)

    assert len(seen) == 3
    assert lines.read_alone([np.zeros((1, 1), np.uint8)], lambda: None) == [()]


def test_a_star_between_lines_is_shown_as_small_as_it_is() -> None:
    """With the height of the others around it; a dash before a line is read as it is."""
    first, star, dash, last = Box(0, 10, 90, 40), Box(40, 52, 50, 60), Box(0, 84, 9, 88), Box(12, 70, 90, 102)
    shown = [shown for _, shown in reader._with_height([[first], [star], [dash, last]])]

    assert [first, Box(40, 47, 50, 66), dash, last] == shown
    assert [] == list(reader._with_height([]))


def test_long_lines_are_not_read_with_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are read, and what is filled up stays small, however long one of them is."""
    lines = LineReader(_read(tmp_path, _model()), ())
    seen: list[list[int]] = []
    real = Network.chances

    def chances(network: Network, images: Sequence[np.ndarray]) -> list[np.ndarray]:
        seen.append([image.shape[1] // 3 for image in images])
        return real(network, images)

    monkeypatch.setattr(Network, "chances", chances)
    monkeypatch.setattr(reader, "_TOGETHER", 200)
    pictures = [np.full((12, width), 200, np.uint8) for width in (3000, 60, 90, 60, 30, 90)]
    lines.read_alone(pictures, lambda: None)

    assert [[10, 20, 20, 30, 30], [1000]] == seen


@pytest.mark.tesseract
def test_it_reads_what_tesseract_reads() -> None:
    """The same words in the same places as Tesseract's own runtime finds, of lines in three sizes."""
    try:
        ours, theirs = (choose_engine(Settings(engine=name)) for name in ("network", "tesserocr"))
    except MissingDependency as problem:
        pytest.skip(str(problem))
    page = Image.new("L", (1100, 260), 255)
    for k, size in enumerate((22, 28, 34)):
        font = ImageFont.truetype(str(font_path()), size)
        ImageDraw.Draw(page).text((20, 20 + 80 * k), "Thực hiện Nghị quyết số 57-NQ/TW, Ủy ban nhân dân tỉnh", font=font, fill=0)
    (here,), (there,) = (engine.read_blocks([np.asarray(page)], 150) for engine in (ours, theirs))

    assert [[w.text for w in line.words] for line in there] == [[w.text for w in line.words] for line in here]
    for a, b in zip((w for line in here for w in line.words), (w for line in there for w in line.words), strict=True):
        assert max(abs(p - q) for p, q in zip(a.box, b.box, strict=True)) <= 4
        assert abs(a.confidence - b.confidence) < 0.12

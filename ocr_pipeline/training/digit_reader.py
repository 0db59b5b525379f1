"""Trains the reader of handwritten digits (``dictionaries/digit_reader.onnx``) on drawn blanks.

Needs PyTorch and onnx, which nothing else needs: ``pip install 'ocr_pipeline[training]'``. On two cores it takes about an
hour; the committed file was made so. What it learns from: ``training/handwriting.py``.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.handwriting import FILE, HEIGHT, WIDTH
from ocr_pipeline.training.handwriting import Blanks, Sample
from ocr_pipeline.training.typesetting import font_files

_SAMPLES: Final = 256_000
_BATCH: Final = 64
_FASTEST: Final = 3e-3
_CLASSES: Final = 11
_AHEAD: Final = 32
# Each is a font's family and what it is for; what is for tests is not learnt from.
_FONTS: Final = "handwriting_fonts.tsv"


def build(shared: Path, out: Path, progress: Callable[[str], object] = lambda _: None, samples: int = _SAMPLES) -> None:
    """Write ``digit_reader.onnx`` into ``out``; MissingDependency where PyTorch or onnx is not installed."""
    torch = _torch()
    torch.manual_seed(0)
    network = _network(torch)
    optimiser = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-3)
    steps = samples // _BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _FASTEST, total_steps=steps)
    blanks = Blanks(Dictionaries.load(), shared / "digits", handwriting_fonts())
    for step, batch in enumerate(_batches(blanks, steps), 1):
        loss = _loss(torch, network, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimiser.step()
        schedule.step()
        if step % 200 == 0:
            progress(f"{step * _BATCH:,} of {samples:,} blanks, loss {loss.item():.3f}")
    (out / FILE).write_bytes(_exported(torch, network))


def handwriting_fonts(use: Literal["training", "tests"] = "training") -> list[Path]:
    """The regular faces of the families of ``handwriting_fonts.tsv`` that are installed, by name."""
    families = [row[0] for row in Dictionaries.load().rows(_FONTS) if row[1] == use]
    return [path for family in families for path in font_files(f"{family}-latin-400-normal.woff")[:1]]


def _torch() -> Any:
    try:
        importlib.import_module("onnx")
        return importlib.import_module("torch")
    except ImportError as error:
        raise MissingDependency("PyTorch or onnx is not installed", remedy="pip install 'ocr_pipeline[training]'") from error


def _batches(blanks: Blanks, steps: int) -> Iterator[list[Sample]]:
    """Batches drawn by another process while the network learns, some ahead of it; each has a seed of its own."""
    with multiprocessing.Pool(1, _share, (blanks,)) as pool:
        drawn = deque(pool.apply_async(_batch, (step,)) for step in range(min(steps, _AHEAD)))
        for step in range(steps):
            yield drawn.popleft().get()
            if step + _AHEAD < steps:
                drawn.append(pool.apply_async(_batch, (step + _AHEAD,)))


_shared: list[Blanks] = []


def _share(blanks: Blanks) -> None:
    _shared[:] = [blanks]


def _batch(seed: int) -> list[Sample]:
    random = np.random.default_rng(seed)
    return [_shared[0].sample(random) for _ in range(_BATCH)]


def _network(torch: Any) -> Any:
    """Columns of two pixels to (none, 0, ... 9): 334,000 weights."""
    nn = torch.nn

    def block(before: int, after: int, size: tuple[int, int] = (3, 3), padding: tuple[int, int] = (1, 1)) -> list[Any]:
        return [nn.Conv2d(before, after, size, padding=padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]

    network = nn.Sequential(
        *block(1, 16), nn.MaxPool2d(2),
        *block(16, 40), nn.MaxPool2d((2, 1)),
        *block(40, 56), nn.MaxPool2d((2, 1)),
        *block(56, 96), nn.MaxPool2d((2, 1)),
        *block(96, 112, (3, 3), (0, 1)), nn.Dropout(0.1),
        *block(112, 112, (1, 7), (0, 3)), nn.Dropout(0.1),
        *block(112, 112, (1, 5), (0, 2)),
        nn.Conv2d(112, _CLASSES, 1),
    )  # fmt: skip
    return network.to(memory_format=torch.channels_last)


def _loss(torch: Any, network: Any, batch: Sequence[Sample]) -> Any:
    pictures = torch.from_numpy(_stacked(batch)).to(memory_format=torch.channels_last)
    columns = torch.nn.functional.log_softmax(network(pictures)[:, :, 0], 1).permute(2, 0, 1)
    wanted = torch.tensor([int(digit) + 1 for sample in batch for digit in sample.digits])
    lengths = torch.tensor([len(sample.digits) for sample in batch])
    return torch.nn.functional.ctc_loss(columns, wanted, torch.full((len(batch),), columns.shape[0]), lengths, zero_infinity=True)


def _stacked(batch: Sequence[Sample]) -> npt.NDArray[np.float32]:
    """(n, 1, HEIGHT, WIDTH), ink 1.0."""
    ink = np.zeros((len(batch), 1, HEIGHT, WIDTH), np.float32)
    for i, sample in enumerate(batch):
        cut = sample.picture[:, :WIDTH]
        ink[i, 0, :, : cut.shape[1]] = (255 - cut.astype(np.float32)) / 255
    return ink


def _exported(torch: Any, network: Any) -> bytes:
    file = io.BytesIO()
    torch.onnx.export(
        network.eval().to(memory_format=torch.contiguous_format), (torch.zeros(1, 1, HEIGHT, WIDTH),), file, dynamo=False,
        input_names=["ink"], output_names=["columns"], dynamic_axes={"ink": {0: "n"}, "columns": {0: "n"}},
    )  # fmt: skip
    return file.getvalue()

"""Builds every binary of ``dictionaries/`` from a folder of corpora, lists and aligned pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

from ocr_pipeline.errors import UsageError
from ocr_pipeline.restoration.channel import FILE as CHANNEL_FILE
from ocr_pipeline.restoration.language_model import FILE as LANGUAGE_MODEL_FILE
from ocr_pipeline.training.channel import build as build_channel
from ocr_pipeline.training.digit_reader import build as build_digit_reader
from ocr_pipeline.training.language_model_builder import build as build_language_model
from ocr_pipeline.training.sentence_model import build as build_sentence_model

Part = Literal["language-model", "channel", "sentence-model", "digits"]
# What each part is learned from, inside the shared folder.
_SOURCES: Final = {"language-model": "corpus", "channel": "ocr_pairs", "sentence-model": "corpus", "digits": "digits"}


def train_dictionaries(
    shared: Path,
    out: Path,
    *,
    only: Part | None = None,
    pairs: Sequence[Path] = (),
    progress: Callable[[str], object] = lambda _: None,
) -> None:
    """Write the binaries into ``out``, or the one named by ``only``; the same sources give the same bytes.

    ``pairs`` are files of lines that a person corrected (``correct --pairs``): the channel learns from them too.

    The networks, which weigh sentences and read handwritten digits, are trained only when they are named: each takes an
    hour or more, needs PyTorch, and its bytes differ from machine to machine. UsageError where ``shared`` has not what
    they are learned from.
    """
    parts: tuple[Part, ...] = (only,) if only else ("channel", "language-model")
    for part in parts:
        if not (shared / _SOURCES[part]).is_dir():
            raise UsageError(f"{shared} has no folder {_SOURCES[part]}", remedy="Name the folder of the corpora with --shared.")
    out.mkdir(parents=True, exist_ok=True)
    for part in parts:
        progress(f"{part}:")
        _BUILDERS[part](shared, out, pairs, progress)


# Of the parts only the channel learns from pairs.


def _language_model(shared: Path, out: Path, _: Sequence[Path], progress: Callable[[str], object]) -> None:
    build_language_model(shared, out / LANGUAGE_MODEL_FILE, progress=progress)


def _channel(shared: Path, out: Path, pairs: Sequence[Path], progress: Callable[[str], object]) -> None:
    progress("aligning the pairs, learning the operations")
    build_channel(shared, out, more=pairs)
    progress(f"{CHANNEL_FILE}: {(out / CHANNEL_FILE).stat().st_size:,} bytes")


def _sentence_model(shared: Path, out: Path, _: Sequence[Path], progress: Callable[[str], object]) -> None:
    build_sentence_model(shared, out, progress)


def _digits(shared: Path, out: Path, _: Sequence[Path], progress: Callable[[str], object]) -> None:
    build_digit_reader(shared, out, progress)


_BUILDERS: Final = {"language-model": _language_model, "channel": _channel, "sentence-model": _sentence_model, "digits": _digits}

"""The pictures that the reader of handwritten digits learns from, and a step of its training where PyTorch is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.handwriting import FILE, HEIGHT, DigitReader
from ocr_pipeline.training import digit_reader
from ocr_pipeline.training.handwriting import Blanks

DICTIONARIES = Dictionaries.load()
TRAINABLE = all(importlib.util.find_spec(name) for name in ("torch", "onnx"))


def test_the_same_seed_gives_the_same_pictures() -> None:
    """Twice the same, another seed another."""
    blanks = Blanks(DICTIONARIES)
    first, again, other = (blanks.sample(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert first.digits == again.digits
    assert (first.picture == again.picture).all()
    assert first.picture.shape != other.picture.shape or (first.picture != other.picture).any()


def test_pictures_hold_print_around_and_ink_between() -> None:
    """As high as the network wants them, on light paper, and all ten digits occur."""
    blanks, random = Blanks(DICTIONARIES), np.random.default_rng(1)
    samples = [blanks.sample(random) for _ in range(60)]
    assert all(s.picture.shape[0] == HEIGHT and np.median(s.picture) > 150 for s in samples)
    assert set("".join(s.digits for s in samples)) == set("0123456789")
    assert any(s.digits == "" for s in samples)


@pytest.mark.shared
def test_digits_of_other_writers_join_in() -> None:
    """The test set of MNIST gives digits of 500 hands."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "digits"
    if not folder.is_dir():
        pytest.skip("../shared/digits is not here")
    with_writers, without = Blanks(DICTIONARIES, folder), Blanks(DICTIONARIES)
    pairs = [[b.sample(np.random.default_rng(seed)).picture for b in (with_writers, without)] for seed in range(20)]
    assert any(a.shape != b.shape or (a != b).any() for a, b in pairs)


@pytest.mark.skipif(TRAINABLE, reason="PyTorch and onnx are installed here")
def test_without_pytorch_the_remedy_is_said(tmp_path: Path) -> None:
    """Training says what to install; nothing is written."""
    with pytest.raises(MissingDependency, match="training"):
        digit_reader.build(tmp_path, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not TRAINABLE, reason="PyTorch or onnx is not installed here")
def test_a_few_steps_give_a_network_that_loads(tmp_path: Path) -> None:
    """The whole way from drawn blanks to a file that the reader opens."""
    shared = Path(__file__).resolve().parents[2] / "shared"
    if not (shared / "digits").is_dir():
        pytest.skip("../shared/digits is not here")
    digit_reader.build(shared, tmp_path, samples=128)
    reader = DigitReader((tmp_path / FILE).read_bytes())
    picture = np.full((HEIGHT, 100), 255, np.uint8)
    assert reader.read(lambda _: picture, lambda text: True)

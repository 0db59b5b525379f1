"""Tesseract behind its protocol: choice of engine and model, remedies, both engines on one small picture."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr_pipeline import recognition
from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.errors import InputError, MissingDependency
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import ReadLine, choose_engine, installed_models, mean_confidence
from ocr_pipeline.settings import Settings
from ocr_pipeline.training.typesetting import font_path

SETTINGS = Settings()


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of models, the only one that is looked in."""
    monkeypatch.setenv("TESSDATA_PREFIX", str(tmp_path))
    recognition._data_path.cache_clear()
    yield tmp_path
    recognition._data_path.cache_clear()


def _have(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / f"{name}.traineddata"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"model")


def test_without_models_the_remedy_is_said(models: Path) -> None:
    """The packages to install, and the variable that names a folder."""
    assert () == installed_models()
    with pytest.raises(MissingDependency, match="tesseract-ocr-vie") as caught:
        choose_engine(SETTINGS)

    assert "TESSDATA_PREFIX" in caught.value.remedy


def test_without_a_vietnamese_model_the_remedy_is_said(models: Path) -> None:
    """English alone reads no Vietnamese."""
    _have(models, "eng", "osd")
    with pytest.raises(MissingDependency, match="Vietnamese model"):
        choose_engine(SETTINGS)
    with pytest.raises(MissingDependency, match="'fra'"):
        choose_engine(replace(SETTINGS, model="fra"))


@pytest.mark.parametrize(
    ("there", "chosen"),
    [(("vie", "Vietnamese"), "vie"), (("script/Vietnamese",), "script/Vietnamese"), (("Vietnamese",), "Vietnamese")],
)
def test_the_model_that_reads_best_comes_first(models: Path, there: tuple[str, ...], chosen: str) -> None:
    """The script model serves where there is no other, in either of the two places where systems keep it."""
    _have(models, *there)

    assert chosen == recognition._chosen_model(SETTINGS, str(models))


def test_without_tesserocr_the_command_line_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing wheel costs speed, not the run; asked for by name it is an error."""

    def missing(name: str) -> object:
        if name == "tesserocr":
            raise ImportError(name)
        return importlib.__import__(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    if not installed_models():
        pytest.skip("no Tesseract models here")
    with pytest.raises(MissingDependency, match="tesserocr"):
        choose_engine(replace(SETTINGS, engine="tesserocr"))
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(MissingDependency, match="Tesseract is not installed"):
        choose_engine(SETTINGS)


def test_confidence_is_weighed_by_letters() -> None:
    """A long word counts more than a speck; nothing read is no confidence."""
    words = (PlacedWord("nghiêm", Box(0, 0, 1, 1), 0.9), PlacedWord("x", Box(0, 0, 1, 1), 0.2))

    assert 0.8 == pytest.approx(mean_confidence([ReadLine(words)]))
    assert 0.0 == mean_confidence([])


def _line(text: str) -> np.ndarray:
    image = Image.new("L", (900, 60), 255)
    ImageDraw.Draw(image).text((10, 10), text, font=ImageFont.truetype(str(font_path()), 28), fill=0)
    return np.asarray(image)


@pytest.mark.tesseract
@pytest.mark.parametrize("engine", ["network", "tesserocr", "pytesseract"])
def test_all_engines_read_the_same(engine: str) -> None:
    """One block, one line, digits alone; boxes in the pixels of the picture, confidences from 0 to 1."""
    try:
        reader = choose_engine(replace(SETTINGS, engine=engine))
        picture = _line("Thực hiện Nghị quyết số 57-NQ/TW")
    except MissingDependency as problem:
        pytest.skip(str(problem))

    ((line,),) = reader.read_blocks([picture], 150)
    (alone,) = reader.read_lines([picture[11:45, 6:428]], 150)

    assert "Thực hiện Nghị quyết số 57-NQ/TW" == " ".join(w.text for w in line.words)
    assert all(0 <= w.box.x0 < w.box.x1 <= 900 and 0 < w.confidence <= 1 for w in line.words)
    assert line.words == tuple(sorted(line.words, key=lambda w: w.box.x0))
    assert [w.text for w in alone] == [w.text for w in line.words]
    assert ["2025"] == [w.text for w in reader.read_digits(_line("2025")[:, :120], 150)]
    assert engine in reader.name


@pytest.mark.tesseract
@pytest.mark.parametrize("engine", ["tesserocr", "pytesseract"])
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_how_a_page_lies_is_told(engine: str, turns: int) -> None:
    """The clockwise quarters that make it upright again, whichever way it was laid on the scanner."""
    try:
        reader = choose_engine(replace(SETTINGS, engine=engine))
        page = np.vstack([_line(f"{k}. Thực hiện Nghị quyết số 57-NQ/TW về đột phá") for k in range(1, 15)])
    except MissingDependency as problem:
        pytest.skip(str(problem))
    if "osd" not in installed_models():
        pytest.skip("the model osd is not installed")

    assert turns == reader.quarter_turns(np.ascontiguousarray(np.rot90(page, turns)), 150)


@pytest.mark.tesseract
@pytest.mark.parametrize("engine", ["network", "tesserocr"])
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_page_is_read_however_it_lies(tmp_path: Path, engine: str, turns: int) -> None:
    """On its side and on its head, where print reads as something like print."""
    if "osd" not in installed_models():
        pytest.skip("the model osd is not installed")
    try:
        choose_engine(replace(SETTINGS, engine=engine))
    except MissingDependency as problem:
        pytest.skip(str(problem))
    with Image.open(Path(__file__).resolve().parents[1] / "samples" / "scans" / "thong-bao-clean.png") as page:
        page.rotate(90 * turns, expand=True).save(tmp_path / "lying.png", dpi=page.info.get("dpi", (150, 150)))
    (document,) = read(tmp_path / "lying.png", settings=replace(SETTINGS, engine=engine))

    assert 90 * turns == document.pages[0].rotation
    assert "ĐẢNG CỘNG SẢN VIỆT NAM" in document.text


@pytest.mark.tesseract
@pytest.mark.parametrize(("engine", "seconds"), [("network", 0.0001), ("tesserocr", 0.001)])
def test_time_is_limited(engine: str, seconds: float) -> None:
    """A page that takes too long is given up with the setting's name in the message."""
    try:
        reader = choose_engine(replace(SETTINGS, engine=engine, page_timeout=seconds))
        picture = np.tile(_line("Thực hiện Nghị quyết số 57-NQ/TW"), (40, 1))
    except MissingDependency as problem:
        pytest.skip(str(problem))
    with pytest.raises(InputError, match="page-timeout"):
        reader.read_blocks([picture], 150)

"""Tesseract behind one protocol: its network run by ``line_network``, tesserocr, or pytesseract where that is not there.

The only importer of both. An engine reads blocks of text in grey, and gives lines of words with boxes and confidences.
With ``network`` Tesseract finds the lines, and ``line_network`` reads them; ``tesserocr`` leaves both to Tesseract.
Models: ``vie`` comes before the Vietnamese script model (``Vietnamese`` or ``script/Vietnamese`` in the folder of models). At
300 dpi the script model is the better one; at the 150 dpi at which pages are read here ``vie`` makes an eighth fewer errors
on real scans in two thirds of the time. Second opinions come of the network itself, shown the line in another frame; with
Tesseract's own runtime, of the other model.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import os
import shlex
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.errors import InputError, MissingDependency
from ocr_pipeline.line_network.model_file import UnknownModel, read_model
from ocr_pipeline.line_network.reader import LineReader
from ocr_pipeline.settings import Settings

Pixels = npt.NDArray[np.uint8]
Layout = Literal["block", "line", "digits"]
MODELS: Final = ("vie", "Vietnamese", "script/Vietnamese")
_ORIENTATION_MODEL: Final = "osd"
_REMEDY: Final = "apt-get install tesseract-ocr tesseract-ocr-vie tesseract-ocr-script-viet tesseract-ocr-osd"
# Tesseract's page segmentation modes: one block, a line as it is, a line, orientation alone.
_MODES: Final[dict[Layout, int]] = {"block": 6, "line": 13, "digits": 7}
_ALPHABETS: Final[dict[Layout, str]] = {"digits": "0123456789"}
_ALPHABET_VARIABLE: Final = "tessedit_char_whitelist"
_ORIENTATION_MODE: Final = 0
_PLACES: Final = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)
# The Vietnamese models have one sign for long dashes. What they see is an en dash 250 times in 262.
_DASH: Final = str.maketrans("—", "–")
_LEAST_ORIENTATION: Final = 2.0
# Words seen so often in the public texts are expected on a page.
_USUAL: Final = 300


class ReadLine(NamedTuple):
    """A line as recognised: its words from left to right, boxes in pixels of the given image."""

    words: tuple[PlacedWord, ...]


class Engine(Protocol):
    """Reads images. ``name`` says what it is, for the provenance record."""

    name: str
    model: str
    data_path: str

    def other(self) -> Engine | None:
        """Who gives a second opinion: the same network, or the other Vietnamese model; None where that is not installed."""

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        """The lines of blocks of text; InputError where the time is up."""

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        """The words of images of one line each, boxes in their pixels."""

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        """The words of a line that has only digits."""

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        """Clockwise quarter turns that make a page upright; None where that cannot be told."""


def choose_engine(settings: Settings) -> Engine:
    """The engine that the settings ask for; MissingDependency with what to install where there is none."""
    data_path = _data_path()
    model = _chosen_model(settings, data_path)
    if settings.engine in ("auto", "network", "tesserocr"):
        try:
            tesseract = _Tesserocr(data_path, model, settings.page_timeout)
        except ImportError as error:
            if settings.engine != "auto":
                raise MissingDependency("tesserocr is not installed", remedy="pip install tesserocr") from error
        else:
            return tesseract if settings.engine == "tesserocr" else _with_network(tesseract)
    if not shutil.which("tesseract"):
        raise MissingDependency("Tesseract is not installed", remedy=_REMEDY)
    return _Pytesseract(data_path, model, settings.page_timeout)


def installed_models() -> tuple[str, ...]:
    """Names of the models that are installed, script models with their folder."""
    folder = _data_path()
    if not folder:
        return ()
    names = [p.relative_to(folder).with_suffix("").as_posix() for p in _models_in(folder)]
    return tuple(sorted(names))


def _chosen_model(settings: Settings, data_path: str) -> str:
    installed = installed_models()
    wanted = MODELS if settings.model == "auto" else (settings.model,)
    for name in wanted:
        if name in installed:
            return name
    if not installed:
        raise MissingDependency("no Tesseract models were found", remedy=f"{_REMEDY} (or set TESSDATA_PREFIX)")
    what = "a Vietnamese model" if settings.model == "auto" else f"the model {settings.model!r}"
    raise MissingDependency(f"Tesseract in {data_path} does not have {what}", remedy=f"{_REMEDY}, or pass --model.")


@functools.cache
def _data_path() -> str:
    """The folder of models: where the user says, where systems keep it, or where Tesseract says; empty for nowhere."""
    given = os.environ.get("TESSDATA_PREFIX", "")
    # Tesseract is asked last: it takes as long to answer as a line to be read.
    candidates = [given, str(Path(given) / "tessdata")] if given else chain(_PLACES, _told_by_tesseract())
    return next((folder for folder in candidates if any(_models_in(folder))), "")


def _models_in(folder: str) -> Iterator[Path]:
    """The models of a folder and of its ``script`` folder."""
    for pattern in ("*.traineddata", "script/*.traineddata"):
        yield from Path(folder).glob(pattern)


def _told_by_tesseract() -> Iterator[str]:
    program = shutil.which("tesseract")
    if program:
        shown = subprocess.run([program, "--list-langs"], capture_output=True, text=True, check=False)
        for line in (shown.stdout + shown.stderr).splitlines():
            if '"' in line:
                yield line.split('"')[1]


def _time_up(seconds: float) -> InputError:
    return InputError(f"the page was not recognised within {seconds:g} seconds", remedy="Raise --page-timeout.")


class _OneByOne(ABC):
    """What Tesseract's own runtime is shown one after the other."""

    @abstractmethod
    def _read(self, grey: Pixels, dpi: int, layout: Layout) -> tuple[ReadLine, ...]:
        """The lines of one cut."""

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        return [self._read(cut, dpi, "block") for cut in cuts]

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        return [_words(self._read(cut, dpi, "line")) for cut in cuts]

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        return _words(self._read(grey, dpi, "digits"))


class _Tesserocr(_OneByOne):
    """One process, model kept loaded: half the cost of the command line."""

    def __init__(self, data_path: str, model: str, timeout: float) -> None:
        module = importlib.import_module("tesserocr")
        self._module = module
        self.model, self.data_path, self.timeout = model, data_path, timeout
        # Lines are found without a model.
        self._layout = module.PyTessBaseAPI(init=False)
        self._orientation: Any = None
        wheel = importlib.metadata.version("tesserocr")
        self.name = (
            f"tesserocr {wheel} / {module.tesseract_version().split()[0]} {module.tesseract_version().split()[1]} / {model}"
        )

    @functools.cached_property
    def _api(self) -> Any:
        """With the model, which takes longer to load than a line to read: where the network is run here, few pages ask for it."""
        return self._module.PyTessBaseAPI(path=self.data_path, lang=self.model, psm=_MODES["block"])

    def other(self) -> Engine | None:
        return _other(self)

    def _read(self, grey: Pixels, dpi: int, layout: Layout) -> tuple[ReadLine, ...]:
        self._show(self._api, grey, dpi, _MODES[layout])
        self._api.SetVariable(_ALPHABET_VARIABLE, _ALPHABETS.get(layout, ""))
        if not self._api.Recognize(round(1000 * self.timeout)):
            raise _time_up(self.timeout)
        return tuple(ReadLine(tuple(words)) for words in self._lines() if words)

    def find_lines(self, grey: Pixels, dpi: int) -> list[list[Box]]:
        """The lines of a block of text from top to bottom, each as the pieces in which Tesseract would read it."""
        # A bit a pixel: Tesseract finds the same lines and need not look for the threshold.
        _, white = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        bits = np.packbits(white, axis=1)
        self._layout.SetPageSegMode(_MODES["block"])
        self._layout.SetImageBytes(bits.tobytes(), grey.shape[1], grey.shape[0], 0, bits.shape[1])
        self._layout.SetSourceResolution(dpi)
        level, at = self._module.RIL, self._layout.AnalyseLayout(merge_similar_words=True)
        found: list[list[Box]] = []
        while at is not None:
            if at.IsAtBeginningOf(level.TEXTLINE):
                found.append([])
            if box := at.BoundingBox(level.WORD):
                found[-1].append(Box(*box))
            if not at.Next(level.WORD):
                break
        return found

    def _lines(self) -> Iterator[list[PlacedWord]]:
        level = self._module.RIL
        at = self._api.GetIterator()
        if at is None:
            return
        words: list[PlacedWord] = []
        while True:
            if at.IsAtBeginningOf(level.TEXTLINE):
                yield words
                words = []
            words += self._word(at, level.WORD)
            if not at.Next(level.WORD):
                break
        yield words

    @staticmethod
    def _word(at: Any, level: int) -> list[PlacedWord]:
        box = at.BoundingBox(level)
        if box is None or at.Empty(level):
            return []
        text = at.GetUTF8Text(level).strip().translate(_DASH)
        return [PlacedWord(text, Box(*box), at.Confidence(level) / 100)] if text else []

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        if not (Path(self.data_path) / f"{_ORIENTATION_MODEL}.traineddata").is_file():
            return None
        if self._orientation is None:
            self._orientation = self._module.PyTessBaseAPI(path=self.data_path, lang=_ORIENTATION_MODEL, psm=_ORIENTATION_MODE)
        self._show(self._orientation, grey, dpi, _ORIENTATION_MODE)
        found = self._orientation.DetectOrientationScript()
        return _turns(found and found["orient_deg"], found and found["orient_conf"])

    @staticmethod
    def _show(api: Any, grey: Pixels, dpi: int, mode: int) -> None:
        api.SetPageSegMode(mode)
        height, width = grey.shape
        api.SetImageBytes(np.ascontiguousarray(grey).tobytes(), width, height, 1, width)
        api.SetSourceResolution(dpi)


class _Network:
    """Tesseract finds the lines; its network, run by ``line_network``, reads them all together."""

    def __init__(self, tesseract: _Tesserocr, reader: LineReader) -> None:
        self._tesseract, self._reader = tesseract, reader
        self.model, self.data_path = tesseract.model, tesseract.data_path
        self.name = f"network run by onnxruntime {importlib.metadata.version('onnxruntime')} / {tesseract.name}"

    def other(self) -> Engine | None:
        return self

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        blocks = [self._tesseract.find_lines(cut, dpi) for cut in cuts]
        pieces = iter(self._reader.read(list(zip(cuts, blocks, strict=True)), self._clock()))
        read = [[tuple(word for _ in line for word in next(pieces)) for line in lines] for lines in blocks]
        return [tuple(ReadLine(words) for words in lines if words) for lines in read]

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        return self._reader.read_alone(cuts, self._clock())

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        return self._tesseract.read_digits(grey, dpi)

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        return self._tesseract.quarter_turns(grey, dpi)

    def _clock(self) -> Callable[[], None]:
        end = time.monotonic() + self._tesseract.timeout

        def check() -> None:
            if time.monotonic() > end:
                raise _time_up(self._tesseract.timeout)

        return check


def _with_network(tesseract: _Tesserocr) -> Engine:
    """The engine with its network run here; as it is where the network is of another make."""
    try:
        return _Network(tesseract, _line_reader(Path(tesseract.data_path) / f"{tesseract.model}.traineddata"))
    except UnknownModel:
        return tesseract


@functools.cache
def _line_reader(path: Path) -> LineReader:
    model = read_model(path)
    return LineReader(model._replace(texts=tuple(text.translate(_DASH) for text in model.texts)), _usual_words())


@functools.cache
def _usual_words() -> tuple[str, ...]:
    return tuple(word for word, count in Dictionaries.load().rows("legacy_syllables.tsv") if int(count) >= _USUAL)


class _Pytesseract(_OneByOne):
    """The command line, one process a block."""

    def __init__(self, data_path: str, model: str, timeout: float) -> None:
        self._module = importlib.import_module("pytesseract")
        self.model, self.data_path, self.timeout = model, data_path, timeout
        self.name = f"pytesseract {importlib.metadata.version('pytesseract')} / tesseract {self._version()} / {model}"

    def _version(self) -> str:
        return str(self._module.get_tesseract_version()).split()[0]

    def other(self) -> Engine | None:
        return _other(self)

    def _read(self, grey: Pixels, dpi: int, layout: Layout) -> tuple[ReadLine, ...]:
        config = f"--psm {_MODES[layout]} --dpi {dpi}"
        if layout in _ALPHABETS:
            config += f" -c {_ALPHABET_VARIABLE}={_ALPHABETS[layout]}"
        table = self._called(self._module.image_to_data, grey, config, lang=self.model)
        lines: dict[tuple[int, ...], list[PlacedWord]] = {}
        for i, text in enumerate(table["text"]):
            if text.strip():
                place = tuple(table[key][i] for key in ("block_num", "par_num", "line_num"))
                x, y, width, height = (table[key][i] for key in ("left", "top", "width", "height"))
                word = PlacedWord(text.strip().translate(_DASH), Box(x, y, x + width, y + height), float(table["conf"][i]) / 100)
                lines.setdefault(place, []).append(word)
        return tuple(ReadLine(tuple(words)) for words in lines.values())

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        try:
            found = self._called(
                self._module.image_to_osd, grey, f"--psm {_ORIENTATION_MODE} --dpi {dpi}", lang=_ORIENTATION_MODEL
            )
        except self._module.TesseractError:
            return None
        return _turns(found["orientation"], found["orientation_conf"])

    def _called(self, function: Any, grey: Pixels, config: str, lang: str) -> Any:
        # One thread: Tesseract's own cost more than they bring.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        config += f" --tessdata-dir {shlex.quote(self.data_path)}"
        try:
            return function(grey, lang=lang, config=config, timeout=self.timeout, output_type=self._module.Output.DICT)
        except self._module.TesseractNotFoundError as error:
            raise MissingDependency("Tesseract is not installed", remedy=_REMEDY) from error
        except RuntimeError as error:
            if isinstance(error, self._module.TesseractError):
                raise
            raise _time_up(self.timeout) from error


def _words(lines: Sequence[ReadLine]) -> tuple[PlacedWord, ...]:
    return tuple(word for line in lines for word in line.words)


@functools.cache
def _other(engine: _Tesserocr | _Pytesseract) -> Engine | None:
    """The engine's twin with the other model, made once."""
    model = next((m for m in MODELS if m in installed_models() and m[-3:] != engine.model[-3:]), None)
    return type(engine)(engine.data_path, model, engine.timeout) if model else None


def _turns(degrees: Any, confidence: Any) -> int | None:
    """Tesseract says by how much the page stands turned clockwise from upright."""
    if degrees is None or float(confidence) < _LEAST_ORIENTATION:
        return None
    return -int(degrees) // 90 % 4


def mean_confidence(lines: Sequence[ReadLine]) -> float:
    """Mean confidence of all letters, from 0.0 to 1.0; 0.0 where nothing was read."""
    weighed = [(len(w.text), w.confidence) for line in lines for w in line.words]
    total = sum(n for n, _ in weighed)
    return sum(n * c for n, c in weighed) / total if total else 0.0

"""OCRmyPDF with our recognition and restoration: ``ocrmypdf --plugin ocr_pipeline.ocrmypdf_plugin -l vie IN.pdf OUT.pdf``.

Each page image goes through the whole pipeline and comes back as restored words at their places. ``ocr-pipeline pdf``
reads a file as a whole first and hands the pages over, so that every page profits from what the others tell.
"""

from __future__ import annotations

import functools
import threading
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

import cv2
import msgspec
import numpy as np
from ocrmypdf import hookimpl
from ocrmypdf.exceptions import BadArgsError
from ocrmypdf.hocrtransform import Baseline, BoundingBox, OcrClass, OcrElement
from ocrmypdf.pluginspec import OcrEngine, OrientationConfidence
from PIL import Image

from ocr_pipeline.document import Page
from ocr_pipeline.exports.text_layer import LayerLine, LayerWord, layer_lines
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings

if TYPE_CHECKING:
    from ocrmypdf import OcrOptions

# The attribute of the options that names a file of pages already read.
PAGES: Final = "ocr_pipeline_pages"
# Vietnamese whatever -l says; OCRmyPDF's own default is eng.
_LANGUAGES: Final = frozenset({"vie", "eng", "Vietnamese", "script/Vietnamese"})
_SURE: Final = 15.0
_SANDWICH: Final = "ocr_pipeline makes no PDF pages of its own: leave out --pdf-renderer sandwich"
_local = threading.local()


def _engine() -> Engine:
    """One recogniser a thread: they are not made to be shared."""
    if not hasattr(_local, "engine"):
        _local.engine = choose_engine(Settings())
    engine: Engine = _local.engine
    return engine


@functools.lru_cache(maxsize=2)
def _pages_of(path: str) -> dict[int, Page]:
    pages = msgspec.json.decode(Path(path).read_bytes(), type=list[Page])
    return {page.source_page: page for page in pages}


def _read_before(options: OcrOptions, number: int) -> Page | None:
    """The page as it was read before, counted from 1; None where nothing was."""
    path = options.extra_attrs.get(PAGES) if options else None
    if not path:
        return None
    return _pages_of(str(path)).get(number, Page(number=number, source_page=number, width=0, height=0, dpi=0))


class RestoringEngine(OcrEngine):
    """Our pipeline as an engine of OCRmyPDF."""

    @staticmethod
    def version() -> str:
        """The version of this package."""
        return version("ocr_pipeline")

    @staticmethod
    def creator_tag(options: OcrOptions | None) -> str:
        """What stands in the PDF as its maker."""
        return f"ocr_pipeline {RestoringEngine.version()}"

    def __str__(self) -> str:
        return self.creator_tag(None)

    @staticmethod
    def languages(options: OcrOptions) -> frozenset[str]:
        """Names that ``-l`` may give; the text is read as Vietnamese in any case."""
        return _LANGUAGES

    @staticmethod
    def get_orientation(input_file: Path, options: OcrOptions) -> OrientationConfidence:
        """The angle by which the page lies turned clockwise, which is what OCRmyPDF takes back (and not what it says it does)."""
        known = _read_before(options, _page_number(input_file))
        if known:
            return OrientationConfidence(-known.rotation % 360, _SURE)
        grey, dpi = _grey(input_file)
        turns = _engine().quarter_turns(grey, dpi)
        return OrientationConfidence(-90 * turns % 360, _SURE) if turns else OrientationConfidence(0, 0.0)

    @staticmethod
    def supports_generate_ocr() -> bool:
        """The words are handed over as they are, without a file between."""
        return True

    @staticmethod
    def generate_ocr(input_file: Path, options: OcrOptions, page_number: int = 0) -> tuple[OcrElement, str]:
        """The page's lines and words, and its text."""
        page = _read_before(options, page_number + 1) or _read_now(input_file)
        width, height, dpi = _size(input_file)
        lines = layer_lines(page, width, height)
        return _element(lines, width, height, dpi, page_number), _text(page)

    @staticmethod
    def generate_hocr(input_file: Path, output_hocr: Path, output_text: Path, options: OcrOptions) -> None:
        """The same as hOCR, for those who ask for the file."""
        page = _read_before(options, _page_number(input_file)) or _read_now(input_file)
        width, height, _ = _size(input_file)
        output_hocr.write_text(hocr(layer_lines(page, width, height), width, height), encoding="utf-8")
        output_text.write_text(_text(page), encoding="utf-8")

    @staticmethod
    def generate_pdf(input_file: Path, output_pdf: Path, output_text: Path, options: OcrOptions) -> None:
        """Never asked for: OCRmyPDF draws the words itself, and ``check_options`` refuses the renderer that would ask."""
        raise BadArgsError(_SANDWICH)


@hookimpl
def check_options(options: OcrOptions) -> None:
    """Refuse before the first page what would fail on it."""
    if getattr(options, "pdf_renderer", "auto") == "sandwich" and get_ocr_engine(options):
        raise BadArgsError(_SANDWICH)


@hookimpl
def get_ocr_engine(options: OcrOptions | None) -> OcrEngine | None:
    """Our engine, unless another one is asked for by name."""
    asked = getattr(options, "ocr_engine", "auto") if options is not None else "auto"
    return RestoringEngine() if asked == "auto" else None


def _page_number(path: Path) -> int:
    """OCRmyPDF names its page images ``000001_rasterize.png``."""
    digits = path.name.split("_")[0]
    return int(digits) if digits.isdecimal() else 1


def _read_now(path: Path) -> Page:
    (document,) = read(path, engine=_engine())
    return document.pages[0]


def _size(path: Path) -> tuple[int, int, float]:
    with Image.open(path) as image:
        dpi = image.info.get("dpi", (300, 300))
        return image.width, image.height, float(dpi[0])


def _grey(path: Path) -> tuple[Any, int]:
    with Image.open(path) as image:
        grey = np.asarray(image.convert("L"))
        dpi = round(float(image.info.get("dpi", (150, 150))[0]))
    # Page orientation is told at a resolution at which letters are legible.
    if dpi < 150:
        grey = cv2.resize(grey, None, fx=150 / dpi, fy=150 / dpi, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
        dpi = 150
    return grey, dpi


def _text(page: Page) -> str:
    return "\n".join(line.text for line in page.lines if line.zone not in ("seal", "noise"))


def _element(lines: tuple[LayerLine, ...], width: int, height: int, dpi: float, number: int) -> OcrElement:
    return OcrElement(
        ocr_class=OcrClass.PAGE,
        bbox=BoundingBox(0, 0, width, height),
        dpi=dpi,
        page_number=number,
        children=[_line_element(line) for line in lines],
    )


def _line_element(line: LayerLine) -> OcrElement:
    words = [
        OcrElement(ocr_class=OcrClass.WORD, text=w.text, bbox=BoundingBox(w.x0, w.y0, w.x1, w.y1), confidence=w.confidence)
        for w in line.words
    ]
    return OcrElement(
        ocr_class=OcrClass.LINE,
        bbox=BoundingBox(line.x0, line.y0, line.x1, line.y1),
        baseline=Baseline(0.0, line.intercept),
        language="vie",
        children=words,
    )


def hocr(lines: tuple[LayerLine, ...], width: int, height: int) -> str:
    """The lines as hOCR (1.2), boxes in whole pixels."""
    body = "\n".join(_hocr_line(line) for line in lines)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="vi" lang="vi">\n'
        f'<head><title/><meta name="ocr-system" content={quoteattr(f"ocr_pipeline {RestoringEngine.version()}")}/>'
        '<meta name="ocr-capabilities" content="ocr_page ocr_line ocrx_word ocrp_wconf"/></head>\n'
        f'<body><div class="ocr_page" title="bbox 0 0 {width} {height}">\n{body}\n</div></body></html>\n'
    )


def _hocr_line(line: LayerLine) -> str:
    words = " ".join(_hocr_word(word) for word in line.words)
    title = f"{_bbox(line.x0, line.y0, line.x1, line.y1)}; baseline 0 {line.intercept:.0f}"
    return f'<span class="ocr_line" title="{title}">{words}</span>'


def _hocr_word(word: LayerWord) -> str:
    title = f"{_bbox(word.x0, word.y0, word.x1, word.y1)}; x_wconf {100 * word.confidence:.0f}"
    return f'<span class="ocrx_word" title="{title}">{escape(word.text)}</span>'


def _bbox(x0: float, y0: float, x1: float, y1: float) -> str:
    return f"bbox {x0:.0f} {y0:.0f} {x1:.0f} {y1:.0f}"

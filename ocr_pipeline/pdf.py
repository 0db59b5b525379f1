"""One PDF: its pages as images and as words with boxes.

A scanned page is mostly one image that fills it; that image is taken as it is, which costs a tenth of rasterising and
loses nothing. Every other page is rasterised with pdf2image, one page at a time.
"""

from __future__ import annotations

import contextlib
import math
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import pdf2image
import pypdfium2
import pypdfium2.raw as pdfium
from pdf2image.exceptions import PDFInfoNotInstalledError, PDFPopplerTimeoutError

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.errors import DamagedInput, EncryptedInput, InputTooLarge, MissingDependency
from ocr_pipeline.settings import Settings
from ocr_pipeline.sheet_size import enlarged

Pixels = npt.NDArray[np.uint8]
LAYER_DPI: Final = 150
GLANCE_DPI: Final = 75
# The largest picture, in inches, that may be a number or a day.
_PICTURE: Final = (1.2, 0.45)
_POINTS: Final = 72
_INVISIBLE: Final = 3
# Words of a recogniser that does not say how sure it was.
_RECOGNISED: Final = 0.95
# An image that covers this share of the page is the page; other images on it make it a composition.
_WHOLE: Final = 0.85
_SKEWED: Final = 0.02
# Bilevel and indexed images are compared with the page at so many dpi: their colours may be turned round or masked.
_CHECK_DPI: Final = 36
_SAMPLED: Final = 7
_SAME: Final = 24.0
# Every so many pixels and rows of it are enough.
_LOOKED_AT: Final = 2
_HYPHENS: Final = {"\x02": "-", "\ufffe": "-", "\N{SOFT HYPHEN}": "-"}
# Radians; slanted letters that stand for italics turn by 0.2.
_UPRIGHT: Final = 0.6


class Char(NamedTuple):
    """A character of the text layer with its box in points, origin bottom left; ``gap`` for spaces and line ends."""

    text: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def gap(self) -> bool:
        """Whether a word ends here."""
        return not self.text.strip()


class PdfFile:
    """An open PDF. Raises EncryptedInput, DamagedInput, InputTooLarge."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self.path, self.settings = path, settings
        self._open: PdfPage | None = None
        try:
            self._pdf = pypdfium2.PdfDocument(path)
            self.page_count = len(self._pdf)
        except pypdfium2.PdfiumError as error:
            raise _why_closed(path, error) from error
        if not self.page_count:
            raise DamagedInput(f"{path} has no pages", remedy="Make the PDF again.")
        if self.page_count > settings.max_pages:
            raise InputTooLarge(
                f"{path} has {self.page_count} pages", remedy=f"Split it, or raise --max-pages (now {settings.max_pages})."
            )

    def close(self) -> None:
        """Let go of the file, and first of the page that is still open: Pdfium's own memory knows no owners."""
        if self._open:
            self._open.close()
        self._pdf.close()

    @contextlib.contextmanager
    def page(self, number: int) -> Iterator[PdfPage]:
        """Page ``number`` (from 1), read; DamagedInput where it cannot be."""
        try:
            page = self._open = PdfPage(self, number)
        except pypdfium2.PdfiumError as error:
            raise DamagedInput(f"{self.path}, page {number} is damaged ({error})", remedy="Make the PDF again.") from error
        try:
            yield page
        finally:
            page.close()

    def load(self, number: int) -> Any:
        """The page as pypdfium2 has it."""
        return self._pdf[number - 1]


def _why_closed(path: Path, error: Exception) -> DamagedInput | EncryptedInput:
    # Pdfium's last error may be that of another file: only what is encrypted can want a password.
    if "assword" in str(error) and _is_encrypted(path):
        return EncryptedInput(f"{path} needs a password", remedy="Save it without one, then run again.")
    return DamagedInput(f"{path} is a damaged PDF ({error})", remedy="Copy it again, or repair it with `qpdf`.")


def _is_encrypted(path: Path) -> bool:
    """Whether a trailer names an encryption; trailers are never encrypted themselves."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"/Encrypt") >= 0


class PdfPage:
    """One page: ``layer`` are the words of its own text, ``stamps`` those of annotations, boxes at ``layer_dpi``.

    A page that is larger or smaller than a sheet can be has all its resolutions in those of the sheet that it must be.
    """

    def __init__(self, pdf: PdfFile, number: int) -> None:
        self._pdf, self._number = pdf, number
        self._page = pdf.load(number)
        self.width, self.height = self._page.get_size()
        self._enlarged = enlarged(self.width / _POINTS, self.height / _POINTS)
        self.layer_dpi = self._sheet_dpi(LAYER_DPI)
        self._image = self._whole_image()
        self.pictures = tuple(_box(rect, self.height) for rect in self._small_pictures())
        own = _chars(self._page)
        self.recognised = self._is_recognised()
        self.layer = _words(own, self.height, _RECOGNISED if self.recognised else 1.0)
        self.stamps = _words(_new(own, self._annotated()), self.height)

    @property
    def scanned(self) -> bool:
        """Whether the page is one image."""
        return self._image is not None

    def close(self) -> None:
        """Let go of the page; closing twice does no harm."""
        self._image = None
        if self._page is not None:
            self._page.close()
            self._page = None

    def image(self) -> tuple[Pixels, int]:
        """Pixels (grey or BGR) and dpi; ValueError once the page is closed."""
        if self._page is None:
            raise ValueError(f"page {self._number} of {self._pdf.path} is closed")
        if self._image is not None:
            with contextlib.suppress(pypdfium2.PdfiumError):
                taken = self._taken(self._image)
                if taken is not None:
                    return taken
        return self._rasterised()

    def glance(self) -> tuple[Pixels, int]:
        """The page in grey at low resolution, without annotations: enough to see where its ink is."""
        self._check_pixels(self.width * self.height * (GLANCE_DPI / _POINTS) ** 2)
        drawn = self._page.render(scale=GLANCE_DPI / _POINTS, grayscale=True, may_draw_forms=False, draw_annots=False)
        return _as_pixels(drawn), self._sheet_dpi(GLANCE_DPI)

    def _is_recognised(self) -> bool:
        """Whether the page's text was laid under a scan by somebody's recogniser: nobody is meant to see it."""
        modes = {
            pdfium.FPDFTextObj_GetTextRenderMode(item)
            for item in self._page.get_objects(max_depth=4)
            if item.type == pdfium.FPDF_PAGEOBJ_TEXT
        }
        return modes == {_INVISIBLE}

    def _whole_image(self) -> Any:
        """The image that is the page: nothing else is painted but invisible text."""
        images = []
        for item in self._page.get_objects(max_depth=4):
            if item.type == pdfium.FPDF_PAGEOBJ_IMAGE:
                images.append(item)
            elif item.type != pdfium.FPDF_PAGEOBJ_TEXT or pdfium.FPDFTextObj_GetTextRenderMode(item) != _INVISIBLE:
                return None
        return images[0] if len(images) == 1 and self._fills(images[0]) else None

    def _fills(self, image: Any) -> bool:
        left, bottom, right, top = image.get_bounds()
        x0, y0, x1, y1 = self._page.get_bbox()
        shown = max(0.0, min(right, x1) - max(left, x0)) * max(0.0, min(top, y1) - max(bottom, y0))
        a, b, c, d, *_ = image.get_matrix().get()
        upright = a > 0 and d > 0 and abs(b) <= _SKEWED * a and abs(c) <= _SKEWED * d
        return upright and shown >= _WHOLE * (x1 - x0) * (y1 - y0) and shown >= _WHOLE * (right - left) * (top - bottom)

    def _taken(self, image: Any) -> tuple[Pixels, int] | None:
        """The embedded image; None where it is not what the page shows."""
        width, height = image.get_px_size()
        self._check_pixels(width * height)
        left, _, right, _ = image.get_bounds()
        few_colours = image.get_metadata().bits_per_pixel < 8
        pixels = _as_pixels(image.get_bitmap(render=False), few_colours=few_colours)
        if few_colours and not self._shows(pixels, image):
            return None
        turns = self._page.get_rotation() // 90
        return np.ascontiguousarray(np.rot90(pixels, -turns)), self._sheet_dpi(width * _POINTS / (right - left))

    def _sheet_dpi(self, dpi: float) -> int:
        return max(1, round(dpi * self._enlarged))

    def _shows(self, pixels: Pixels, image: Any) -> bool:
        """Whether the page looks like the image: no mask, no turned colours."""
        shown = _as_pixels(self._page.render(scale=_CHECK_DPI / _POINTS, grayscale=True, may_draw_forms=False, draw_annots=False))
        turned = np.rot90(shown, self._page.get_rotation() // 90)
        some = pixels[::_LOOKED_AT, ::_LOOKED_AT]
        grey = np.ascontiguousarray(some) if some.ndim == 2 else cv2.cvtColor(some, cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, (turned.shape[1], turned.shape[0]), interpolation=cv2.INTER_AREA)
        return float(np.abs(small.astype(np.int16) - turned).mean()) < _SAME

    def _check_pixels(self, pixels: float) -> None:
        limit = self._pdf.settings.max_pixels
        if pixels > limit:
            raise InputTooLarge(
                f"{self._pdf.path}, page {self._number} has {pixels:,.0f} pixels",
                remedy=f"Scan it at 300 dpi, or raise --max-pixels (now {limit:,}).",
            )

    def _rasterised(self) -> tuple[Pixels, int]:
        settings, where = self._pdf.settings, f"{self._pdf.path}, page {self._number}"
        dpi = max(1, round(settings.dpi / self._enlarged))
        self._check_pixels(self.width * self.height * (dpi / _POINTS) ** 2)
        try:
            (image,) = pdf2image.convert_from_path(
                self._pdf.path.resolve(), dpi, first_page=self._number, last_page=self._number,
                timeout=settings.page_timeout, use_cropbox=True,
            )  # fmt: skip
        except PDFInfoNotInstalledError as error:
            raise MissingDependency("Poppler is not installed", remedy="apt-get install poppler-utils") from error
        except PDFPopplerTimeoutError as error:
            raise InputTooLarge(
                f"{where} takes too long to draw", remedy="Raise --page-timeout, or simplify the page."
            ) from error
        except Exception as error:  # pdf2image raises what Poppler printed, in several types
            raise DamagedInput(f"{where} cannot be drawn ({error})", remedy="Make the PDF again.") from error
        return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1]), self._sheet_dpi(dpi)

    def _small_pictures(self) -> Iterator[tuple[float, float, float, float]]:
        """Places (left, bottom, right, top) of images and annotations no larger than a number."""
        rects = [item.get_bounds() for item in self._page.get_objects(max_depth=4) if item.type == pdfium.FPDF_PAGEOBJ_IMAGE]
        for i in range(pdfium.FPDFPage_GetAnnotCount(self._page)):
            annotation, rect = pdfium.FPDFPage_GetAnnot(self._page, i), pdfium.FS_RECTF()
            if pdfium.FPDFAnnot_GetRect(annotation, rect):
                rects.append((rect.left, rect.bottom, rect.right, rect.top))
            pdfium.FPDFPage_CloseAnnot(annotation)
        widest, highest = (inches * _POINTS * self._enlarged for inches in _PICTURE)
        for left, bottom, right, top in rects:
            if 0 < right - left <= widest and 0 < top - bottom <= highest:
                yield left, bottom, right, top

    def _annotated(self) -> list[Char]:
        """The characters with those of annotations among them; the annotations become part of the page in memory."""
        if not pdfium.FPDFPage_GetAnnotCount(self._page):
            return []
        page = self._pdf.load(self._number)
        flattened = pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
        page.close()
        if not flattened:
            return []
        page = self._pdf.load(self._number)
        found = _chars(page)
        page.close()
        return found


def _as_pixels(bitmap: Any, *, few_colours: bool = False) -> Pixels:
    """A copy: the bitmap's own memory goes with the page. Of few colours, a sample tells whether all are grey."""
    array = bitmap.to_numpy()
    sample = array[::_SAMPLED, ::_SAMPLED]
    if array.ndim == 3 and (array.shape[2] == 1 or (few_colours and (sample[:, :, :3] == sample[:, :, :1]).all())):
        array = array[:, :, 0]
    return np.array(array[:, :, :3] if array.ndim == 3 else array, order="C")


def _chars(page: Any) -> list[Char]:
    """The characters of a page in the order of its content, upright ones only."""
    text = page.get_textpage()
    found = []
    for i in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, i)
        if code == 0 or _UPRIGHT < pdfium.FPDFText_GetCharAngle(text, i) < 2 * math.pi - _UPRIGHT:
            continue
        shown = chr(code)
        found.append(Char(_HYPHENS.get(shown, shown), *text.get_charbox(i, loose=True)))
    text.close()
    return found


def _new(own: list[Char], all_chars: list[Char]) -> list[Char]:
    """The characters that were not there before; gaps stay, so that words do not run together."""
    seen = {(c.text, round(c.left), round(c.bottom)) for c in own if not c.gap}
    return [c for c in all_chars if c.gap or (c.text, round(c.left), round(c.bottom)) not in seen]


def _words(chars: list[Char], height: float, confidence: float = 1.0) -> tuple[PlacedWord, ...]:
    words, run = [], list[Char]()
    for char in [*chars, Char(" ", 0, 0, 0, 0)]:
        if run and (char.gap or _apart(run[-1], char)):
            words.append(_word(run, height, confidence))
            run = []
        run += [] if char.gap else [char]
    return tuple(words)


def _apart(before: Char, char: Char) -> bool:
    """Whether two characters that follow one another stand in different places."""
    size = max(before.top - before.bottom, 1.0)
    return abs(char.bottom - before.bottom) > 0.6 * size or not -0.5 * size < char.left - before.right < 0.6 * size


def _word(run: list[Char], height: float, confidence: float) -> PlacedWord:
    rect = min(c.left for c in run), min(c.bottom for c in run), max(c.right for c in run), max(c.top for c in run)
    return PlacedWord("".join(c.text for c in run), _box(rect, height), confidence)


def _box(rect: tuple[float, float, float, float], height: float) -> Box:
    """A rectangle in points, origin bottom left, in pixels at ``LAYER_DPI``, origin top left."""
    left, bottom, right, top = (value * LAYER_DPI / _POINTS for value in rect)
    height *= LAYER_DPI / _POINTS
    return Box(round(left), round(height - top), round(right), round(height - bottom))

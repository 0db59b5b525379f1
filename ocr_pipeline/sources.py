"""Opens files and hands out their pages one at a time: PDF, PNG, JPEG, TIFF with several pages, text.

What a file is, is told by its first bytes, not by its name. A page's image is made when it is asked for and belongs
to whoever asked: never more than one page is held here. Inputs are opened for reading only.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.errors import DamagedInput, InputError, InputTooLarge, UnsupportedInput
from ocr_pipeline.pdf import PdfFile
from ocr_pipeline.plain_text import decode_text
from ocr_pipeline.settings import Settings
from ocr_pipeline.sheet_size import a4_dpi, enlarged

Pixels = npt.NDArray[np.uint8]
_CHUNK: Final = 1 << 20
_SNIFFED: Final = 1024
_IMAGE_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "TIFF": "image/tiff", "MPO": "image/jpeg"}
_AGAIN: Final = "Copy or scan it again"
# Scanners write one of these where they do not know; a page of A4 tells better.
_NOMINAL_DPI: Final = frozenset({0, 1, 72, 96})


class PageImage(NamedTuple):
    """Pixels of a page, uint8: grey (height, width) or BGR (height, width, 3), and their resolution."""

    pixels: Pixels
    dpi: int


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One page of a file: plain ``text``, or an image to be loaded and perhaps a text layer.

    ``layer`` and ``stamps`` are words with boxes in pixels at ``layer_dpi``, origin top left: those of the page's own
    content, and those of annotations laid over it (signature stamps, numbers of electronic offices). ``pictures`` are
    small images among them that may be a number. ``glance`` is a quick look at the page. ``recognised`` says that the
    layer is what somebody's recogniser made of the page's image.
    """

    number: int
    load: Callable[[], PageImage] | None = None
    text: str | None = None
    layer: tuple[PlacedWord, ...] = ()
    stamps: tuple[PlacedWord, ...] = ()
    layer_dpi: int = 0
    glance: Callable[[], PageImage] | None = None
    pictures: tuple[Box, ...] = ()
    recognised: bool = False

    def image(self) -> PageImage:
        """The page as pixels; InputError where the page is damaged or too large."""
        if self.load is None:
            raise UnsupportedInput(f"page {self.number} is text and has no image")
        return self.load()


@dataclass(slots=True)
class Source:
    """An open file. Use as a context manager; ``pages()`` may be walked once or several times."""

    path: Path
    sha256: str
    media_type: str
    page_count: int
    _walk: Callable[[Sequence[int]], Iterator[SourcePage]]
    _close: Callable[[], None] = field(default=lambda: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def pages(self, numbers: Sequence[int] | None = None) -> Iterator[SourcePage]:
        """All pages in order, or those of the ``numbers`` (from 1); an image can be loaded until the next page is asked for."""
        return self._walk(range(1, self.page_count + 1) if numbers is None else numbers)


def open_source(path: Path, settings: Settings) -> Source:
    """The file, opened; InputError with the reason where it cannot be read at all."""
    head, digest = _examined(path)
    if head[:_SNIFFED].lstrip()[:5] == b"%PDF-" or b"%PDF-" in head:
        return _open_pdf(path, digest, settings)
    if _is_image(head):
        return _open_image(path, digest, settings)
    if b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _open_text(path, digest)
    raise UnsupportedInput(f"{path} is neither a PDF, a PNG, JPEG or TIFF image, nor text", remedy="Convert it to PDF first.")


def _examined(path: Path) -> tuple[bytes, str]:
    """The first bytes and the SHA-256 of a file."""
    digest = hashlib.sha256()
    head = b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                head = head or chunk[:_SNIFFED]
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", remedy="Check the path and its permissions.") from error
    if not head:
        raise DamagedInput(f"{path} is empty", remedy=f"{_AGAIN}.")
    return head, digest.hexdigest()


def _is_image(head: bytes) -> bool:
    return head.startswith((b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


# --- text


def _open_text(path: Path, digest: str) -> Source:
    parts = decode_text(path.read_bytes(), str(path)).split("\f")
    pages = [SourcePage(number, text=part) for number, part in enumerate(parts, 1)]
    return Source(path, digest, "text/plain", len(pages), lambda numbers: (pages[n - 1] for n in numbers))


# --- images


def _open_image(path: Path, digest: str, settings: Settings) -> Source:
    with warnings.catch_warnings():
        # Sizes are checked here, against the user's own limit.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(path)
            frames = getattr(image, "n_frames", 1)
        except Image.DecompressionBombError as error:
            raise _too_large(str(path), settings) from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError) as error:
            raise DamagedInput(f"{path} is a damaged image ({error})", remedy=f"{_AGAIN}.") from error
    media_type = _IMAGE_TYPES.get(image.format or "", "image/unknown")
    if frames > settings.max_pages:
        image.close()
        raise InputTooLarge(f"{path} has {frames} pages", remedy=f"Split it, or raise --max-pages (now {settings.max_pages}).")
    return Source(path, digest, media_type, frames, lambda numbers: _frames(image, numbers, path, settings), image.close)


def _frames(image: Image.Image, numbers: Sequence[int], path: Path, settings: Settings) -> Iterator[SourcePage]:
    for number in numbers:
        yield SourcePage(number, load=lambda number=number: _frame(image, number, path, settings))  # type: ignore[misc]


def _frame(image: Image.Image, number: int, path: Path, settings: Settings) -> PageImage:
    where = f"{path}, page {number}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image.seek(number - 1)
            if image.width * image.height > settings.max_pixels:
                raise _too_large(where, settings)
            dpi = _resolution(image)
            upright = ImageOps.exif_transpose(image)
    except InputError:
        raise
    except Exception as error:  # Pillow raises whatever its decoders do
        raise DamagedInput(f"{where} is damaged ({error})", remedy=f"{_AGAIN}.") from error
    return PageImage(as_pixels(upright), dpi)


def _too_large(where: str, settings: Settings) -> InputTooLarge:
    return InputTooLarge(
        f"{where} has more than {settings.max_pixels:,} pixels", remedy="Scan it at 300 dpi, or raise --max-pixels."
    )


def _resolution(image: Image.Image) -> int:
    stated = image.info.get("dpi", (0, 0))
    dpi = round(float(stated[0])) if isinstance(stated, tuple) else 0
    if dpi not in _NOMINAL_DPI and 50 <= dpi <= 1200:
        return round(dpi * enlarged(image.width / dpi, image.height / dpi))
    return a4_dpi(*image.size)


def as_pixels(image: Image.Image) -> Pixels:
    """A Pillow image as grey or BGR; transparent parts are paper."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    if image.mode in ("I", "I;16", "F", "I;16B"):
        return _scaled(np.asarray(image))
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _scaled(values: npt.NDArray[Any]) -> Pixels:
    """Sixteen bits or more to eight, the brightest value white."""
    top = float(values.max(initial=1))
    return (np.clip(values, 0, None) * (255.0 / max(top, 1.0))).astype(np.uint8)


# --- PDF


def _open_pdf(path: Path, digest: str, settings: Settings) -> Source:
    pdf = PdfFile(path, settings)

    def walk(numbers: Sequence[int]) -> Iterator[SourcePage]:
        for number in numbers:
            with pdf.page(number) as page:
                yield SourcePage(
                    number,
                    load=lambda page=page: PageImage(*page.image()),  # type: ignore[misc]
                    layer=page.layer,
                    stamps=page.stamps,
                    layer_dpi=page.layer_dpi,
                    glance=lambda page=page: PageImage(*page.glance()),  # type: ignore[misc]
                    pictures=page.pictures,
                    recognised=page.recognised,
                )

    return Source(path, digest, "application/pdf", pdf.page_count, walk, pdf.close)

"""The image of a page as its boxes count on it, made from the source file when it is asked for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import cv2

from ocr_pipeline.document import Document, Page
from ocr_pipeline.errors import InputError, UnsupportedInput
from ocr_pipeline.imaging import turned_upright
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import open_source

# Wide enough to read small print on, small enough to be there at once.
_WIDEST: Final = 1700
_QUALITY: Final = 85
MEDIA_TYPE: Final = "image/jpeg"


def source_file(document: Document, sources: Path | None) -> Path | None:
    """The file that the document was read from, inside ``sources``; None where it is not there, or not an image or PDF."""
    if sources is None or document.source.media_type == "text/plain":
        return None
    root = sources.resolve()
    for name in (document.source.path, document.source.name):
        path = (root / name).resolve()
        # The name comes out of the JSON: it must not lead anywhere else.
        if path.is_relative_to(root) and path.is_file():
            return path
    return None


@functools.lru_cache(maxsize=8)
def page_image(path: Path, sha256: str, page: Page, settings: Settings) -> bytes:
    """The page as JPEG, upright, in the proportions of its boxes; InputError where it cannot be made."""
    with open_source(path, settings) as source:
        if source.sha256 != sha256:
            raise InputError(f"{path} is not the file that was read: it has changed", remedy="Run it again.")
        number = page.source_page
        if not 1 <= number <= source.page_count:
            raise InputError(f"{path} has no page {number}")
        (found,) = (turned_upright(p.image().pixels, page.rotation // 90) for p in source.pages([number]))
    height, width = found.shape[:2]
    factor = min(1.0, _WIDEST / width)
    if factor < 1.0:
        found = cv2.resize(found, (round(width * factor), round(height * factor)), interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", found, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise UnsupportedInput(f"{path}, page {number} cannot be shown")
    return bytes(data)

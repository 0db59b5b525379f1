"""A scan as a searchable PDF/A: the page images as they are, the restored text unseen beneath them.

Through OCRmyPDF (an extra: ``pip install 'ocr_pipeline[pdf]'``) with our plug-in, which hands each page the words that
were read before. Images are not recompressed; a PDF's own good text stays, any other text layer is replaced.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Final

import msgspec
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageSequence

from ocr_pipeline.document import Document, Page
from ocr_pipeline.errors import InputError, MissingDependency, OutputError, UnsupportedInput
from ocr_pipeline.exports.pdf_preparation import prepare_pdf

PLUGIN: Final = "ocr_pipeline.ocrmypdf_plugin"
_INVISIBLE: Final = 3
_INSTALL: Final = "pip install 'ocr_pipeline[pdf]'"


def write_searchable_pdf(
    source: Path, documents: Sequence[Document], target: Path, *, kind: str = "pdfa", drop_signatures: bool = False
) -> int:
    """Write the pages of ``source`` with the words of its documents to ``target``; returns how many words lie in them.

    MissingDependency without OCRmyPDF; UnsupportedInput for text; InputError for a signed PDF unless ``drop_signatures``
    (a copy with text beneath it can no longer bear the signature) and for one that cannot become PDF/A; OutputError
    where ``target`` cannot be written.
    """
    ocrmypdf = check_installed()
    media_type = documents[0].source.media_type
    if media_type == "text/plain":
        raise UnsupportedInput(f"{source} is text and has no page image", remedy="Name a PDF or an image.")
    pages = [page for document in documents for page in document.pages]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if media_type == "application/pdf":
            pdf = folder / "prepared.pdf"
            prepare_pdf(source, pdf, drop_signatures=drop_signatures)
        else:
            pdf = _images_as_pdf(source, pages[0].dpi or 300, folder)
        pages = [replace(page, lines=()) if _has_good_text(pdf, page) else page for page in pages]
        recorded, made = folder / "pages.json", folder / "made.pdf"
        recorded.write_bytes(msgspec.json.encode(pages))
        _run(ocrmypdf, source, (pdf, made, recorded), kind)
        _put(made, target)
    return sum(len(line.words) for page in pages for line in page.lines)


def check_installed() -> ModuleType:
    """OCRmyPDF, in a version whose plug-ins hand over words; MissingDependency where it is not there."""
    try:
        module = importlib.import_module("ocrmypdf")
        importlib.import_module(PLUGIN)
    except (ImportError, AttributeError) as error:
        raise MissingDependency(f"OCRmyPDF 17.13 or later is not installed ({error})", remedy=_INSTALL) from error
    logging.getLogger("ocrmypdf").setLevel(logging.CRITICAL)
    return module


def _has_good_text(pdf: Path, page: Page) -> bool:
    """Whether the page was read from its own visible text, so that none is needed beneath it."""
    if page.text_source != "text-layer":
        return False
    document = pypdfium2.PdfDocument(pdf)
    try:
        texts = document[page.source_page - 1].get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=4)
        return any(pdfium.FPDFTextObj_GetTextRenderMode(text) != _INVISIBLE for text in texts)
    finally:
        document.close()


def _run(ocrmypdf: ModuleType, source: Path, files: tuple[Path, Path, Path], kind: str) -> None:
    """Let OCRmyPDF put its layers together, with Ghostscript only where it takes that; its errors in our words."""
    errors = ocrmypdf.exceptions
    try:
        try:
            _layered(ocrmypdf, files, kind, "internal")
        except errors.PdfaConversionFailedError:
            if not shutil.which("gs"):
                raise
            _layered(ocrmypdf, files, kind, "ghostscript")
    except (errors.PdfaConversionFailedError, errors.MissingDependencyError) as error:
        raise InputError(
            f"{source} cannot become PDF/A ({_first_line(error)})",
            remedy="--kind pdf makes an ordinary PDF of it; a newer Ghostscript may make it PDF/A.",
        ) from error
    except errors.ExitCodeException as error:
        raise InputError(f"{source} cannot be made searchable ({_first_line(error)})", remedy="Repair it with `qpdf`.") from error


def _layered(ocrmypdf: ModuleType, files: tuple[Path, Path, Path], kind: str, backend: str) -> None:
    pdf, made, recorded = files
    # Its progress bar, even where there is none, leaves another stderr behind.
    with contextlib.redirect_stderr(sys.stderr):
        ocrmypdf.ocr(
            pdf, made, plugins=[PLUGIN], ocr_pipeline_pages=str(recorded), language=["vie"], mode="redo",
            output_type=kind, pdfa_backend=backend, rotate_pages=True, optimize=0, jobs=1, use_threads=True, progress_bar=False,
        )  # fmt: skip


def _first_line(error: Exception) -> str:
    return next((line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()), type(error).__name__)


def _images_as_pdf(source: Path, dpi: int, folder: Path) -> Path:
    """The pages of an image file as a PDF; the bytes of JPEGs are kept, other pixels packed without loss."""
    img2pdf = importlib.import_module("img2pdf")
    target = folder / "images.pdf"
    layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
    for path in (source, None):
        try:
            given = path or _opaque(source, folder)
            target.write_bytes(img2pdf.convert(str(given), layout_fun=layout, rotation=img2pdf.Rotation.ifvalid))
        except img2pdf.AlphaChannelError:
            continue
        except Exception as error:  # what its decoders raise has no common base
            raise InputError(
                f"{source} cannot be put into a PDF ({_first_line(error)})", remedy="Convert it to PDF first."
            ) from error
        break
    return target


def _opaque(source: Path, folder: Path) -> Path:
    """The same image with paper where it is transparent, as TIFF: a PDF/A has no use for transparency."""
    target = folder / "opaque.tif"
    with Image.open(source) as image:
        frames = [_on_paper(frame.convert("RGBA")) for frame in ImageSequence.Iterator(image)]
    frames[0].save(target, save_all=True, append_images=frames[1:], compression="tiff_deflate")
    return target


def _on_paper(image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _put(made: Path, target: Path) -> None:
    """At once or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made, part)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(
            f"{target} cannot be written ({error.strerror or error})", remedy="Free some space or name another folder with --out."
        ) from error

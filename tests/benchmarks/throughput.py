"""Pages a minute of the whole pipeline against bare recognition of the same pages in the same run: `make bench`.

Bare recognition: tesserocr with the same model, kept loaded, on pages rasterised at 300 dpi in grey, rasterising
included. One process each; the ratio counts, the times depend on the machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdfium2
from PIL import Image, ImageSequence
from tesserocr import PSM, PyTessBaseAPI

from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import INPUT_SUFFIXES

DPI = 300


def page_images(path: Path) -> Iterator[Image.Image]:
    """The pages of a file in grey, PDFs at 300 dpi."""
    if path.suffix.lower() == ".pdf":
        with pypdfium2.PdfDocument(path) as pdf:
            for page in pdf:
                yield page.render(scale=DPI / 72, grayscale=True).to_pil()
        return
    with Image.open(path) as image:
        for frame in ImageSequence.Iterator(image):
            yield frame.convert("L")


def bare(files: list[Path]) -> int:
    """Recognise every page and do nothing else; returns the number of pages."""
    engine = choose_engine(Settings())
    pages = 0
    with PyTessBaseAPI(path=engine.data_path, lang=engine.model, psm=PSM.AUTO) as api:
        for image in (image for path in files for image in page_images(path)):
            api.SetImage(image)
            api.SetSourceResolution(DPI)
            api.GetUTF8Text()
            pages += 1
    return pages


def whole(files: list[Path]) -> int:
    """Everything from file to document; returns the number of pages."""
    return sum(len(document.pages) for path in files for document in read(path))


def measured(name: str, work: Callable[[list[Path]], int], files: list[Path]) -> float:
    """Run once and print; returns CPU seconds a page."""
    wall, cpu = time.perf_counter(), time.process_time()
    pages = work(files)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:8}{pages:4} pages  {60 * pages / wall:7.1f} pages/min  {cpu / pages:6.2f} CPU s/page")
    return cpu / pages


def main() -> None:
    """Measure the files and folders named on the command line."""
    given = [Path(name) for name in sys.argv[1:]]
    found = [p for g in given for p in (sorted(g.rglob("*")) if g.is_dir() else [g])]
    files = [p for p in found if p.suffix.lower() in INPUT_SUFFIXES - {".txt"}]
    whole(files[:1])  # warm: models loaded, compiled code read
    alone = measured("bare", bare, files)
    print(f"ratio of CPU, whole / bare: {measured('whole', whole, files) / alone:.2f}")


if __name__ == "__main__":
    main()

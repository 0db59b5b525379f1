"""Pages a minute of the whole pipeline against its peers on the same pages in the same run: `make bench`.

- bare: tesserocr with the same model, kept loaded, on pages rasterised at 300 dpi in grey, rasterising included
- whole: this pipeline, one process; and the same without second readings of doubtful lines
- command line: pytesseract, as most scripts have it, on the same images as bare
- OCRmyPDF: `ocrmypdf -l vie --force-ocr --jobs 1`, the first on PATH, where it is installed

One process and one thread each. CPU seconds of the process and of its children count: the ratios hold on any
machine, the times do not. `--svg FILE` draws them.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

# One thread for each of them, told before numpy and Tesseract are loaded.
os.environ.update(OMP_THREAD_LIMIT="1", OPENBLAS_NUM_THREADS="1")

import pypdfium2
import pytesseract
from PIL import Image, ImageSequence
from tesserocr import PSM, PyTessBaseAPI

from ocr_pipeline.document import PlacedWord
from ocr_pipeline.input_files import INPUT_SUFFIXES
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import Engine, Pixels, ReadLine, choose_engine
from ocr_pipeline.settings import Settings

DPI = 300


class Figure:
    """What one of them took: pages, seconds, CPU seconds."""

    def __init__(self, name: str, pages: int, wall: float, cpu: float) -> None:
        self.name, self.pages, self.rate, self.cpu = name, pages, 60 * pages / wall, cpu / pages

    def __str__(self) -> str:
        return f"{self.name:28}{self.pages:4} pages {self.rate:8.1f} pages/min {self.cpu:7.2f} CPU s/page"


class FirstReading:
    """An engine whose lines are never read twice."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.model, self.data_path = engine.name, engine.model, engine.data_path

    def other(self) -> Engine | None:
        """None: no second opinion."""
        return None

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        """As the engine reads."""
        return self._engine.read_blocks(cuts, dpi)

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        """As the engine reads."""
        return self._engine.read_lines(cuts, dpi)

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        """As the engine reads."""
        return self._engine.read_digits(grey, dpi)

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        """As the engine says."""
        return self._engine.quarter_turns(grey, dpi)


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


def command_line(files: list[Path]) -> int:
    """The same images through pytesseract."""
    engine = choose_engine(Settings())
    images = [image for path in files for image in page_images(path)]
    for image in images:
        pytesseract.image_to_string(image, lang=engine.model, config=f"--dpi {DPI}")
    return len(images)


def whole(files: list[Path], engine: Engine | None = None) -> int:
    """Everything from file to document; returns the number of pages."""
    return sum(len(document.pages) for path in files for document in read(path, engine=engine))


def once(files: list[Path]) -> int:
    """Everything but the second readings."""
    return whole(files, FirstReading(choose_engine(Settings())))


def ocrmypdf(files: list[Path]) -> int:
    """What most archives use: a searchable PDF, recognised anew."""
    program = shutil.which("ocrmypdf") or str(Path(sys.executable).with_name("ocrmypdf"))
    flags = [
        "-l",
        "vie",
        "--force-ocr",
        "--jobs",
        "1",
        "--invalidate-digital-signatures",
        "--image-dpi",
        str(DPI),
        "--quiet",
    ]
    pages = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in files:
            out = Path(folder) / "out.pdf"
            subprocess.run([program, *flags, path, out], check=True, stdout=subprocess.DEVNULL)
            with pypdfium2.PdfDocument(out) as pdf:
                pages += len(pdf)
    return pages


def measured(name: str, work: Callable[[list[Path]], int], files: list[Path]) -> Figure:
    """Run once and print."""
    wall, cpu = time.perf_counter(), _cpu()
    pages = work(files)
    figure = Figure(name, pages, time.perf_counter() - wall, _cpu() - cpu)
    print(figure, flush=True)
    return figure


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def drawn(figures: list[Figure]) -> str:
    """The figures as an SVG of bars: CPU seconds a page."""
    most = max(f.cpu for f in figures)
    height = 50 + 30 * len(figures)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{height}" font-family="sans-serif" font-size="13">']
    parts.append('<rect width="100%" height="100%" fill="white"/><text x="200" y="15">CPU seconds a page, one process</text>')
    for i, figure in enumerate(figures):
        y, long = 24 + 30 * i, 420 * figure.cpu / most
        colour = "#b3202a" if figure.name == "whole" else "#8899aa"
        parts.append(f'<text x="190" y="{y + 14}" text-anchor="end">{figure.name}</text>')
        parts.append(f'<rect x="200" y="{y}" width="{long:.0f}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{206 + long:.0f}" y="{y + 14}">{figure.cpu:.2f}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Measure the files and folders named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs", nargs="+", type=Path)
    parser.add_argument("--svg", type=Path, help="draw the figures")
    arguments = parser.parse_args()
    found = [p for g in arguments.inputs for p in (sorted(g.rglob("*")) if g.is_dir() else [g])]
    files = [p for p in found if p.suffix.lower() in INPUT_SUFFIXES - {".txt"}]
    whole(files[:1])  # warm: models loaded, compiled code read
    gc.freeze()  # as workers do
    figures = [measured("bare", bare, files), measured("whole, lines read once", once, files), measured("whole", whole, files)]
    alone, first, ours = figures
    figures.append(measured("command line (pytesseract)", command_line, files))
    if shutil.which("ocrmypdf") or Path(sys.executable).with_name("ocrmypdf").exists():
        figures.append(measured("OCRmyPDF", ocrmypdf, files))
        print(f"pages/min, whole / OCRmyPDF: {ours.rate / figures[-1].rate:.1f}")
    else:
        print("OCRmyPDF is not installed (pip install ocrmypdf): not compared")
    print(f"CPU, whole / bare: {ours.cpu / alone.cpu:.2f}; without second readings: {first.cpu / alone.cpu:.2f}")
    if arguments.svg:
        arguments.svg.write_text(drawn(figures), encoding="utf-8")


if __name__ == "__main__":
    main()

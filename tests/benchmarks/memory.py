"""Memory over a long PDF: pages of the samples repeated to so many, read one at a time; resident memory is printed.

`python tests/benchmarks/memory.py [PAGES]` (1,000 unless told). Flat means: what is held at the end is what was held
after the first fifty pages, and the lines of the pages read since.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import pypdfium2

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.pipeline import LazyEngine, read_pages
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import open_source

ROOT = Path(__file__).resolve().parents[2]
SCAN = ROOT / "samples" / "scans" / "huong-dan-100dpi.pdf"
EVERY = 50


def long_pdf(path: Path, pages: int) -> None:
    """The sample's pages over and over."""
    with pypdfium2.PdfDocument(SCAN) as sample, pypdfium2.PdfDocument.new() as out:
        for number in range(pages):
            out.import_pages(sample, [number % len(sample)])
        out.save(path)


def resident() -> float:
    """Resident memory now, in MB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize() / 1e6


def main() -> None:
    """Read a long PDF and print."""
    pages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    settings, dictionaries = Settings(), Dictionaries.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.pdf"
        long_pdf(path, pages)
        with open_source(path, settings) as source:
            for page in read_pages(source, LazyEngine(settings), settings, dictionaries):
                if page.number % EVERY == 0 or page.number == 1:
                    print(f"page {page.number:5} {resident():7.0f} MB", flush=True)
    print(f"most at any time: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB")


if __name__ == "__main__":
    main()

"""What a batch costs beside the work itself, and how it grows with its workers.

    python tests/benchmarks/batch.py overhead [ROUNDS]     CPU of a batch against a plain loop over the samples
    python tests/benchmarks/batch.py workers [SECONDS]     pages a minute against workers, pages that only wait

Overhead is counted in CPU seconds, which other work on the machine touches least; loading the models is counted apart, it
is paid once a worker. ``workers`` reads pages that cost so many seconds of waiting and hardly any CPU, so that the
batch itself is what is measured and not the number of cores; it writes docs/batches.svg.
"""

from __future__ import annotations

import functools
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scribe

from ocr_pipeline.batch import LocalPool, Recipe
from ocr_pipeline.composition import read_text
from ocr_pipeline.exports import rendered, write_atomically
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import choose_engine
from ocr_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "scans"
PLOT = ROOT / "docs" / "batches.svg"
WORKERS = (1, 2, 4, 8, 16)


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _files() -> list[Path]:
    return sorted(p for p in SAMPLES.iterdir() if not p.name.startswith(".") and p.suffix != ".txt")


def loop(rounds: int, out: Path) -> tuple[float, int]:
    """CPU seconds and pages of the plainest way: read, write, next."""
    engine, pages = choose_engine(Settings()), 0
    read_text("Số: 01/QĐ-UBND")
    started = _cpu(resource.RUSAGE_SELF)
    for turn in range(rounds):
        for path in _files():
            for document in read(path, engine=engine):
                for name, data in rendered(document):
                    write_atomically(out / f"{turn}" / f"{path.name}.{name}", data)
                pages += len(document.pages)
    return _cpu(resource.RUSAGE_SELF) - started, pages


def batch(rounds: int, folder: Path, out: Path) -> tuple[float, float]:
    """CPU seconds of the same as a batch with one worker: all of it, and what the process that decides took."""
    for turn in range(rounds):
        for path in _files():
            target = folder / f"{turn}" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    before = _cpu(resource.RUSAGE_CHILDREN)
    started = _cpu(resource.RUSAGE_SELF)
    recipe = Recipe(settings=Settings(), render=functools.partial(rendered, formats=scribe.FORMATS))
    with LocalPool(recipe, 1) as pool:
        outcomes = scribe.run([folder], out, pool)
    assert all(o.succeeded for o in outcomes)
    own = _cpu(resource.RUSAGE_SELF) - started
    return own + _cpu(resource.RUSAGE_CHILDREN) - before, own


def loading(out: Path) -> float:
    """CPU seconds of a batch that has nothing to read: loading a worker."""
    before = _cpu(resource.RUSAGE_CHILDREN)
    (out / "in").mkdir(parents=True)
    (out / "in" / "a.txt").write_text("Số: 01/QĐ-UBND\n", encoding="utf-8")
    recipe = Recipe(settings=Settings(), render=functools.partial(rendered, formats=scribe.FORMATS))
    with LocalPool(recipe, 1) as pool:
        scribe.run([out / "in"], out / "out", pool)
    return _cpu(resource.RUSAGE_CHILDREN) - before


def overhead(rounds: int) -> None:
    """Print both and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        start = loading(Path(name) / "loading")
        whole, own = batch(rounds, Path(name) / "in", Path(name) / "out")
        plain, pages = loop(rounds, Path(name) / "loop")
    work = whole - start
    print(f"{pages} pages: loop {plain / pages:.3f} CPU s/page, batch {work / pages:.3f} CPU s/page, loading {start:.1f} CPU s")
    print(f"overhead {100 * (work / plain - 1):+.1f} %, of it {1000 * own / pages:.1f} ms a page in the process that decides")


def workers(seconds: float) -> None:
    """Print pages a minute for each number of workers, loading left out, and draw them."""
    points = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        scribe.write_tiff(folder / "warm.tif", [3])
        for i in range(16):
            scribe.write_tiff(folder / "đợt" / f"{i:02}.tif", range(3, 11))
        for count in WORKERS:
            with LocalPool(scribe.recipe(Settings(restore=False), seconds=seconds), count) as pool:
                points.append((count, _rate(folder, Path(name) / f"{count}", pool, count)))
            print(f"{points[-1][0]:3} workers {points[-1][1]:8.0f} pages/min", flush=True)
    PLOT.write_text(plot(points, seconds), encoding="utf-8")


def _rate(folder: Path, out: Path, pool: LocalPool, count: int) -> float:
    # All workers load over as many copies of a small file, then the clock starts.
    for i in range(4 * count):
        shutil.copy(folder / "warm.tif", folder / f"warm{i}.tif")
    settings = Settings(restore=False)
    while len(pool.pids) < count:
        scribe.run(sorted(folder.glob("warm*.tif")), out / f"warm{len(pool.pids)}", pool, settings=settings)
    started = time.monotonic()
    outcomes = scribe.run([folder / "đợt"], out / "đợt", pool, settings=settings)
    return 60 * sum(o.pages for o in outcomes) / (time.monotonic() - started)


def plot(points: Sequence[tuple[int, float]], seconds: float) -> str:
    """The points and the line on which the work would grow with the workers, as SVG."""
    width, height, left, bottom = 480, 300, 60, 250
    most, top = points[-1][0], points[0][1] * points[-1][0]

    def place(count: float, rate: float) -> str:
        return f"{left + (width - left - 20) * count / most:.1f},{bottom - (bottom - 30) * rate / top:.1f}"

    line = " ".join(place(*point) for point in points)
    dots = "".join(
        '<circle cx="{}" cy="{}" r="4"/><text x="{}" y="{}" text-anchor="middle">{:.0f}</text>'.format(
            *place(c, r).split(","), place(c, r).split(",")[0], float(place(c, r).split(",")[1]) + 18, r
        )
        for c, r in points
    )
    ticks = "".join(f'<text x="{place(c, 0).split(",")[0]}" y="268" text-anchor="middle">{c}</text>' for c, _ in points)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">'
        f'<rect width="{width}" height="{height}" fill="white"/>'
        f'<path d="M{left},20V{bottom}H{width - 20}" fill="none" stroke="black"/>'
        f'<path d="M{place(0, 0)}L{place(most, top)}" stroke="silver" stroke-dasharray="4"/>'
        f'<polyline points="{line}" fill="none" stroke="black"/>{dots}{ticks}'
        f'<text x="{left}" y="14">pages/min</text><text x="{width / 2}" y="290" text-anchor="middle">'
        f"workers (pages that wait {seconds:g} s each; dashed: as many times as workers)</text></svg>\n"
    )


if __name__ == "__main__":
    what, amount = sys.argv[1], sys.argv[2:]
    if what == "overhead":
        overhead(*map(int, amount or ["1"]))
    else:
        workers(*map(float, amount or ["0.5"]))

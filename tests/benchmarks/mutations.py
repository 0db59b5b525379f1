"""Files that are broken in every way that chance finds, through the whole pipeline.

    python tests/benchmarks/mutations.py [FILES] [SEED] [REAL]

Mutations of the samples: bits turned, bytes cut out, doubled, swapped, replaced by other samples' or by nothing, ends cut
off, numbers of PDF objects changed. Every mutated file stands between sound neighbours in one batch. What must hold: the
batch ends, each file has a result or a reason, the neighbours' bytes are those of an undisturbed run, no input changes,
nothing is written outside of the output folder. REAL files of them go through Tesseract, the others through the scribe
of the tests.
"""

from __future__ import annotations

import contextlib
import functools
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scribe

from ocr_pipeline.batch import LocalPool, Outcome, Recipe
from ocr_pipeline.exports import rendered
from ocr_pipeline.settings import Settings

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "scans"
# Small limits, so that a file that claims much is refused soon.
SETTINGS = Settings(page_timeout=60.0, worker_memory=2048, max_pages=200, max_pixels=40_000_000)
_AT_ONCE = 100

Mutation = Callable[[bytearray, random.Random], bytes]


def _flip(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.choice((1, 5, 50, 500))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)


def _head(data: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 8)):
        data[chance.randrange(min(400, len(data)))] = chance.randrange(256)
    return bytes(data)


def _truncate(data: bytearray, chance: random.Random) -> bytes:
    return bytes(data[: chance.randrange(len(data))])


def _cut(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    del data[start : start + chance.choice((1, 10, 1000, 20000))]
    return bytes(data)


def _double(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    part = data[start : start + chance.choice((10, 1000, 20000))]
    return bytes(data[:start] + part + data[start:])


def _shuffle(data: bytearray, chance: random.Random) -> bytes:
    size = chance.choice((64, 1024, 16384))
    blocks = [bytes(data[i : i + size]) for i in range(0, len(data), size)]
    a, b = chance.randrange(len(blocks)), chance.randrange(len(blocks))
    blocks[a], blocks[b] = blocks[b], blocks[a]
    return b"".join(blocks)


def _blank(data: bytearray, chance: random.Random) -> bytes:
    start = chance.randrange(len(data))
    stop = min(len(data), start + chance.choice((8, 256, 8192)))
    data[start:stop] = bytes([chance.choice((0, 255, 32))]) * (stop - start)
    return bytes(data)


def _numbers(data: bytearray, chance: random.Random) -> bytes:
    """Numbers in text, as PDFs have them: object numbers, lengths, sizes, offsets."""
    places = [m for m in re.finditer(rb"\d+", bytes(data)) if len(m[0]) < 8]
    for match in sorted(chance.sample(places, min(len(places), chance.randint(1, 6))), key=lambda m: -m.start()):
        data[match.start() : match.end()] = str(chance.choice((0, 1, 7, 99, 65536, 2147483647, 10**12))).encode()
    return bytes(data)


def _graft(data: bytearray, chance: random.Random) -> bytes:
    other = chance.choice(sorted(SAMPLES.iterdir())).read_bytes()
    size = chance.choice((16, 1024, 30000))
    start, source = chance.randrange(len(data)), chance.randrange(len(other))
    data[start : start + size] = other[source : source + size]
    return bytes(data)


MUTATIONS: tuple[Mutation, ...] = (_flip, _head, _truncate, _cut, _double, _shuffle, _blank, _numbers, _graft)


def mutants(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Names and contents; the same for the same seed. The name may have the wrong ending."""
    samples = sorted(p for p in SAMPLES.iterdir() if not p.name.startswith("."))
    chance = random.Random(seed)
    for i in range(count):
        sample, mutation = chance.choice(samples), MUTATIONS[i % len(MUTATIONS)]
        ending = sample.suffix if chance.random() < 0.9 else chance.choice((".pdf", ".tif", ".txt", ".png"))
        yield f"{i:05}{mutation.__name__}{ending}", mutation(bytearray(sample.read_bytes()), chance)


def neighbours(folder: Path) -> None:
    """Sound files before and behind the others in the order of names: images, whose bytes do not depend on the day."""
    scribe.write_tiff(folder / "00000-lành.tif", [3, 4])
    scribe.write_tiff(folder / "99999-lành.tif", [5])


def try_batch(files: list[tuple[str, bytes]], folder: Path, pool: LocalPool) -> list[Outcome]:
    """Run the files as one batch and check all that must hold."""
    inputs, out = folder / "in", folder / "out"
    inputs.mkdir(parents=True)
    neighbours(inputs)
    for name, data in files:
        (inputs / name).write_bytes(data)
    before = {p: p.read_bytes() for p in inputs.iterdir()}
    outcomes = scribe.run([inputs], out, pool, settings=SETTINGS)

    assert len(outcomes) == len(before), "a file was lost"
    assert before == {p: p.read_bytes() for p in inputs.iterdir()}, "an input was changed"
    assert sorted(p.name for p in folder.iterdir()) == ["in", "out"], "something was written outside of the output folder"
    for outcome in outcomes:
        assert outcome.state in ("done", "partial", "failed"), outcome
        assert outcome.state == "done" or outcome.reason or outcome.problems, outcome
        made = outcome.job.stem.with_name(f"{outcome.job.stem.name}.json")
        assert made.exists() == (outcome.state != "failed"), outcome
    states = {o.job.path.name: o.state for o in outcomes}
    assert states["00000-lành.tif"] == states["99999-lành.tif"] == "done", "a neighbour was lost"
    return [o for o in outcomes if "lành" not in o.job.path.name]


def with_tesseract() -> Recipe:
    """Workers with the real recogniser."""
    return Recipe(settings=SETTINGS, render=functools.partial(rendered, formats=scribe.FORMATS))


def kind_of(outcome: Outcome) -> str:
    """What a reason is about, for counting: its words without names and numbers."""
    told = outcome.reason or next(iter(outcome.problems), "")
    return re.sub(r"/\S+|page \d+: |\([^)]*\)|[\d,]+", "", told.split(". ")[0]).strip()[:70]


def series(recipe: Recipe, files: list[tuple[str, bytes]], folder: Path) -> Counter[str]:
    """All files in batches; counts of what became of them."""
    counts: Counter[str] = Counter()
    neighbour: dict[str, bytes] | None = None
    with contextlib.closing(LocalPool(recipe, 1)) as pool:
        for start in range(0, len(files), _AT_ONCE):
            place = folder / f"{start}"
            for outcome in try_batch(files[start : start + _AT_ONCE], place, pool):
                counts[outcome.state] += 1
                if outcome.state != "done":
                    counts[f"  {kind_of(outcome)}"] += 1
            sound = {name: data for name, data in scribe.results(place / "out").items() if "lành" in name}
            neighbour = neighbour or sound
            assert sound == neighbour, "a neighbour came out otherwise"
            print(
                f"{start + _AT_ONCE}: {counts['done']} done, {counts['partial']} partial, {counts['failed']} failed", flush=True
            )
    return counts


def main(count: int = 1000, seed: int = 1, real: int = 60) -> None:
    """Try so many and print what became of them."""
    started = time.monotonic()
    files = list(mutants(count + real, seed))
    with tempfile.TemporaryDirectory() as name:
        for what, recipe, part in (
            ("scribe", scribe.recipe(SETTINGS), files[:count]),
            ("Tesseract", with_tesseract(), files[count:]),
        ):
            counts = series(recipe, part, Path(name) / what)
            print(f"{what}: {len(part)} files, none lost, no neighbour touched")
            for kind, number in counts.most_common():
                print(f"{number:6} {kind}")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

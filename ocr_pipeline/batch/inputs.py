"""Which files a run reads and what their outputs are called.

``<stem>`` for a file given by name, ``<path inside the folder>/<stem>`` for a folder. Inputs that would share a name
get their full file names; whatever still collides is refused, so that no output is overwritten by another input.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr_pipeline.errors import UsageError
from ocr_pipeline.sources import INPUT_SUFFIXES


@dataclass(frozen=True, slots=True)
class Job:
    """One input file, the path that the JSON shows for it, and the stem of its outputs."""

    path: Path
    shown_path: str
    stem: Path


def collect_jobs(inputs: Sequence[Path], out: Path) -> list[Job]:
    """The jobs of a run in a stable order; UsageError for a missing input or one inside the output folder."""
    found = list(dict.fromkeys(pair for given in inputs for pair in _files(given, out)))
    if not found:
        raise UsageError("no input file was found", remedy=f"Name files or folders with {', '.join(sorted(INPUT_SUFFIXES))}.")
    stems = [relative.with_suffix("") for _, relative in found]
    shared = {stem for stem, count in Counter(_key(s) for s in stems).items() if count > 1}
    names = [relative if _key(stem) in shared else stem for (_, relative), stem in zip(found, stems, strict=True)]
    _refuse_collisions([path for path, _ in found], names)
    return [Job(path, relative.as_posix(), out / name) for (path, relative), name in zip(found, names, strict=True)]


def _key(path: Path) -> str:
    """Names that differ by case alone are one name on some file systems."""
    return path.as_posix().casefold()


def _files(given: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    target = out.resolve()
    if not given.exists():
        raise UsageError(f"{given} does not exist", remedy="Check the path.")
    if given.is_file():
        if given.resolve().is_relative_to(target):
            raise UsageError(f"{given} lies in the output folder {out}", remedy="Name another folder with --out.")
        yield given, Path(given.name)
        return
    if given.resolve().is_relative_to(target):
        raise UsageError(f"{given} is the output folder or lies in it", remedy="Name another folder with --out.")
    for path in _inputs_below(given, target):
        yield path, path.relative_to(given)


def _inputs_below(folder: Path, target: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.suffix.lower() in INPUT_SUFFIXES and path.is_file() and not path.resolve().is_relative_to(target):
            yield path


def _refuse_collisions(paths: Sequence[Path], names: Iterable[Path]) -> None:
    seen: dict[str, Path] = {}
    for path, name in zip(paths, names, strict=True):
        other = seen.setdefault(_key(name), path)
        if other is not path:
            raise UsageError(
                f"{other} and {path} would write to the same output", remedy="Run them with different --out folders."
            )

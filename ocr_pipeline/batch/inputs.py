"""Which files a run reads and what their outputs are called.

``<stem>`` for a file given by name, ``<path inside the folder>/<stem>`` for a folder. Inputs that would share a name
get their full file names; those that a file system might still take for one another (A and a, a letter with its mark
and the letter composed) a mark of their own. What is the same to the letter is refused, so that no output is
overwritten by another input. A file keeps the name that the ledger knows it by.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from ocr_pipeline.errors import UsageError
from ocr_pipeline.input_files import INPUT_SUFFIXES, shown_name

# The second document of a.pdf is a.2.json: what an input a.2.pdf would be called.
_NTH = regex.compile(r"(.+)\.\d+", regex.DOTALL)


@dataclass(frozen=True, slots=True)
class Job:
    """One input file, the path that the JSON shows for it, and the stem of its outputs."""

    path: Path
    shown_path: str
    stem: Path


def collect_jobs(inputs: Sequence[Path], out: Path, known: Mapping[bytes, str] | None = None) -> list[Job]:
    """The jobs of a run in a stable order; UsageError as ``check_inputs`` says, or where there is nothing to read.

    ``known`` are the stems that the ledger has given, by the paths of their inputs. A folder that cannot be listed is
    a job too: it fails when it is read, and so is not passed over in silence.
    """
    check_inputs(inputs, out)
    found = list(dict.fromkeys(pair for given in inputs for pair in _files(given, out)))
    if not found:
        raise UsageError("no input file was found", remedy=f"Name files or folders with {', '.join(sorted(INPUT_SUFFIXES))}.")
    names = _names([relative for _, relative in found])
    _refuse_collisions([path for path, _ in found], names)
    names = _kept([path for path, _ in found], names, known or {})
    return [Job(path, shown_name(relative.as_posix()), out / name) for (path, relative), name in zip(found, names, strict=True)]


def path_key(path: Path) -> bytes:
    """What the ledger knows an input by, from wherever it is named."""
    return os.fsencode(path.absolute())


def check_inputs(inputs: Sequence[Path], out: Path) -> None:
    """UsageError for a missing input, or one inside the output folder."""
    target = out.resolve()
    for given in inputs:
        if not given.exists():
            raise UsageError(f"{given} does not exist", remedy="Check the path.")
        if given.resolve().is_relative_to(target):
            raise UsageError(f"{given} is the output folder or lies in it", remedy="Name another folder with --out.")


def _names(relatives: Sequence[Path]) -> list[Path]:
    stems = [relative.with_suffix("") for relative in relatives]
    counted = Counter(_key(stem) for stem in stems)
    names = [
        relative if counted[_key(stem)] > 1 or _nth_of_another(stem, counted) else stem
        for relative, stem in zip(relatives, stems, strict=True)
    ]
    again = Counter(_key(name) for name in names)
    return [
        name.with_name(f"{name.name}~{_digest(relative)}") if again[_key(name)] > 1 else name
        for name, relative in zip(names, relatives, strict=True)
    ]


def _key(path: Path) -> str:
    """Names that differ by case or by Unicode form alone are one name on some file systems."""
    return unicodedata.normalize("NFC", path.as_posix()).casefold()


def _nth_of_another(stem: Path, stems: Mapping[str, int]) -> bool:
    match = _NTH.fullmatch(stem.name)
    return match is not None and _key(stem.with_name(match[1])) in stems


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:8]


def _kept(paths: Sequence[Path], names: Sequence[Path], known: Mapping[bytes, str]) -> list[Path]:
    """The names, those of files that have had one before as they were, where nothing else is called so now."""
    old = [known.get(path_key(path)) for path in paths]
    taken = Counter(_key(name) for name in names) + Counter(_key(Path(name)) for name in old if name is not None)
    return [
        Path(before) if before is not None and taken[_key(Path(before))] == 1 + (before == os.fspath(name)) else name
        for before, name in zip(old, names, strict=True)
    ]


def _files(given: Path, out: Path) -> Iterator[tuple[Path, Path]]:
    """Files to read and their paths below what was given."""
    if given.is_file():
        yield given, Path(given.name)
        return
    for path in _inputs_below(given, out.resolve()):
        yield path, Path(given.resolve().name or "folder") if path == given else path.relative_to(given)


def _inputs_below(folder: Path, target: Path) -> Iterator[Path]:
    unlisted: list[Path] = []
    found: list[Path] = []
    for place, folders, files in os.walk(folder, onerror=lambda error: unlisted.append(Path(os.fsdecode(error.filename)))):
        folders[:] = [f for f in folders if not f.startswith(".") and not (Path(place) / f).resolve().is_relative_to(target)]
        found += [Path(place) / f for f in files if not f.startswith(".") and Path(f).suffix.lower() in INPUT_SUFFIXES]
    return iter(sorted([*(path for path in found if _is_input(path, target)), *unlisted]))


def _is_input(path: Path, target: Path) -> bool:
    return path.is_file() and not path.resolve().is_relative_to(target)


def _refuse_collisions(paths: Sequence[Path], names: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path, name in zip(paths, names, strict=True):
        other = seen.setdefault(_key(name), path)
        if other is not path:
            raise UsageError(
                f"{other} and {path} would write to the same output", remedy="Run them with different --out folders."
            )

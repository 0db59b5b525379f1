"""Finds the data files once; every other module is given this object and parses its own.

The folder ``dictionaries/`` lies beside the package in a checkout and in an editable install, and inside it
(``_dictionaries``) in a wheel.
"""

from __future__ import annotations

import functools
import hashlib
import mmap
import tomllib
from pathlib import Path
from typing import Any

from ocr_pipeline.errors import DictionaryError

_PACKAGE = Path(__file__).resolve().parent
_REMEDY = "Reinstall ocr_pipeline, or build the file with `make dictionaries`."


class Dictionaries:
    """The data files of one folder. Compared and hashed by identity, so that parsers can cache on it.

    >>> Dictionaries.load().folder.is_dir()
    True
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    @functools.cache
    def load(path: Path | None = None) -> Dictionaries:
        """The dictionaries at ``path``, else those that came with the package; no file is read yet."""
        for folder in [path] if path else [_PACKAGE / "_dictionaries", _PACKAGE.parent / "dictionaries"]:
            if folder.is_dir():
                return Dictionaries(folder)
        raise DictionaryError(f"the dictionaries are not at {path or _PACKAGE}", remedy=_REMEDY)

    def path(self, name: str) -> Path:
        """Where a file lies; DictionaryError where it does not."""
        path = self.folder / name
        if not path.is_file():
            raise DictionaryError(f"dictionary {name} is missing from {self.folder}", remedy=_REMEDY)
        return path

    def text(self, name: str) -> str:
        """A file as UTF-8 text."""
        return self.path(name).read_text(encoding="utf-8")

    def toml(self, name: str) -> dict[str, Any]:
        """A rule file."""
        return tomllib.loads(self.text(name))

    def rows(self, name: str) -> list[list[str]]:
        """The fields of a TSV file, without its ``#`` comment lines and its header row."""
        lines = [line for line in self.text(name).split("\n") if line and not line.startswith("#")]
        return [line.split("\t") for line in lines[1:]]

    def mapped(self, name: str) -> mmap.mmap:
        """A binary file, mapped read-only into memory."""
        with self.path(name).open("rb") as file:
            try:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError as error:
                raise DictionaryError(f"{name} is empty", remedy="Run `make dictionaries`.") from error

    @functools.cache  # noqa: B019 - there is one object per folder for the life of the process
    def digests(self) -> dict[str, str]:
        """SHA-256 of every data file by name, for the provenance record."""
        files = sorted(p for p in self.folder.iterdir() if p.suffix in {".tsv", ".toml", ".bin", ".onnx"})
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

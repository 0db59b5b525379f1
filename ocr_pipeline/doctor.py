"""What is installed, what is missing, and how to get it."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import OcrPipelineError
from ocr_pipeline.recognition import choose_engine, installed_models
from ocr_pipeline.settings import Settings

_APT = "apt-get install"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; ``remedy`` is empty where all is well, ``needed`` is false for what only makes things better."""

    name: str
    found: str
    remedy: str = ""
    needed: bool = True

    @property
    def passed(self) -> bool:
        """Whether nothing has to be done."""
        return not self.remedy


def examine(settings: Settings | None = None) -> list[Check]:
    """All checks in the order in which a page meets the tools."""
    return list(_checks(settings or Settings()))


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("ocr_pipeline", version("ocr_pipeline"))
    yield Check("Python", platform.python_version())
    yield _program("pdftoppm", "poppler-utils")
    yield _program("tesseract", "tesseract-ocr", needed=False)
    yield _package("tesserocr", "pytesseract is used, at five times the time")
    yield from _models()
    yield _engine(settings)
    yield _dictionaries()
    yield _full_text()
    yield _package("ocrmypdf", "`pdf` makes no searchable PDFs", extra="pdf")
    yield _package("starlette", "`review` serves no page", extra="review")


def _program(name: str, package: str, *, needed: bool = True) -> Check:
    path = shutil.which(name)
    if not path:
        return Check(name, "missing", f"{_APT} {package}", needed)
    flag = "-v" if name.startswith("pdf") else "--version"
    shown = subprocess.run([path, flag], capture_output=True, text=True, check=False)
    return Check(name, ((shown.stdout or shown.stderr).splitlines() or [path])[0])


def _package(name: str, without: str, *, extra: str = "") -> Check:
    """A package that is not needed by all, and what there is ``without`` it; ``extra`` is that of ours which brings it."""
    try:
        return Check(name, version(name))
    except PackageNotFoundError:
        wanted = f"'ocr_pipeline[{extra}]'" if extra else name
        return Check(name, f"missing ({without})", f"pip install {wanted}", needed=False)


def _models() -> Iterator[Check]:
    models = installed_models()
    shown = ", ".join(models) or "none"
    script = any(model.endswith("Vietnamese") for model in models)
    usable = script or "vie" in models
    yield Check("Vietnamese model", shown, "" if usable else f"{_APT} tesseract-ocr-script-viet tesseract-ocr-vie")
    if usable and not script:
        yield Check(
            "script model",
            "missing (where Tesseract itself reads, doubtful lines are not read twice)",
            f"{_APT} tesseract-ocr-script-viet",
            needed=False,
        )
    if "osd" not in models:
        yield Check("orientation model", "missing (upside-down pages are not turned)", f"{_APT} tesseract-ocr-osd", needed=False)


def _engine(settings: Settings) -> Check:
    try:
        return Check("recogniser", choose_engine(settings).name)
    except OcrPipelineError as error:
        return Check("recogniser", error.message, error.remedy or "see above")


def _dictionaries() -> Check:
    try:
        dictionaries = Dictionaries.load()
        return Check("dictionaries", f"{len(dictionaries.digests())} files in {dictionaries.folder}")
    except OcrPipelineError as error:
        return Check("dictionaries", error.message, error.remedy)


def _full_text() -> Check:
    """Whether this Python's SQLite has what the search index is made of."""
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute("SELECT count(*) FROM pragma_module_list WHERE name = 'fts5'").fetchone()[0]
    remedy = "" if found else "use the Python of Debian or of python.org"
    told = f"SQLite {sqlite3.sqlite_version}" + ("" if found else " without FTS5 (`index` and `search` do not work)")
    return Check("full-text search", told, remedy, needed=False)

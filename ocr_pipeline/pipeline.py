"""A file goes in, documents come out."""

from __future__ import annotations

from pathlib import Path

from ocr_pipeline.composition import compose, text_page
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Page, SourceFile
from ocr_pipeline.pages import read_page
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import Source, SourcePage, open_source


def read(
    path: str | Path,
    *,
    settings: Settings | None = None,
    dictionaries: Dictionaries | None = None,
    engine: Engine | None = None,
    shown_path: str | None = None,
) -> tuple[Document, ...]:
    """The documents of one file: PDF, image or text.

    A page that cannot be read is a page with its ``problem`` set. InputError where the file cannot be read at all,
    MissingDependency where a page needs Tesseract and it is not there. ``shown_path`` is the path written into the
    JSON, by default the file's name, so that results do not depend on where the archive is mounted.
    """
    settings, dictionaries = settings or Settings(), dictionaries or Dictionaries.load()
    with open_source(Path(path), settings) as source:
        recogniser = _LazyEngine(settings, engine)
        pages = [_read_source_page(page, recogniser, settings, dictionaries) for page in source.pages()]
        file = _source_file(source, shown_path, len(pages))
    return (compose(pages, file, settings, dictionaries, recogniser.name),)


class _LazyEngine:
    """The recogniser, chosen when the first page needs it: a text file must not need Tesseract."""

    def __init__(self, settings: Settings, engine: Engine | None) -> None:
        self._settings, self._engine = settings, engine
        self.name: str | None = None

    def get(self) -> Engine:
        self._engine = self._engine or choose_engine(self._settings)
        self.name = self._engine.name
        return self._engine


def _read_source_page(page: SourcePage, recogniser: _LazyEngine, settings: Settings, dictionaries: Dictionaries) -> Page:
    if page.text is not None:
        return text_page(page.number, page.text)
    return read_page(page, recogniser.get, settings, dictionaries)


def _source_file(source: Source, shown_path: str | None, pages: int) -> SourceFile:
    return SourceFile(
        name=source.path.name,
        path=shown_path or source.path.name,
        sha256=source.sha256,
        media_type=source.media_type,
        pages=source.page_count,
        first_page=1,
        last_page=pages,
    )

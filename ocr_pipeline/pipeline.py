"""A file goes in, documents come out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ocr_pipeline.bundles import documents_in
from ocr_pipeline.composition import compose, text_page
from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.document import Document, Page, SourceFile
from ocr_pipeline.input_files import source_file
from ocr_pipeline.pages import read_page
from ocr_pipeline.recognition import Engine, choose_engine
from ocr_pipeline.settings import Settings
from ocr_pipeline.sources import Source, open_source


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
        recogniser = LazyEngine(settings, engine)
        pages = tuple(read_pages(source, recogniser, settings, dictionaries))
        file = source_file(source.path, source.sha256, source.media_type, source.page_count, shown_path)
    return documents_of(pages, file, settings, dictionaries, recogniser.name)


class LazyEngine:
    """The recogniser, chosen when the first page needs it: a text file must not need Tesseract.

    ``name`` stays None until a page has asked for it.
    """

    def __init__(self, settings: Settings, engine: Engine | None = None) -> None:
        self._settings, self._engine = settings, engine
        self.name: str | None = None

    def get(self) -> Engine:
        """The engine; MissingDependency where there is none."""
        self._engine = self._engine or choose_engine(self._settings)
        self.name = self._engine.name
        return self._engine


def read_pages(
    source: Source,
    recogniser: LazyEngine,
    settings: Settings,
    dictionaries: Dictionaries,
    numbers: Sequence[int] | None = None,
) -> Iterator[Page]:
    """The pages of an open file as recognised, one at a time: all of them, or those of the ``numbers``."""
    for page in source.pages(numbers):
        if page.text is not None:
            yield text_page(page.number, page.text)
        else:
            yield read_page(page, recogniser.get, settings, dictionaries)


def documents_of(
    pages: Sequence[Page], file: SourceFile, settings: Settings, dictionaries: Dictionaries, engine: str | None
) -> tuple[Document, ...]:
    """The documents that all pages of one file make; ``engine`` is the recogniser's name where one was used."""
    parts = list(documents_in(pages, dictionaries)) if settings.split_bundles else [tuple(pages)]
    return tuple(compose(part, _part_of(file, part), settings, dictionaries, engine) for part in parts)


def _part_of(file: SourceFile, pages: Sequence[Page]) -> SourceFile:
    """The file with the range of pages that one document has in it."""
    if not pages:
        return file
    return replace(file, first_page=pages[0].source_page, last_page=pages[-1].source_page)

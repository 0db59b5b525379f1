"""Search over an archive: one SQLite file with the pages of a folder, words with and without marks, numbers, citations."""

from ocr_pipeline.search.indexing import Indexed, index_folder
from ocr_pipeline.search.querying import Citing, Filters, Hit, cited_by, search
from ocr_pipeline.search.snippets import Snippet, printable

__all__ = ["Citing", "Filters", "Hit", "Indexed", "Snippet", "cited_by", "index_folder", "printable", "search"]

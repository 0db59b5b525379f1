"""What a document cites: mentions with type, date, issuer and relation, documents without number, dates."""

from ocr_pipeline.references.anaphora import find_anaphora
from ocr_pipeline.references.dates import find_dates
from ocr_pipeline.references.doubts import find_doubts
from ocr_pipeline.references.identity import resolve_references
from ocr_pipeline.references.mentions import find_references
from ocr_pipeline.references.unnumbered import find_unnumbered

__all__ = ["find_anaphora", "find_dates", "find_doubts", "find_references", "find_unnumbered", "resolve_references"]

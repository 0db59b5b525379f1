"""What a document says of itself: number, type, issuer, place, date, title, signers, recipients, and its numbered parts."""

from ocr_pipeline.metadata.outline import read_outline
from ocr_pipeline.metadata.reading import MetadataReading, read_metadata

__all__ = ["MetadataReading", "read_metadata", "read_outline"]

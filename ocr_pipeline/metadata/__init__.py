"""What a document says of itself: number, type, issuer, place, date, title, signers, recipients."""

from ocr_pipeline.metadata.reading import MetadataReading, read_metadata

__all__ = ["MetadataReading", "read_metadata"]

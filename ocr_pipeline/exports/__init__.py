"""What leaves the pipeline: one JSON and one text a document, JSON lines for search engines, catalogues."""

from ocr_pipeline.exports.files import FORMATS, rendered, write_atomically
from ocr_pipeline.exports.forms import PDF_KINDS, PROFILES
from ocr_pipeline.exports.json_lines import PageRecord, page_records, record_schema, to_json_lines

__all__ = [
    "FORMATS",
    "PDF_KINDS",
    "PROFILES",
    "PageRecord",
    "page_records",
    "record_schema",
    "rendered",
    "to_json_lines",
    "write_atomically",
]

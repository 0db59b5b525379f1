"""Text that is not Unicode, or not what it seems: TCVN3 (ABC), VNI, VIQR and others, broken maps of PDF fonts."""

from ocr_pipeline.legacy_encodings.capitals import is_capitals_font
from ocr_pipeline.legacy_encodings.conversion import Converted, Detection, convert_lines, detect
from ocr_pipeline.legacy_encodings.merging import told_in_raw
from ocr_pipeline.legacy_encodings.tables import Encoding

__all__ = ["Converted", "Detection", "Encoding", "convert_lines", "detect", "is_capitals_font", "told_in_raw"]

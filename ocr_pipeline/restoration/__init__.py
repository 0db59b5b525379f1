"""Restores garbled Vietnamese: a learned channel, a language model, a search over both."""

from ocr_pipeline.restoration.edits import Restored, RestoredLine, apply_edits
from ocr_pipeline.restoration.engine import restore_lines
from ocr_pipeline.restoration.texts import restore, restore_and_explain

__all__ = ["Restored", "RestoredLine", "apply_edits", "restore", "restore_and_explain", "restore_lines"]

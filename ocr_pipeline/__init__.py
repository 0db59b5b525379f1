"""Vietnamese directives: from scan to text and structured data.

The public names, each fetched from its module when it is first asked for: importing the package reads no data file and
loads no library, and who restores a string does not wait for those that open a PDF.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ocr_pipeline.composition import read_text
    from ocr_pipeline.dictionaries import Dictionaries
    from ocr_pipeline.document import Document, Edit, Mention, Reference, from_json, to_json
    from ocr_pipeline.errors import OcrPipelineError
    from ocr_pipeline.pipeline import read
    from ocr_pipeline.references import find_dates, find_references
    from ocr_pipeline.restoration import Restored, apply_edits, restore, restore_and_explain
    from ocr_pipeline.settings import Settings

__all__ = [
    "Dictionaries",
    "Document",
    "Edit",
    "Mention",
    "OcrPipelineError",
    "Reference",
    "Restored",
    "Settings",
    "apply_edits",
    "find_dates",
    "find_references",
    "from_json",
    "read",
    "read_text",
    "restore",
    "restore_and_explain",
    "to_json",
]
_HOMES = {
    "composition": ("read_text",),
    "dictionaries": ("Dictionaries",),
    "document": ("Document", "Edit", "Mention", "Reference", "from_json", "to_json"),
    "errors": ("OcrPipelineError",),
    "pipeline": ("read",),
    "references": ("find_dates", "find_references"),
    "restoration": ("Restored", "apply_edits", "restore", "restore_and_explain"),
    "settings": ("Settings",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__

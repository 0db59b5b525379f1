"""What a person put right: patches beside the results, their application, and what training learns from them."""

from ocr_pipeline.corrections.application import Applied, Conflict, apply_patch
from ocr_pipeline.corrections.fields import FIELDS, field_names, field_value, is_field, wrong_form
from ocr_pipeline.corrections.pairs import pair_rows, write_pairs
from ocr_pipeline.corrections.patch import (
    PATCH_SUFFIX,
    Check,
    Correction,
    Patch,
    load_patch,
    load_patches,
    parse_patch,
    patch_path,
    save_patch,
)

__all__ = [
    "FIELDS",
    "PATCH_SUFFIX",
    "Applied",
    "Check",
    "Conflict",
    "Correction",
    "Patch",
    "apply_patch",
    "field_names",
    "field_value",
    "is_field",
    "load_patch",
    "load_patches",
    "pair_rows",
    "parse_patch",
    "patch_path",
    "save_patch",
    "write_pairs",
    "wrong_form",
]

"""The façade: every public name is there, documented, and costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import ocr_pipeline


@pytest.mark.parametrize("name", ocr_pipeline.__all__)
def test_each_public_name_is_there_and_documented(name: str) -> None:
    """What __all__ promises can be imported and says what it does."""
    assert getattr(ocr_pipeline, name).__doc__


def test_public_names_are_sorted_and_no_others_are_given() -> None:
    """One list, in order; a misspelt name is an AttributeError."""
    assert sorted(ocr_pipeline.__all__) == ocr_pipeline.__all__ == dir(ocr_pipeline)
    with pytest.raises(AttributeError, match="restor"):
        _ = ocr_pipeline.restor


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import ocr_pipeline", "numpy"),
        ("from ocr_pipeline import restore", "cv2"),
        ("from ocr_pipeline import find_references", "numba"),
    ],
)
def test_importing_loads_no_more_than_is_used(statement: str, absent: str) -> None:
    """Text functions do not load the libraries of the image stages; the package alone loads none."""
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}; import sys; print({absent!r} in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "False"

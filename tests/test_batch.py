"""Which files a run reads, and what their outputs are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr_pipeline.batch import collect_jobs
from ocr_pipeline.errors import UsageError


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")


def test_a_folder_keeps_its_inner_paths(tmp_path: Path) -> None:
    """The dossier's structure comes out as it went in; other types and hidden files are left alone."""
    _touch(tmp_path / "in", "hoso1/01.pdf", "02.tif", "notes.docx", ".hidden/03.pdf")

    jobs = collect_jobs([tmp_path / "in"], tmp_path / "out")

    assert [("02.tif", "02"), ("hoso1/01.pdf", "hoso1/01")] == sorted(
        (j.shown_path, j.stem.relative_to(tmp_path / "out").as_posix()) for j in jobs
    )


def test_names_that_would_collide_keep_their_suffix(tmp_path: Path) -> None:
    """a.pdf and a.tif become a.pdf.json and a.tif.json."""
    _touch(tmp_path, "a.pdf", "a.tif", "b.pdf")

    jobs = collect_jobs([tmp_path / "a.pdf", tmp_path / "a.tif", tmp_path / "b.pdf"], tmp_path / "out")

    assert ["a.pdf", "a.tif", "b"] == [j.stem.name for j in jobs]


def test_the_same_name_from_two_folders_is_refused(tmp_path: Path) -> None:
    """No output is overwritten by another input."""
    _touch(tmp_path, "x/a.pdf", "y/a.pdf")

    with pytest.raises(UsageError, match="same output"):
        collect_jobs([tmp_path / "x" / "a.pdf", tmp_path / "y" / "a.pdf"], tmp_path / "out")


def test_the_output_folder_is_never_an_input(tmp_path: Path) -> None:
    """Results of an earlier run below the input folder are not read again; naming them is refused."""
    _touch(tmp_path, "a.pdf", "out/a.txt")

    assert ["a.pdf"] == [j.shown_path for j in collect_jobs([tmp_path], tmp_path / "out")]
    with pytest.raises(UsageError, match="output folder"):
        collect_jobs([tmp_path / "out" / "a.txt"], tmp_path / "out")


def test_a_missing_input_is_said(tmp_path: Path) -> None:
    """A typing error in a path is an error of usage, not an empty run."""
    with pytest.raises(UsageError, match="does not exist"):
        collect_jobs([tmp_path / "nothing"], tmp_path / "out")

"""The tutorials can be followed: their commands run in the order in which they stand, their examples print what they say."""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
import shutil
import sqlite3
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from recording import SCANS, Replay

from ocr_pipeline import read, to_json
from ocr_pipeline.cli import _parser, main

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = ROOT / "docs" / "tutorials"
PAGES = sorted(TUTORIALS.glob("*.md"))
JOB = TUTORIALS / "index_job.py"
# What the commands of a tutorial work on; the samples that are enough to show it.
READ = ("nghi-quyet-clean.pdf", "thong-bao-clean.png", "cong-van-garbled.txt")
# Reading takes minutes and has tests of its own; the page waits for a person.
ONLY_PARSED = {"run", "status", "review"}


def _shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What ``run`` leaves, of a few samples."""
    folder = tmp_path_factory.mktemp("read") / "samples"
    folder.mkdir()
    for name in READ:
        path = SCANS / name
        engine = None if path.suffix == ".txt" else Replay(path.stem)
        (folder / f"{path.stem}.json").write_bytes(to_json(read(path, engine=engine)[0]))
    return folder


@pytest.fixture
def workplace(tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout in which somebody has just read the samples."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    shutil.copytree(results, tmp_path / "out" / "samples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_commands_of_a_tutorial_run_one_after_the_other(page: Path, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each ends with 0 and finds what the one before has left; what they name is made by then."""
    lines = _shell_lines(page)
    assert lines
    for line in lines:
        program, *words = shlex.split(line)
        if program == ".venv/bin/python":
            assert Path(words[0]).name == JOB.name  # run below
            continue
        assert program == ".venv/bin/ocr-pipeline", line
        if words[0] in ONLY_PARSED:
            arguments = _parser().parse_args(words)
            assert all(
                Path(str(p)).exists() for p in (*getattr(arguments, "inputs", ()), getattr(arguments, "sources", None)) if p
            )
            continue
        assert main(words) == 0, (line, capsys.readouterr().err)


@pytest.mark.parametrize("page", [p for p in PAGES if "```python" in p.read_text(encoding="utf-8")], ids=lambda p: p.stem)
def test_examples_of_a_tutorial_print_what_they_say(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All examples of a page in one go, with the recognition of its scan replayed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("ocr_pipeline.pipeline.choose_engine", lambda _: Replay("thong-bao-clean"))
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    failures, attempted = doctest.DocTestRunner().run(test)

    assert attempted > 20
    assert failures == 0


def test_the_index_job_is_shown_as_it_is_and_is_short() -> None:
    """The page holds the whole file; its code is about twenty lines."""
    source = JOB.read_text(encoding="utf-8")

    assert f"```py\n{source}```" in (TUTORIALS / "developer.md").read_text(encoding="utf-8")
    assert len([line for line in source.splitlines() if line.strip()]) <= 22


def test_the_index_job_indexes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run twice over two texts and something that is no document: each page is found once, with and without marks."""
    folder, database = tmp_path / "scans", tmp_path / "pages.db"
    folder.mkdir()
    for name in ("cong-van-garbled.txt", "nghi-quyet-garbled.txt"):
        shutil.copy(SCANS / name, folder)
    (folder / "empty.pdf").touch()
    monkeypatch.setattr(sys, "argv", [JOB.name, str(folder), str(database)])
    for _ in range(2):
        runpy.run_path(str(JOB))

    with closing(sqlite3.connect(database)) as archive:
        (pages,) = archive.execute("SELECT count(*) FROM pages").fetchone()
        (found,) = archive.execute("SELECT count(*) FROM pages WHERE pages MATCH 'text_folded: \"chuyen doi so\"'").fetchone()
    assert pages == sum(len(read(p)[0].pages) for p in folder.glob("*.txt"))
    assert 1 <= found < pages


def test_the_index_job_is_among_what_make_check_types() -> None:
    """Strictly, as a user of the library would check it; the check itself takes too long to be a test."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["mypy"]

    assert settings["strict"]
    assert any(JOB.is_relative_to(ROOT / name) for name in settings["files"])


def test_there_is_a_tutorial_for_each_kind_of_user() -> None:
    """Archivists (in both languages), indexers, developers; the list of pages leads to each."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")

    assert {"archivist", "archivist.vi", "indexer", "developer"} == {p.stem for p in PAGES}
    assert [p.name for p in PAGES if f"tutorials/{p.name}" not in index] == []
    assert _shell_lines(TUTORIALS / "archivist.md") == _shell_lines(TUTORIALS / "archivist.vi.md")

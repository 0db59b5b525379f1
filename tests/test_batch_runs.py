"""A batch over files: what is written, what is kept, what is done again, and that nothing depends on the order."""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scribe import Inline, recipe, results, run, write_pdf, write_tiff

from ocr_pipeline import cli
from ocr_pipeline.batch import Ledger, LedgerView, LocalPool
from ocr_pipeline.batch.completeness import jumps
from ocr_pipeline.batch.messages import Compose, Composed, PageFacts, PageRead, ReadPages
from ocr_pipeline.batch.reports import write_reports
from ocr_pipeline.batch.watching import watched_jobs
from ocr_pipeline.document import to_json
from ocr_pipeline.errors import OutputError, UsageError
from ocr_pipeline.exports import write_atomically
from ocr_pipeline.pipeline import read
from ocr_pipeline.settings import Settings


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A short PDF, a text of several tasks, a TIFF, a short text."""
    folder = tmp_path / "hồ sơ"
    write_pdf(folder / "a.pdf", [3, 4])
    (folder / "b").mkdir()
    (folder / "b" / "dài.txt").write_text("\f".join(f"Tờ số {n}" for n in range(3, 24)), encoding="utf-8")
    write_tiff(folder / "c.tif", [5, 6, 7])
    (folder / "d.txt").write_text("Số: 05/QĐ-UBND\n\fTrang hai\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalPool]:
    """Two workers that live as long as this module."""
    with LocalPool(recipe(), 2) as pool:
        yield pool


def test_a_batch_writes_what_reading_gives(archive: Path, tmp_path: Path, processes: LocalPool) -> None:
    """Page ranges in other processes, put together again: the bytes of a plain loop over the files."""
    out = tmp_path / "out"
    outcomes = run([archive], out, processes)

    engine = recipe().make_engine(Settings())
    for name in ("a", "b/dài", "c", "d"):
        (path,) = archive.glob(f"{name}.*")
        (document,) = read(path, engine=engine, shown_path=path.relative_to(archive).as_posix())
        assert to_json(document) == (out / f"{name}.json").read_bytes()
    assert ["done"] * 4 == [o.state for o in outcomes]
    assert [2, 21, 3, 2] == [o.pages for o in outcomes]


@pytest.mark.parametrize("reverse", [False, True])
def test_order_and_workers_change_nothing(archive: Path, tmp_path: Path, processes: LocalPool, reverse: bool) -> None:
    """One worker or two, tasks done in this order or that: the same bytes."""
    inputs = sorted((p for p in archive.iterdir()), reverse=reverse)

    run(inputs, tmp_path / "one", Inline(recipe()))
    run(inputs[::-1], tmp_path / "two", processes)
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_running_again_reads_nothing(archive: Path, tmp_path: Path) -> None:
    """What is done and unchanged is kept."""
    run([archive], tmp_path / "out", Inline(recipe()))
    pool = Inline(recipe())

    outcomes = run([archive], tmp_path / "out", pool)
    assert pool.given == []
    assert all(o.kept and o.succeeded for o in outcomes)


def test_running_again_reads_what_changed_or_is_missing(archive: Path, tmp_path: Path) -> None:
    """A file with other content, a result that is gone, a format that was not asked for before."""
    out = tmp_path / "out"
    run([archive], out, Inline(recipe()))
    (archive / "d.txt").write_text("Số: 06/QĐ-UBND\n", encoding="utf-8")
    (out / "c.txt").unlink()

    outcomes = run([archive], out, Inline(recipe()))
    assert ["c.tif", "d.txt"] == [o.job.shown_path for o in outcomes if not o.kept]
    assert "06/QĐ-UBND" in (out / "d.txt").read_text(encoding="utf-8")

    formats = ("json", "txt", "jsonl")
    assert not any(o.kept for o in run([archive], out, Inline(recipe(formats=formats)), formats=formats))
    assert (out / "b" / "dài.jsonl").exists()


def test_redo(archive: Path, tmp_path: Path) -> None:
    """All, those with other settings, those that failed; without asking, results of other settings are kept."""
    out, other = tmp_path / "out", Settings(tone_style="old")
    run([archive], out, Inline(recipe()))
    run([archive / "c.tif"], out, Inline(recipe(other)), settings=other, redo="all")
    kept = run([archive], out, Inline(recipe(other)), settings=other)
    again = run([archive], out, Inline(recipe(other)), settings=other, redo="changed-settings")
    every = run([archive], out, Inline(recipe(other)), settings=other, redo="all")

    assert all(o.kept for o in kept)
    assert ["a.pdf", "b/dài.txt", "d.txt"] == [o.job.shown_path for o in again if not o.kept]
    assert not any(o.kept for o in every)
    assert "old" == json.loads((out / "a.json").read_bytes())["provenance"]["settings"]["tone_style"]


def test_what_failed_is_tried_again_when_asked(archive: Path, tmp_path: Path) -> None:
    """Only the page that failed is read again, and the file is whole then."""
    out = tmp_path / "out"
    write_pdf(archive / "e.pdf", range(3, 15))
    first = run([archive], out, Inline(recipe(faults={12: "err"})))
    quiet = Inline(recipe())
    run([archive], out, quiet)
    pool = Inline(recipe())
    second = run([archive], out, pool, redo="failed")

    (partial,) = [o for o in first if o.state == "partial"]
    assert ("page 10: unexpected ValueError" in partial.problems[0], 12) == (True, partial.pages)
    assert quiet.given == []
    assert [(10, 10)] == [(t.first, t.last) for t in pool.given if isinstance(t, ReadPages)]
    assert all(o.state == "done" for o in second)
    run([archive], tmp_path / "fresh", Inline(recipe()))
    assert results(tmp_path / "fresh") == results(out)


class _Killed(Exception):
    """Stands for the moment at which the whole batch is gone."""


@pytest.mark.parametrize("after", [1, 2, 5, 9, 14, 22, 27])
def test_a_run_that_is_cut_off_goes_on(archive: Path, tmp_path: Path, after: int) -> None:
    """Whatever had been read and kept is not read again, and the bytes are those of a run without interruption."""
    run([archive], tmp_path / "whole", Inline(recipe()))
    heard = itertools.count(1)

    def killing(_: object, answer: object) -> bool:
        if isinstance(answer, PageRead | Composed) and next(heard) == after:
            raise _Killed
        return False

    with pytest.raises(_Killed):
        run([archive], tmp_path / "out", Inline(recipe(), killing))
    with Ledger(tmp_path / "out") as ledger:
        kept = {e.shown: len(ledger.page_numbers(e.stem)) for e in ledger.entries()}
    pool = Inline(recipe())
    outcomes = run([archive], tmp_path / "out", pool)

    asked = sum(min(t.last, 21) - t.first + 1 for t in pool.given if isinstance(t, ReadPages) and "dài" in t.shown_path)
    if kept["b/dài.txt"] and not next(o.kept for o in outcomes if "dài" in o.job.shown_path):
        assert 21 - kept["b/dài.txt"] == asked
    assert results(tmp_path / "whole") == results(tmp_path / "out")


def test_a_page_is_tried_twice_before_it_is_given_up(archive: Path, tmp_path: Path) -> None:
    """A worker that is lost once costs nothing; one lost twice at a page costs that page, and the document comes out."""
    deaths: dict[int, int] = {}

    def killing(_: object, answer: object) -> bool:
        number = answer.number if isinstance(answer, PageRead) else 0
        deaths[number] = deaths.get(number, 0) + 1
        return number in (4, 20) and deaths[number] <= (1 if number == 4 else 2)

    (outcome,) = run([archive / "b" / "dài.txt"], tmp_path / "out", Inline(recipe(), killing))
    document = json.loads((tmp_path / "out" / "dài.json").read_bytes())

    assert ("partial", 21) == (outcome.state, outcome.pages)
    assert ("page 20: its worker was ended by signal 9 (SIGKILL)",) == outcome.problems
    assert [20] == [p["number"] for p in document["pages"] if p["problem"]]
    assert "Tờ số 22" not in document["text"]
    assert "Tờ số 23" in document["text"]


def test_a_file_that_cannot_be_opened_or_composed_fails_alone(archive: Path, tmp_path: Path) -> None:
    """Workers that are lost again and again over one file cost that file."""

    def killing(task: object, answer: object) -> bool:
        return (isinstance(task, ReadPages) and task.shown_path == "a.pdf") or isinstance(task, Compose)

    outcomes = run([archive], tmp_path / "out", Inline(recipe(), killing))

    assert {"a.pdf": "failed", "b/dài.txt": "failed", "c.tif": "done", "d.txt": "done"} == {
        o.job.shown_path: o.state for o in outcomes
    }
    assert ["could not be opened" in str(outcomes[0].reason), "could not be composed" in str(outcomes[1].reason)] == [True, True]


def test_two_runs_on_one_folder(archive: Path, tmp_path: Path) -> None:
    """The second says who is at work and stops; the ledger can be looked at meanwhile; afterwards the way is free."""
    out = tmp_path / "out"
    with Ledger(out):
        with pytest.raises(OutputError, match=f"another run .*process {os.getpid()} "):
            Ledger(out)
        with LedgerView(out) as view:
            assert view.holder is not None
    with LedgerView(out) as view:
        assert view.holder is None
    Ledger(out).close()


def test_the_lock_goes_with_its_process(tmp_path: Path) -> None:
    """A run that was killed leaves a lock file and no lock."""
    code = "import os, sys, pathlib, ocr_pipeline.batch as b; kept = b.Ledger(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    assert -9 == subprocess.run([sys.executable, "-c", code, tmp_path / "out"], check=False).returncode

    Ledger(tmp_path / "out").close()
    assert (tmp_path / "out" / ".ocr-pipeline" / "lock").exists()


def test_a_full_disk_stops_the_run_and_nothing_is_lost(archive: Path, tmp_path: Path) -> None:
    """The first result that does not fit ends the run; with room again it goes on and gives the same bytes."""
    written = itertools.count()

    def write(path: Path, data: bytes) -> None:
        if next(written) == 3:
            (path.parent / ".halb.part").write_bytes(data[:10])
            (path.parent / ".halb.part").unlink()
            error = OutputError(f"{path} cannot be written (No space left on device)")
            raise error from OSError(errno.ENOSPC, "No space left on device")
        write_atomically(path, data)

    with pytest.raises(OutputError, match="No space left"):
        run([archive], tmp_path / "out", Inline(recipe()), write=write)
    assert not any(o.state == "failed" for o in run([archive], tmp_path / "out", Inline(recipe())))
    run([archive], tmp_path / "whole", Inline(recipe()))
    assert results(tmp_path / "whole") == results(tmp_path / "out")


def test_a_name_that_is_too_long_for_its_result_costs_one_file(archive: Path, tmp_path: Path) -> None:
    """Its reason is told, the others come out."""
    shutil.copy(archive / "d.txt", archive / f"{'x' * 251}.txt")

    outcomes = run([archive], tmp_path / "out", Inline(recipe()))
    assert ["failed"] == [o.state for o in outcomes if len(o.job.shown_path) > 250]
    assert 4 == sum(o.state == "done" for o in outcomes)


def test_a_file_that_changes_while_it_is_read_is_told(archive: Path, tmp_path: Path) -> None:
    """Pages of two states of a file are never put together."""
    pool = Inline(recipe())
    give = pool.give

    def swap(number: int, task: object, limit: float) -> None:
        assert isinstance(task, ReadPages)
        write_pdf(archive / "a.pdf", [9, 9, 9])
        give(number, task, limit)

    pool.give = swap  # type: ignore[method-assign, assignment]
    (outcome,) = run([archive / "a.pdf"], tmp_path / "out", pool)
    assert "changed while it was read" in str(outcome.reason)


def test_results_that_no_longer_hold_are_removed(archive: Path, tmp_path: Path) -> None:
    """What an earlier run wrote and this one does not is taken away; strangers' files are left alone."""
    out = tmp_path / "out"
    formats = ("json", "txt", "jsonl")
    run([archive], out, Inline(recipe(formats=formats)), formats=formats)
    (out / "a.2.json").write_text("not ours", encoding="utf-8")
    run([archive], out, Inline(recipe()), redo="all")

    assert not (out / "a.jsonl").exists()
    assert (out / "a.2.json").exists()


def test_a_file_keeps_its_name_when_a_twin_arrives(archive: Path, tmp_path: Path) -> None:
    """a.pdf was a.json before a.tif came; it stays so, and a.tif gets its full name."""
    out = tmp_path / "out"
    run([archive], out, Inline(recipe()))
    write_tiff(archive / "a.tif", [8])

    outcomes = run([archive], out, Inline(recipe()))
    assert ["a.tif"] == [o.job.shown_path for o in outcomes if not o.kept]
    assert {"a.json", "a.tif.json"} <= set(results(out))


def test_results_of_another_folder_are_not_written_over(archive: Path, tmp_path: Path) -> None:
    """A file of the same name from elsewhere is refused as long as the first is there; the same folder by another path is not."""
    out = tmp_path / "out"
    run([archive / "d.txt"], out, Inline(recipe()))
    (tmp_path / "khác").mkdir()
    (tmp_path / "khác" / "d.txt").write_text("khác\n", encoding="utf-8")
    before = results(out)

    (refused,) = run([tmp_path / "khác" / "d.txt"], out, Inline(recipe()))
    (kept,) = run([archive / "b" / ".." / "d.txt"], out, Inline(recipe()))
    assert ("failed", True) == (refused.state, kept.kept)
    assert "would write over the results of" in str(refused.reason)
    assert before == results(out)
    (archive / "d.txt").rename(tmp_path / "e.txt")
    assert ["done"] == [o.state for o in run([tmp_path / "khác" / "d.txt"], out, Inline(recipe()))]


def test_completeness_counts_blank_pages_and_jumps() -> None:
    """Numbers that go on, blank backs that are not counted, a new document that begins again: no jump; a gap is one."""
    facts = [PageFacts(n, printed=p, blank=p is None) for n, p in enumerate([None, 2, 3, None, 4, 7, 1, 2, 5], 1)]

    assert ["pages 5-6 are numbered 4, 7", "pages 8-9 are numbered 2, 5"] == [str(j) for j in jumps(facts)]


def test_reports_have_one_row_a_finding(archive: Path, tmp_path: Path) -> None:
    """Names with line breaks and tabs take one row; pages in and out, reasons and remedies are told."""
    write_pdf(archive / "b" / "e.pdf", range(3, 15))
    (archive / "gãy\n1\t.pdf").write_bytes(b"%PDF-1.4 nothing")
    out = tmp_path / "out"
    run([archive], out, Inline(recipe(faults={12: "err"})))
    with Ledger(out) as ledger:
        write_reports(ledger.entries, out, write_atomically)
    failures, whole = ((out / ".ocr-pipeline" / f"{n}.tsv").read_text().splitlines() for n in ("failures", "completeness"))

    assert 3 == len(failures)
    assert {4} == {len(row.split("\t")) for row in failures}
    assert {7} == {len(row.split("\t")) for row in whole}
    assert "b/e.pdf\tpartial\t12\t11\t\t\t" in whole


def test_a_drop_folder_gives_out_what_is_whole(tmp_path: Path) -> None:
    """A file that still grows waits; one that is there is given once, and again when it has changed."""
    drop = tmp_path / "drop"
    drop.mkdir()
    steps = iter(
        [
            lambda: (drop / "a.txt").write_text("1", encoding="utf-8"),
            lambda: (drop / "a.txt").write_text("12", encoding="utf-8"),
            lambda: None,
            lambda: os.utime(drop / "a.txt", (0, 0)),  # a clock that was put back
            lambda: None,
        ]
    )
    watch = watched_jobs([drop], tmp_path / "out", 1, dict, sleep=lambda _: next(steps)())

    assert ["a.txt"] == [j.shown_path for j in next(watch)]
    assert ["a.txt"] == [j.shown_path for j in next(watch)]
    with pytest.raises(RuntimeError, match="StopIteration"):
        next(watch)


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    """It is not rewritten."""
    Ledger(tmp_path).close()
    base = sqlite3.connect(tmp_path / ".ocr-pipeline" / "ledger.sqlite")
    base.execute("PRAGMA user_version = 99")
    base.close()

    with pytest.raises(UsageError, match="another version"):
        Ledger(tmp_path)


def test_the_ledger_is_consistent_and_small(archive: Path, tmp_path: Path) -> None:
    """After a run SQLite finds no fault, and pages that were put into documents are gone."""
    run([archive], tmp_path / "out", Inline(recipe()))
    base = sqlite3.connect(tmp_path / "out" / ".ocr-pipeline" / "ledger.sqlite")
    found = base.execute("PRAGMA integrity_check").fetchone(), base.execute("SELECT count(*) FROM pages").fetchone()
    base.close()

    assert (("ok",), (0,)) == found


def test_settings_tell_results_apart(archive: Path, tmp_path: Path) -> None:
    """A run that goes on with other settings reads a file that was only begun anew: no document of two minds."""
    heard = itertools.count(1)

    def killing(_: object, answer: object) -> bool:
        if isinstance(answer, PageRead) and next(heard) == 12:
            raise _Killed
        return False

    path, out = archive / "b" / "dài.txt", tmp_path / "out"
    with pytest.raises(_Killed):
        run([path], out, Inline(recipe(), killing))
    other = replace(Settings(), text_layer="never")
    pool = Inline(recipe(other))
    run([path], out, pool, settings=other)

    assert 1 == next(t.first for t in pool.given if isinstance(t, ReadPages))


def test_exit_codes_and_last_words(archive: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Some failed: 1, nothing came out: 8, all right: 0; what to type next is told by ``run`` and by ``status``."""
    out = str(tmp_path / "out")
    (archive / "b" / "rỗng.txt").write_bytes(b"")

    assert 1 == cli.main(["run", str(archive / "b"), "--out", out])
    told = capfd.readouterr().err
    assert "[1/2] dài.txt: 21 pages" in told
    assert "--redo failed" in told
    assert "Traceback" not in told
    assert 8 == cli.main(["run", str(archive / "b" / "rỗng.txt"), "--out", str(tmp_path / "none")])
    assert 0 == cli.main(["run", str(archive / "b" / "dài.txt"), "--out", out])
    assert "1 of them were there already" in capfd.readouterr().err

    assert 0 == cli.main(["status", out])
    told = capfd.readouterr().out
    assert "1 files read whole" in told
    assert "rỗng.txt is empty" in told
    assert "--redo failed" in told
    assert UsageError.exit_code == cli.main(["status", str(archive)])


@pytest.mark.parametrize(("files", "ranges"), [(2, [(1, 8), (9, 10)]), (1, [(n, n) for n in range(1, 11)])], ids=["each", "one"])
def test_a_file_is_shared_page_by_page_where_a_worker_has_none(tmp_path: Path, files: int, ranges: list[tuple[int, int]]) -> None:
    """With a file for every worker a task is eight pages; a file alone is handed out singly, its first page before the others."""
    for n in range(files):
        write_pdf(tmp_path / "in" / f"{n}.pdf", [3] * 10)
    pool = Inline(recipe())

    outcomes = run([tmp_path / "in"], tmp_path / "out", pool)

    assert [10] * files == [outcome.pages for outcome in outcomes]
    assert ranges == [(t.first, t.last) for t in pool.given if isinstance(t, ReadPages) and t.path.stem == "0"]

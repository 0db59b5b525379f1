"""Workers and whole batches that die, hang, or want too much, with real processes; the long series is a benchmark."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from scribe import Inline, alive, recipe, results, run, write_pdf

from ocr_pipeline.batch import LocalPool
from ocr_pipeline.errors import DictionaryError, OcrPipelineError, OutputError
from ocr_pipeline.recognition import Engine
from ocr_pipeline.settings import Settings

BENCHMARKS = Path(__file__).resolve().parent / "benchmarks"
IMPATIENT = Settings(page_timeout=3.0, worker_memory=1500)


def _benchmark(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


faults = _benchmark("faults")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """The files of the benchmark, and what an undisturbed run gives."""
    folder = faults.make_archive(tmp_path_factory.mktemp("archive") / "hồ sơ")
    out = tmp_path_factory.mktemp("whole")
    run([folder], out, Inline(recipe()))
    return folder, results(out)


def test_pages_that_kill_or_hoard_cost_themselves(tmp_path: Path) -> None:
    """Given up with their reason; the document comes out with all others, and so does its neighbour."""
    write_pdf(tmp_path / "in" / "a.pdf", range(3, 13))
    write_pdf(tmp_path / "in" / "b.pdf", [20])
    wicked = {4: "abort", 10: "hoard", 12: "err"}
    with LocalPool(recipe(IMPATIENT, faults=wicked), 2) as pool:
        first, second = run([tmp_path / "in"], tmp_path / "out", pool, settings=IMPATIENT)
        pids = pool.pids
        assert list(pids) == alive(pids)

    assert ("partial", "done") == (first.state, second.state)
    reasons = dict(p.split(": ", 1) for p in first.problems)
    assert ["page 2", "page 8", "page 10"] == list(reasons)
    assert "signal 6 (SIGABRT)" in reasons["page 2"]
    assert "more memory" in reasons["page 8"]
    assert "a defect of the engine" in reasons["page 10"]
    text = (tmp_path / "out" / "a.txt").read_text(encoding="utf-8")
    assert [f"Tờ số {n}" for n in (3, 5, 6, 7, 8, 9, 11)] == [line for line in text.replace("\f", "\n").split("\n") if line]
    assert alive(pids) == []


def test_a_worker_that_is_lost_once_costs_nothing(tmp_path: Path) -> None:
    """Death and silence at a first try: the page is read at the second, the bytes are those of a calm run."""
    write_pdf(tmp_path / "in" / "a.pdf", range(3, 13))
    (tmp_path / "memory").mkdir()
    passing = {4: "die", 9: "hang"}
    with LocalPool(recipe(IMPATIENT, faults=passing, memory=tmp_path / "memory"), 1) as pool:
        (outcome,) = run([tmp_path / "in"], tmp_path / "out", pool, settings=IMPATIENT)

    run([tmp_path / "in"], tmp_path / "calm", Inline(recipe(IMPATIENT)), settings=IMPATIENT)
    assert ("done", 2) == (outcome.state, len(list((tmp_path / "memory").iterdir())))
    assert results(tmp_path / "calm") == results(tmp_path / "out")


def test_a_batch_that_is_killed_goes_on(archive: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """Kill -9 of the parent at a random moment: workers go with it, and the next run gives the bytes of a calm one."""
    folder, expected = archive
    faults.kill_batch(folder, tmp_path / "out", [random.Random(5).uniform(1.0, 6.0)])

    faults.check(tmp_path / "out", expected)


def test_workers_that_are_killed_are_replaced(archive: tuple[Path, dict[str, bytes]], tmp_path: Path) -> None:
    """Kill -9 of workers at random moments under a batch that goes on."""
    folder, expected = archive
    faults.kill_workers(folder, tmp_path / "out", [random.Random(3).uniform(1.0, 3.0)])

    faults.check(tmp_path / "out", expected)


def _no_engine(settings: Settings) -> Engine:
    os._exit(3)


def _no_dictionary(settings: Settings) -> Engine:
    raise DictionaryError("dictionary channel.bin is missing", remedy="Reinstall ocr_pipeline.")


@pytest.mark.parametrize(
    ("make_engine", "reason"), [(_no_engine, "code 3"), (_no_dictionary, "channel.bin is missing. Reinstall ocr_pipeline")]
)
def test_workers_that_cannot_start_end_the_batch(
    tmp_path: Path, make_engine: Callable[[Settings], Engine], reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Where no worker can load, the files are not to blame: the run stops and says why, and nothing is marked as failed."""
    write_pdf(tmp_path / "in" / "a.pdf", [3])
    broken = replace(recipe(), make_engine=make_engine)
    with LocalPool(broken, 1) as pool, pytest.raises(OcrPipelineError, match=rf"workers cannot start.*{reason}"):
        run([tmp_path / "in"], tmp_path / "out", pool)
    assert "Traceback" not in capfd.readouterr().err
    assert ["done"] == [o.state for o in run([tmp_path / "in"], tmp_path / "out", Inline(recipe()))]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 400 KiB; skips where none may be mounted."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(disk)]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError:
        pytest.skip("no mount command here")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_is_full(archive: tuple[Path, dict[str, bytes]], small_disk: Path, tmp_path: Path) -> None:
    """On a real small file system the run stops with the reason, however often; with room it ends as if nothing had been."""
    folder, expected = archive
    for size in (0, 60_000, 30_000):
        ballast = small_disk / "ballast"
        free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
        ballast.write_bytes(bytes(max(0, free - size)))
        with pytest.raises(OutputError, match=r"No space left|full|disk"):
            run([folder], small_disk / "out", Inline(recipe()))
        ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=20m", str(small_disk)], check=True)
    run([folder], small_disk / "out", Inline(recipe()))

    faults.check(small_disk / "out", expected)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where the output folder should be, or a read-only one: one error, with what to do."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    write_pdf(tmp_path / "in" / "a.pdf", [3])

    with pytest.raises(OutputError, match="cannot be written") as caught:
        run([tmp_path / "in"], tmp_path / "file", Inline(recipe()))
    assert "--out" in caught.value.remedy

"""Kill -9 of workers and of whole batches at random moments, seeded; then resume and compare: `make faults`.

    python tests/benchmarks/faults.py [KILLS] [SEED]

Half of the trials kill the batch itself, once to three times, and start it again each time until it ends by itself. The
other half kill single workers under a batch that goes on. The inputs are PDFs of several tasks, TIFFs and texts with
the scribe of the tests as recogniser, slowed down so that there is something to interrupt. After each trial: every page
is there, no page twice, the ledger is sound, no process is left, and the bytes are those of an undisturbed run.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import scribe

from ocr_pipeline.batch import LocalPool

WORKERS = 2
SECONDS_A_PAGE = 0.02
_RUN = "import sys; sys.path.insert(0, sys.argv[1]); import scribe; scribe.run_in_processes(*sys.argv[2:])"


def make_archive(folder: Path) -> Path:
    """Some sixty pages in seven files."""
    scribe.write_pdf(folder / "a.pdf", [3, 4])
    scribe.write_pdf(folder / "hộp" / "b.pdf", range(3, 22))
    scribe.write_tiff(folder / "hộp" / "c.tif", range(5, 12))
    scribe.write_pdf(folder / "d.pdf", range(10, 20))
    for name, pages in (("e", 1), ("g", 30)):
        (folder / f"{name}.txt").write_text("\f".join(f"Tờ số {n}" for n in range(pages)), encoding="utf-8")
    return folder


def start(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    """The batch as a process of its own, its workers below it."""
    arguments = [Path(scribe.__file__).parent, folder, out, WORKERS, SECONDS_A_PAGE]
    return subprocess.Popen([sys.executable, "-c", _RUN, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def kill_batch(folder: Path, out: Path, moments: list[float]) -> None:
    """Run to the end, killed and started again after each of the moments (seconds)."""
    for moment in moments:
        batch = start(folder, out)
        with contextlib.suppress(subprocess.TimeoutExpired):
            batch.wait(moment)
        workers = _children(batch.pid)
        batch.kill()
        batch.communicate()
        _wait_until_gone(workers)
    last = start(folder, out)
    _, said = last.communicate(timeout=1200)
    assert last.returncode == 0, said.decode()


def kill_workers(folder: Path, out: Path, moments: list[float]) -> list[scribe.Outcome]:
    """Run to the end while a worker is killed at each of the moments."""
    chance = random.Random(str(moments))
    with LocalPool(scribe.recipe(seconds=SECONDS_A_PAGE), WORKERS) as pool:

        def kill() -> None:
            for moment in moments:
                time.sleep(moment)
                with contextlib.suppress(ProcessLookupError, IndexError):
                    os.kill(chance.choice(pool.pids), signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        outcomes = scribe.run([folder], out, pool)
        killer.join()
    while any(o.state != "done" for o in outcomes):
        # Killed twice at the same page: what it says to type next.
        with LocalPool(scribe.recipe(seconds=SECONDS_A_PAGE), WORKERS) as pool:
            outcomes = scribe.run([folder], out, pool, redo="failed")
    return outcomes


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _wait_until_gone(pids: list[int], patience: float = 30.0) -> None:
    deadline = time.monotonic() + patience
    while alive := scribe.alive(pids):
        assert time.monotonic() < deadline, f"workers outlive their batch: {alive}"
        time.sleep(0.05)


def check(out: Path, expected: dict[str, bytes]) -> None:
    """Bytes as of the undisturbed run, every page once, the ledger sound and free of leftovers."""
    found = scribe.results(out)
    assert sorted(found) == sorted(expected)
    assert found == expected
    for name, data in found.items():
        if name.endswith(".json"):
            pages = [page["source_page"] for page in json.loads(data)["pages"]]
            assert pages == list(range(1, len(pages) + 1)), name
    base = sqlite3.connect(out / ".ocr-pipeline" / "ledger.sqlite")
    with contextlib.closing(base):
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert base.execute("SELECT count(*) FROM files WHERE state != 'done'").fetchone() == (0,)
        assert base.execute("SELECT count(*) FROM pages").fetchone() == (0,)
    assert not list(out.rglob("*.part"))


def main(kills: int = 100, seed: int = 1) -> None:
    """Kill so often and print what was lost."""
    chance = random.Random(seed)
    done = {"batch": 0, "worker": 0}
    started, trial = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = make_archive(Path(name) / "hồ sơ")
        with LocalPool(scribe.recipe(), WORKERS) as pool:
            scribe.run([folder], Path(name) / "whole", pool)
        expected = scribe.results(Path(name) / "whole")
        whole = time.monotonic()
        kill_batch(folder, Path(name) / "calm", [])
        length = time.monotonic() - whole
        while sum(done.values()) < kills:
            out = Path(name) / "out"
            trial += 1
            kind = "batch" if trial % 2 else "worker"
            moments = [chance.uniform(0.05, 1.0) * length for _ in range(chance.randint(1, 3))]
            (kill_batch if kind == "batch" else kill_workers)(folder, out, moments)
            check(out, expected)
            done[kind] += len(moments)
            shutil.rmtree(out)
            print(f"{trial:4} {kind:6} killed after {', '.join(f'{m:.2f}' for m in moments)} s: same bytes", flush=True)
    print(f"{trial} trials, {done['batch']} kills of the batch, {done['worker']} of workers: nothing lost, nothing twice")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

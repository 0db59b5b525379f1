"""The same batch over a cluster: several nodes on this machine, one of which is killed in the middle. Skips without Ray."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from scribe import Inline, recipe, results, run, write_pdf, write_tiff

from ocr_pipeline.batch.ray_pool import RayPool
from ocr_pipeline.errors import MissingDependency

PAGE_SECONDS = 0.2


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Files of one task and of several."""
    write_pdf(tmp_path / "in" / "a.pdf", range(3, 30))
    for number in range(6):
        write_tiff(tmp_path / "in" / "hộp" / f"{number}.tif", [3 + number, 9])
    return tmp_path / "in"


# Ray leaves sockets and files to the end of the process.
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_machine(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three nodes, one removed while they work: the bytes are those of a run without cluster, and nothing is marked as failed."""
    # Loaded machines start nodes slowly; and nothing is reported to anyone.
    monkeypatch.setenv("RAY_raylet_start_wait_time_s", "200")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Every node must have the scribe, as it must have the package.
    monkeypatch.setenv(
        "PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    )
    pytest.importorskip("ray", reason="Ray is not installed")
    cluster_utils = pytest.importorskip("ray.cluster_utils", reason="Ray is not installed")
    cluster: Any = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    doomed = cluster.add_node(num_cpus=1)
    cluster.add_node(num_cpus=1)
    try:
        with RayPool(recipe(seconds=PAGE_SECONDS), 3, cluster.address) as pool:
            given = threading.Event()
            give = pool.give

            def watched(number: int, *arguments: Any) -> None:
                give(number, *arguments)
                if number == 5:
                    given.set()

            pool.give = watched  # type: ignore[method-assign, assignment]
            killer = threading.Thread(target=lambda: given.wait(200) and cluster.remove_node(doomed, allow_graceful=False))
            killer.start()
            outcomes = run([archive], tmp_path / "out", pool)
            killer.join()
            assert given.is_set()
    finally:
        cluster.shutdown()

    run([archive], tmp_path / "alone", Inline(recipe()))
    assert ["done"] * 7 == [o.state for o in outcomes]
    assert results(tmp_path / "alone") == results(tmp_path / "out")


def test_without_ray_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)

    with pytest.raises(MissingDependency, match="Ray is not installed"):
        RayPool(recipe(), 1, "auto")

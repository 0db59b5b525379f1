"""The package finds its data however it was installed, and ships what it should and no more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ASK = "import ocr_pipeline.dictionaries as d; print(d.Dictionaries.load().folder)"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the project's own back end without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def _dictionaries_seen(path: Path | None, cwd: Path) -> Path:
    """Where a fresh interpreter finds the dictionaries with ``path`` first on its path."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | ({"PYTHONPATH": str(path)} if path else {})
    done = subprocess.run([sys.executable, "-c", ASK], cwd=cwd, env=environment, check=True, capture_output=True, text=True)
    return Path(done.stdout.strip())


def test_a_wheel_brings_its_dictionaries(wheel: Path, tmp_path: Path) -> None:
    """Unpacked as an installer would, the package reads the dictionaries inside itself."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)

    assert tmp_path / "ocr_pipeline" / "_dictionaries" == _dictionaries_seen(tmp_path, tmp_path)


def test_a_checkout_uses_the_folder_beside_the_package(tmp_path: Path) -> None:
    """Nothing installed, only the tree on the path."""
    shutil.copytree(ROOT / "ocr_pipeline", tmp_path / "ocr_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "dictionaries").symlink_to(ROOT / "dictionaries")

    assert (tmp_path / "dictionaries") == _dictionaries_seen(tmp_path, tmp_path)


def test_an_editable_install_uses_the_folder_beside_the_package(tmp_path: Path) -> None:
    """As `make install` leaves it, from any working folder."""
    import ocr_pipeline

    if Path(ocr_pipeline.__file__ or "").parents[1] != ROOT:
        pytest.skip("the package is not installed editable from this tree")

    assert ROOT / "dictionaries" == _dictionaries_seen(None, tmp_path)


def test_a_wheel_ships_types_and_all_data_but_no_samples(wheel: Path) -> None:
    """py.typed, every data file and the licence are in; samples, tests and caches are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = {
        f"ocr_pipeline/_dictionaries/{p.name}" for p in (ROOT / "dictionaries").iterdir() if p.suffix in {".tsv", ".toml", ".bin"}
    }

    assert "ocr_pipeline/py.typed" in names
    assert data
    assert data <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("samples", "tests")) or "__pycache__" in name]

"""Broken files in a batch: each has a result or a reason, and the sound ones beside it come out."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from scribe import Inline, recipe

PATH = Path(__file__).resolve().parent / "benchmarks" / "mutations.py"


@pytest.fixture(scope="module")
def mutations() -> ModuleType:
    """The benchmark as a module."""
    spec = importlib.util.spec_from_file_location("benchmark_mutations", PATH)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_broken_files_cost_nobody_else(mutations: ModuleType, tmp_path: Path) -> None:
    """Eighteen seeded mutations of the samples, sound neighbours at both ends."""
    outcomes = mutations.try_batch(list(mutations.mutants(18, 7)), tmp_path, Inline(recipe(mutations.SETTINGS)))

    assert 18 == len(outcomes)
    assert {"done", "failed"} <= {o.state for o in outcomes}


def test_mutations_are_seeded(mutations: ModuleType) -> None:
    """What broke once can be broken again."""
    assert list(mutations.mutants(20, 3)) == list(mutations.mutants(20, 3))

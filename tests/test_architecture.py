"""The order of modules in docs/architecture.md holds, and the pieces stay small."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "ocr_pipeline"
# Each row may import what stands in the rows before it; within a row, only what stands to the left, except in the
# last but one, where nobody imports a neighbour. The whole order is known from the start; modules come with their need.
ORDER = [
    ["errors", "settings", "document", "input_files", "offsets"],
    ["orthography", "dictionaries", "compiled", "symbols", "legacy_encodings"],
    [
        "sheet_size",
        "pdf",
        "plain_text",
        "sources",
        "bent_lines",
        "thresholds",
        "cleaning",
        "tables",
        "imaging",
        "fine_print",
        "line_network",
        "recognition",
        "second_reading",
        "roman_numerals",
        "layout",
        "views",
        "missed_lines",
        "text_layer",
        "handwriting",
        "blanks",
        "pages",
    ],
    ["restoration"],
    ["references", "metadata"],
    ["composition", "bundles", "pipeline"],
    ["processes", "secrecy", "corrections", "archive", "passages", "number_keys", "citations", "evaluation"],
    ["exports", "search", "batch", "review", "training"],
    ["ocrmypdf_plugin", "doctor", "commands", "cli", "preloaded", "__main__"],
]
NEIGHBOURS_APART = {"references", "metadata", "exports", "search", "batch", "review", "training"}
FORBIDDEN = {"utils", "util", "helpers", "common", "misc", "lib"}
FILES = sorted(p for p in PACKAGE.rglob("*.py"))


def _noun(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    """The package's modules that a file imports, and whether at the top of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "ocr_pipeline":
            names = [f"ocr_pipeline.{alias.name}" for alias in node.names]
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.split(".")[0] == "ocr_pipeline":
                yield name.removeprefix("ocr_pipeline").removeprefix("."), node in tree.body


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_data_flows_one_way(path: Path) -> None:
    """A module imports only what stands before it."""
    position = {name: (row, column) for row, names in enumerate(ORDER) for column, name in enumerate(names)}
    own = _noun(path)
    if own == "__init__":
        return
    for imported, _ in _imports(path):
        other = imported.split(".")[0]
        assert other, f"{path.name} imports from the package's own __init__"
        if other != own:
            assert position[other] < position[own], f"{own} imports {other}"
            assert not {own, other} <= NEIGHBOURS_APART or position[own][0] != position[other][0], (
                f"{own} imports its neighbour {other}"
            )


def test_no_import_cycle_between_files() -> None:
    """Files inside a package do not import one another in a circle."""
    graph = {path: {_file(name) for name, _ in _imports(path)} for path in FILES}
    done: set[Path] = set()

    def visit(path: Path, trail: tuple[Path, ...]) -> None:
        assert path not in trail, " -> ".join(p.name for p in (*trail, path))
        if path not in done:
            for other in graph.get(path, ()):
                if other and other != path:
                    visit(other, (*trail, path))
            done.add(path)

    for path in FILES:
        visit(path, ())


def _file(name: str) -> Path | None:
    stem = PACKAGE.joinpath(*name.split("."))
    return next((p for p in (stem.with_suffix(".py"), stem / "__init__.py") if p.is_file()), None)


def _bodies() -> Iterator[tuple[str, int]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                yield f"{path.name}:{node.name}", (node.end_lineno or 0) - first.lineno + 1


def test_pieces_are_small() -> None:
    """Median body under 8 lines, nine in ten under 30, none over 60; modules under 400 lines."""
    lengths = dict(_bodies())
    longest = max(lengths, key=lambda name: lengths[name])

    assert lengths[longest] <= 60, longest
    assert statistics.median(lengths.values()) < 8
    assert statistics.quantiles(lengths.values(), n=10)[-1] < 30
    assert [p.name for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) >= 400] == []


def test_modules_are_nouns() -> None:
    """No drawer for whatever is left over."""
    assert not FORBIDDEN & {p.stem for p in FILES}


def test_only_recognition_imports_the_engines() -> None:
    """Tesserocr and pytesseract stay behind one protocol."""
    users = {p.name for p in FILES if {"tesserocr", "pytesseract"} & set(_top_names(p))}

    assert users <= {"recognition.py"}


def test_unidecode_is_used_in_one_place() -> None:
    """Unidecode is GPL: it serves search keys of foreign letters in orthography and nothing else."""
    assert {"orthography.py"} == {p.name for p in FILES if "unidecode" in set(_top_names(p))}


def _top_names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]

"""From file to document, on the samples with recorded recognition: the JSON holds what it promises and stays the same."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from recording import SCANS, Replay, scans

from ocr_pipeline import Document, Settings, apply_edits, from_json, read, read_text, to_json
from ocr_pipeline.document import OUTSIDE_TEXT, json_schema
from ocr_pipeline.evaluation import Tally, figures, score_meta, score_page, score_refs
from ocr_pipeline.exports import page_records, record_schema

ROOT = Path(__file__).resolve().parents[1]
GOLD, GOLDEN = ROOT / "samples" / "gold", ROOT / "tests" / "golden"
SAMPLES = sorted(p for p in SCANS.iterdir() if not p.name.startswith("."))


def _document(path: Path) -> Document:
    if path.suffix == ".txt":
        return read(path)[0]
    return read(path, engine=Replay(path.stem))[0]


@pytest.fixture(scope="module")
def documents() -> dict[str, Document]:
    """Every sample, read once."""
    return {path.stem: _document(path) for path in SAMPLES}


@pytest.mark.parametrize("stem", [p.stem for p in SAMPLES])
def test_json_is_valid_and_comes_back(documents: dict[str, Document], stem: str) -> None:
    """An independent validator accepts it; decoding gives the same document; each JSON line is valid too."""
    document = documents[stem]
    data = to_json(document)

    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(data))
    assert document == from_json(data)
    for record in page_records(document):
        built = {name: getattr(record, name) for name in record.__dataclass_fields__}
        jsonschema.validate(json.loads(json.dumps(built | {"cited": list(record.cited)})), record_schema())


@pytest.mark.parametrize("stem", [p.stem for p in SAMPLES])
def test_everything_points_back(documents: dict[str, Document], stem: str) -> None:
    """Spans of pages, lines, words, mentions and dates hold their text; edits replay on their raw line."""
    document = documents[stem]
    lines = {(page.number, i): line for page in document.pages for i, line in enumerate(page.lines, 1)}

    assert document.text.split("\f") == [document.text[slice(*page.span)] for page in document.pages]
    for place, line in lines.items():
        assert (line.span is None) == (line.zone in OUTSIDE_TEXT)
        assert line.span is None or line.text == document.text[slice(*line.span)]
        assert all(0 <= w.start < w.end <= len(line.text) for w in line.words)
        edits = [e for e in document.edits if (e.page, e.line) == place]
        assert line.text == apply_edits(line.raw, edits)
        assert all(e.before == line.raw[slice(*e.span)] for e in edits)
    for reference in document.references:
        for mention in reference.mentions:
            assert mention.surface == document.text[slice(*mention.span)]
            assert (mention.page, mention.line) in lines
    assert all(date.surface == document.text[slice(*date.span)] for date in document.dates)


def _condensed(document: Document) -> str:
    """What a person compares: the facts and the text, without what changes with every new model."""
    built: dict[str, Any] = json.loads(to_json(document))
    kept = {key: built[key] for key in ("metadata", "dates", "unnumbered_references")}
    kept["references"] = [
        {k: r[k] for k in ("id", "doc_type", "relation", "own")} | {"mentions": len(r["mentions"])} for r in built["references"]
    ]
    kept["review"] = [{k: r[k] for k in ("page", "field", "reason")} for r in built["review"] if r["field"]]
    kept["text"] = document.text.split("\n")
    kept["zones"] = [[line.zone for line in page.lines] for page in document.pages]
    return json.dumps(kept, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("stem", [p.stem for p in SAMPLES])
def test_documents_are_those_that_were_looked_at(documents: dict[str, Document], stem: str) -> None:
    """Golden files: `make golden` writes them anew, and the difference is read before it is committed."""
    path = GOLDEN / f"{stem}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(_condensed(documents[stem]), encoding="utf-8")

    assert path.read_text(encoding="utf-8") == _condensed(documents[stem])


def test_golden_files_are_not_being_written() -> None:
    """A run that writes them proves nothing; `make golden` is not `make test`."""
    if os.environ.get("UPDATE_GOLDEN"):
        pytest.skip("golden files are being written")
    assert {p.stem for p in SAMPLES} == {p.stem for p in GOLDEN.iterdir()}


def test_samples_are_read_as_well_as_ever(documents: dict[str, Document]) -> None:
    """Floors over all samples: pages, references, metadata."""
    pages, references, metadata = Tally(), Tally(), Tally()
    for stem, document in documents.items():
        gold = json.loads((GOLD / f"{stem}.json").read_text(encoding="utf-8"))
        built = json.loads(to_json(document))
        files = sorted(GOLD.glob(f"{stem}.p*.txt"), key=lambda p: p.name) or [GOLD / f"{stem}.txt"]
        texts = [part for file in files for part in file.read_text(encoding="utf-8").split("\f")]
        pages.add(score_page(built, enumerate(texts, 1)))
        references.add(score_refs(gold, built))
        metadata.add(score_meta(gold, built))

    assert figures("page", pages)["cer"] <= 0.012
    assert figures("refs", references)["full_f1"] >= 0.98
    assert figures("refs", references)["relation_accuracy"] >= 0.95
    assert figures("meta", metadata)["right_share"] >= 0.95


def test_the_same_input_gives_the_same_bytes() -> None:
    """Read twice, also through another path."""
    path = scans()[0]

    first, second = (to_json(read(path, engine=Replay(path.stem), shown_path="a")[0]) for _ in range(2))

    assert first == second


def test_words_can_be_left_out_and_restoration_too() -> None:
    """Settings reach the result and are recorded in it."""
    path = scans()[0]
    document = read(path, engine=Replay(path.stem), settings=Settings(words=False, restore=False))[0]

    assert not any(line.words for page in document.pages for line in page.lines)
    assert not document.edits
    assert not document.provenance.settings["restore"]


@pytest.mark.parametrize("text", ["", "\f", "\n\n", "một", "\ud800", "a\fb\fc", "Số: 05/QĐ-UBND\n" * 3])
def test_any_text_is_a_document(text: str) -> None:
    """Pages are parted by form feeds; nothing is refused."""
    document = read_text(text)

    assert text.count("\f") + 1 == len(document.pages)
    assert document.text.count("\n") == text.count("\n")

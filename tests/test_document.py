"""The JSON contract."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import pytest

from ocr_pipeline.document import (
    Box,
    Document,
    Edit,
    Evidence,
    Line,
    Metadata,
    Page,
    Provenance,
    Signer,
    SourceFile,
    Span,
    Word,
    from_json,
    json_schema,
    to_json,
)


def _document() -> Document:
    line = Line(
        text="Số 57",
        raw="S6 57",
        span=Span(0, 5),
        bbox=Box(1, 2, 30, 12),
        zone="letterhead-left",
        words=(Word(0, 2, 1, 2, 9, 12, 0.9),),
    )
    signer = Signer(authority=("TM. ỦY BAN NHÂN DÂN",), role="CHỦ TỊCH", name="Trần Văn A")
    return Document(
        id="0123456789abcdef-p1-1",
        source=SourceFile(
            name="a.pdf", path="a.pdf", sha256="0" * 64, media_type="application/pdf", pages=1, first_page=1, last_page=1
        ),
        metadata=Metadata(number="57-NQ/TW", signers=(signer,), signer=signer),
        evidence={"number": Evidence(page=1, line=1, bbox=None, raw="S6 57", confidence=0.9)},
        text="Số 57",
        pages=(Page(number=1, source_page=1, width=40, height=50, dpi=200, span=Span(0, 5), lines=(line,)),),
        edits=(Edit(page=1, line=1, span=Span(0, 2), before="S6", after="Số", rule="syllable", confidence=0.99),),
        provenance=Provenance(ocr_pipeline="0", engine=None),
    )


def test_json_round_trips() -> None:
    """What is written is read back as the same values."""
    assert _document() == from_json(to_json(_document()))


def test_json_validates_with_an_independent_validator() -> None:
    """The printed schema describes what is written."""
    jsonschema.Draft202012Validator(json_schema()).validate(json.loads(to_json(_document())))


def test_schema_refuses_a_wrong_type() -> None:
    """The schema is not so loose that anything passes."""
    wrong = json.loads(to_json(_document()))
    wrong["metadata"]["recipients"] = "Như trên"

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(json_schema()).validate(wrong)


def test_layout_keeps_tuples_on_one_line() -> None:
    """Boxes and words do not take a line a number."""
    text = to_json(_document()).decode()

    assert '"bbox":[1,2,30,12]' in text
    assert '"words":[[0,2,1,2,9,12,0.9]]' in text


def test_values_are_frozen() -> None:
    """Nobody changes a document in place."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        _document().text = ""  # type: ignore[misc]

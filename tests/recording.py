"""An engine that replays what Tesseract once read, so that most tests need no Tesseract.

``python tests/recording.py`` reads the samples anew and writes ``tests/recorded/``: one file a sample, the answers in
the order in which the pipeline asks. The recording holds as long as the stages before recognition cut a page into the
same number of pieces; where they do not, the replay says so and asks for a new recording.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from ocr_pipeline.document import Box, PlacedWord
from ocr_pipeline.pipeline import read
from ocr_pipeline.recognition import Engine, ReadLine, choose_engine
from ocr_pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SCANS = ROOT / "samples" / "scans"
RECORDED = ROOT / "tests" / "recorded"
Pixels = npt.NDArray[np.uint8]


class Answer(msgspec.Struct):
    """What was asked and what came: lines of words as (text, x0, y0, x1, y1, confidence)."""

    layout: str
    lines: list[list[tuple[str, int, int, int, int, float]]]


class Recording(msgspec.Struct):
    """All answers for one file."""

    name: str
    model: str
    answers: list[Answer]


Row = list[tuple[str, int, int, int, int, float]]


def _row(words: Sequence[PlacedWord]) -> Row:
    return [(w.text, *w.box, round(w.confidence, 4)) for w in words]


class Recorder:
    """Passes questions on to an engine and keeps the answers."""

    def __init__(self, engine: Engine, answers: list[Answer] | None = None) -> None:
        self._engine = engine
        self.name, self.model, self.data_path = engine.name, engine.model, engine.data_path
        self.answers: list[Answer] = [] if answers is None else answers

    def other(self) -> Engine | None:
        """The other model's answers go into the same list."""
        other = self._engine.other()
        return Recorder(other, self.answers) if other else None

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        """Ask the engine."""
        read = self._engine.read_blocks(cuts, dpi)
        self.answers += [Answer("block", [_row(line.words) for line in lines]) for lines in read]
        return read

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        """Ask the engine."""
        read = self._engine.read_lines(cuts, dpi)
        self.answers += [Answer("line", [_row(words)]) for words in read]
        return read

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        """Ask the engine."""
        read = self._engine.read_digits(grey, dpi)
        self.answers.append(Answer("digits", [_row(read)]))
        return read

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        """No sample stands on its side."""
        return self._engine.quarter_turns(grey, dpi)


class Replay:
    """An engine that answers from a recording."""

    data_path = ""

    def __init__(self, stem: str) -> None:
        recording = msgspec.json.decode((RECORDED / f"{stem}.json").read_bytes(), type=Recording)
        self.name, self.model = recording.name, recording.model
        self._answers: Iterator[Answer] = iter(recording.answers)

    def other(self) -> Engine | None:
        """The same list answers for both models."""
        return self

    def read_blocks(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[ReadLine, ...]]:
        """The next answers."""
        return [tuple(ReadLine(words) for words in self._next("block")) for _ in cuts]

    def read_lines(self, cuts: Sequence[Pixels], dpi: int) -> list[tuple[PlacedWord, ...]]:
        """The next answers."""
        return [self._next("line")[0] for _ in cuts]

    def read_digits(self, grey: Pixels, dpi: int) -> tuple[PlacedWord, ...]:
        """The next answer."""
        return self._next("digits")[0]

    def _next(self, layout: str) -> list[tuple[PlacedWord, ...]]:
        answer = next(self._answers, None)
        assert answer, "the pipeline asks more than was recorded; run `make golden`"
        assert answer.layout == layout, "the pipeline asks in another order than was recorded; run `make golden`"
        return [tuple(PlacedWord(text, Box(*box), confidence) for text, *box, confidence in words) for words in answer.lines]

    def quarter_turns(self, grey: Pixels, dpi: int) -> int | None:
        """No sample stands on its side."""
        return None


def scans() -> list[Path]:
    """The samples that are images."""
    return sorted(p for p in SCANS.iterdir() if p.suffix not in ("", ".txt"))


def main() -> None:
    """Read all samples and write the recordings."""
    RECORDED.mkdir(exist_ok=True)
    for path in scans():
        recorder = Recorder(choose_engine(Settings()))
        read(path, engine=recorder)
        recording = Recording(recorder.name, recorder.model, recorder.answers)
        (RECORDED / f"{path.stem}.json").write_bytes(msgspec.json.format(msgspec.json.encode(recording), indent=0) + b"\n")
        print(path.stem, len(recorder.answers), file=sys.stderr)


if __name__ == "__main__":
    main()

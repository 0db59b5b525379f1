"""What the workers of a batch are told before they begin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ocr_pipeline.document import Document
from ocr_pipeline.secrecy import Secrecy
from ocr_pipeline.settings import Settings

if TYPE_CHECKING:
    from ocr_pipeline.recognition import Engine

# A document in each of the formats asked for, by the format's name.
Render = Callable[[Document, bool], Sequence[tuple[str, bytes]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a worker does its work; picklable, because it travels to new processes.

    ``render`` gets a document and whether it may be indexed. ``make_engine`` is called once a process; None stands for
    ``recognition.choose_engine``, which the process that only tells the workers what to do need not load.
    """

    settings: Settings
    render: Render
    secrecy: Secrecy = field(default_factory=Secrecy)
    make_engine: Callable[[Settings], Engine] | None = None

"""Builds ``dictionaries/language_model.bin`` from the corpus and the phrases of the register.

``python -m ocr_pipeline.training.language_model_builder SHARED OUT`` on one core takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from ocr_pipeline.restoration.language_model import write
from ocr_pipeline.training import ngrams
from ocr_pipeline.training.corpus import Streams, streams
from ocr_pipeline.training.vocabulary import Vocabulary, choose

# Found on held-out paragraphs and transcribed directives; the table is in docs/language-model.md.
WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {"legal": 1.0, "admin": 2.0, "party": 6.0, "party_register": 4.0, "news": 0.3, "wiki": 0.2}
)
SIZES: Final = ngrams.Sizes(bigrams=1_150_000, trigrams=3_800_000)


def build(shared: Path, out: Path, *, sizes: ngrams.Sizes = SIZES, progress: Callable[[str], object] = print) -> None:
    """Train the model on ``shared/corpus`` and write it to ``out``: the same bytes from the same texts."""
    progress("reading the corpus")
    texts = streams(shared, {})
    progress(f"{sum(map(len, texts.sources.values())):,} tokens; choosing the vocabulary")
    vocabulary = choose(texts, shared)
    sources = word_streams(texts, vocabulary)
    progress(f"{len(vocabulary.words):,} words; counting")
    pairs, triples = (ngrams.count(sources, WEIGHTS, order) for order in (2, 3))
    progress(f"{len(pairs.keys):,} pairs, {len(triples.keys):,} triples; estimating")
    trained = ngrams.estimate(pairs, triples, len(vocabulary.words), sizes)
    write(ngrams.pack(trained, vocabulary.words, vocabulary.forms, vocabulary.casing), out)
    progress(f"{out.name}: {out.stat().st_size:,} bytes")


def word_streams(texts: Streams, vocabulary: Vocabulary) -> dict[str, npt.NDArray[np.uint16]]:
    """The texts as word ids, each token replaced by its words."""
    lengths = np.diff(vocabulary.starts)
    found = {}
    for name, stream in texts.sources.items():
        counts = lengths[stream]
        ends = np.cumsum(counts)
        within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
        found[name] = vocabulary.ids[np.repeat(vocabulary.starts[stream], counts) + within]
    return found


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))

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

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.restoration.language_model import BOS, write
from ocr_pipeline.training.corpus import Ids, Streams, streams
from ocr_pipeline.training.ngrams import Sizes, count, estimate, pack
from ocr_pipeline.training.register import issuers, names, phrases
from ocr_pipeline.training.vocabulary import Vocabulary, choose, sentence_ends

# Found on held-out paragraphs and transcribed directives; the figures are in docs/restoration.md.
WEIGHTS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "legal": 3.0, "admin": 3.0, "party": 10.0, "party_register": 8.0, "news": 0.7, "wiki": 0.4,
        "register": 3.0, "issuers": 10.0, "names": 0.5,
    }
)  # fmt: skip
SIZES: Final = Sizes(bigrams=700_000, trigrams=1_850_000, quadrigrams=1_050_000)

Words = npt.NDArray[np.uint16]


def build(shared: Path, out: Path, *, sizes: Sizes = SIZES, progress: Callable[[str], object] = print) -> None:
    """Train the model on ``shared/corpus`` and write it to ``out``: the same bytes from the same texts."""
    dictionaries = Dictionaries.load()
    progress("reading the corpus")
    own = {"register": phrases(dictionaries, shared), "issuers": issuers(dictionaries), "names": names(shared)}
    texts = streams(shared, own)
    progress(f"{sum(map(len, texts.sources.values())):,} tokens; choosing the vocabulary")
    vocabulary = choose(texts, shared)
    sources, starts = word_streams(texts, vocabulary), sentence_starts(texts, vocabulary)
    progress(f"{len(vocabulary.words):,} words; counting")
    pairs, triples, quads = (count(sources, starts, WEIGHTS, order) for order in (2, 3, 4))
    progress(f"{len(pairs.keys):,} pairs, {len(triples.keys):,} triples, {len(quads.keys):,} of four words; estimating")
    trained = estimate(pairs, triples, quads, len(vocabulary.words), sizes)
    write(pack(trained, vocabulary.words, vocabulary.forms, vocabulary.casing), out)
    progress(f"{out.name}: {out.stat().st_size:,} bytes")


def word_streams(texts: Streams, vocabulary: Vocabulary) -> dict[str, Words]:
    """The texts as word ids, each token replaced by its words."""
    return {name: _words(stream, vocabulary)[0] for name, stream in texts.sources.items()}


def sentence_starts(texts: Streams, vocabulary: Vocabulary) -> dict[str, Words]:
    """``BOS`` and the first three words of every sentence that begins inside a paragraph, one after the other."""
    ends = sentence_ends(texts.tokens)
    found = {}
    for name, stream in texts.sources.items():
        words, after = _words(stream, vocabulary)
        at = after[ends[stream] & (stream > 0)]
        at = at[at + 2 < len(words)]
        rows = np.stack([np.full(len(at), BOS, np.uint16), words[at], words[at + 1], words[at + 2]], axis=1)
        found[name] = rows[rows[:, 1] != BOS].ravel()
    return found


def _words(stream: Ids, vocabulary: Vocabulary) -> tuple[Words, npt.NDArray[np.int64]]:
    """The word ids of a stream, and where the words after each token start."""
    counts = np.diff(vocabulary.starts)[stream]
    ends = np.cumsum(counts)
    within = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    return vocabulary.ids[np.repeat(vocabulary.starts[stream], counts) + within], ends


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))

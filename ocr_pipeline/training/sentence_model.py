"""Trains the sentence model (``dictionaries/sentence_model.bin``): each word told from the eight on either side of it.

Needs PyTorch, which nothing else but the reader of digits needs: ``pip install 'ocr_pipeline[training]'``. On two idle
cores a step takes 0.3 seconds; the committed file went on from there, as docs/restoration.md says. The words are those of
the language model in ``dictionaries/``, which is trained first.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.restoration.channel import load_channels
from ocr_pipeline.restoration.families import REACH
from ocr_pipeline.restoration.guises import CAPITALS, CASE_BITS, GUISES, guise_of
from ocr_pipeline.restoration.language_model import BOS, CLASSES, EDGES, UNK, LanguageModel, words_of
from ocr_pipeline.restoration.lexicon import Lexicon
from ocr_pipeline.restoration.readings import Reader
from ocr_pipeline.restoration.sentence_model import AROUND, FILE, SIDE, SentenceModel, packed, within_paragraph
from ocr_pipeline.training.channel_pairs import bare
from ocr_pipeline.training.corpus import Streams, streams
from ocr_pipeline.training.register import issuers, names, phrases

# The shares of examples from each source: the register that is to be restored first.
SHARES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "legal": 0.24, "admin": 0.33, "party": 0.06, "party_register": 0.19, "news": 0.10, "wiki": 0.05,
        "register": 0.02, "issuers": 0.005, "names": 0.005,
    }
)  # fmt: skip
_WIDTH: Final = 96
_HIDDEN: Final = 768
_STEPS: Final = 20_000
_BATCH: Final = 4096
_FASTEST: Final = 2e-3
_SLOWEST: Final = 1e-5
_WARM_UP: Final = 200
# Words that are not the one in question are drawn by this power of their frequency, so many for a whole batch.
_OTHERS: Final = 1500
_POWER: Final = 0.5
_LEAST_FREQUENCY: Final = 1e-7
# On a page some of the words around are misread, or doubtful and seen as the mean of what they may be; signs are lost.
_HIDDEN_SHARE: Final = 0.03
_MISREAD_SHARE: Final = 0.03
_DOUBTFUL_SHARE: Final = 0.12
_SURE: Final = (0.3, 1.0)
_LOST_SIGNS: Final = 0.05
_HEADINGS: Final = 0.04
# Words that a page may have in one place are what the model is to tell apart: so many of them against each word.
_RIVALS: Final = 24
# So many of the commonest ruins of a word are looked at, and a misread word is one of the first so many of its rivals.
_RUINS: Final = 2
_NEAREST: Final = 8
_FAMILY: Final = "eng"

Words = npt.NDArray[np.int32]


class Text(NamedTuple):
    """Running text: numbers of words, and their guises."""

    words: Words
    guises: npt.NDArray[np.uint8]


class _Tables(NamedTuple):
    """How often each word is drawn, and its rivals."""

    frequency: Any
    rivals: Any


class _Batch(NamedTuple):
    """Rows of words and guises around words, and the guises of these and themselves.

    ``doubtful`` are places of ``around``, counted through, where ``instead`` is thought of as well, the word itself being
    ``sure`` by so much.
    """

    around: Any
    guises: Any
    own: Any
    words: Any
    doubtful: Any
    instead: Any
    sure: Any


def build(
    shared: Path,
    out: Path,
    progress: Callable[[str], object] = lambda _: None,
    steps: int = _STEPS,
    start: Path | None = None,
) -> None:
    """Write ``sentence_model.bin`` into ``out``; MissingDependency where PyTorch is not installed.

    ``start`` is a folder with a model to go on from, of the words of the language model beside it.
    """
    torch = _torch()
    dictionaries = Dictionaries.load()
    model = LanguageModel.load(dictionaries)
    own = {"register": phrases(dictionaries, shared), "issuers": issuers(dictionaries), "names": names(shared)}
    sources = numbered(streams(shared, own), model)
    progress(f"{sum(len(text.words) for text in sources.values()):,} words")
    rivals = rivals_of(model, dictionaries)
    torch.manual_seed(0)
    frequency = torch.tensor(_frequency(sources, len(model.words)), dtype=torch.float32)
    network = _network(torch, frequency)
    if start:
        _continued(torch, network, start)
    optimiser = torch.optim.AdamW(network.parameters(), _FASTEST, betas=(0.9, 0.99), weight_decay=1e-4)
    tables = _Tables(frequency**_POWER, torch.from_numpy(rivals))
    for step, batch in enumerate(_batches(sources, rivals, steps)):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, steps)
        with torch.autocast("cpu", torch.bfloat16):
            loss = _loss(torch, network, tables, _Batch(*map(torch.from_numpy, batch)))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % 200 == 199:
            progress(f"{step + 1:,} of {steps:,} steps, loss {loss.item():.3f}")
    (out / FILE).write_bytes(_exported(network, model))


def numbered(texts: Streams, model: LanguageModel) -> dict[str, Text]:
    """The texts as numbers of the model's words, ``BOS`` between paragraphs and at both ends."""
    ids, guises = [[BOS]], [[0]]
    for token in texts.tokens[1:]:
        ids.append(model.ids(token))
        guises.append(_guises(token))
    starts = np.append(0, np.cumsum([len(part) for part in ids]))
    flat = np.array(
        [np.fromiter((number for part in parts for number in part), np.int32, int(starts[-1])) for parts in (ids, guises)]
    )
    edge = np.array([[BOS] * SIDE, [0] * SIDE], np.int32)
    found = {}
    for name, stream in texts.sources.items():
        counts = np.diff(starts)[stream]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        words, own = np.concatenate([edge, flat[:, np.repeat(starts[stream], counts) + within], edge], axis=1)
        found[name] = Text(words, own.astype(np.uint8))
    return found


def _guises(token: str) -> list[int]:
    """The guise of each word of a token; inside it, words are parted by signs.

    >>> _guises("(kinh") == [guise_of("kinh", "(")], _guises("tế-xã,") == [guise_of("tế", "", "-"), guise_of("xã", "", ",")]
    (True, True)
    """
    words = words_of(token)
    if not words:
        return []
    before, _, after = token.partition(EDGES.sub("", token))
    last = len(words) - 1
    return [
        guise_of("" if word in CLASSES else word, "" if k else before, after if k == last else "-")
        for k, word in enumerate(words)
    ]


def _frequency(sources: Mapping[str, Text], words: int) -> npt.NDArray[np.float64]:
    mixed = np.zeros(words)
    for name, text in sources.items():
        mixed += SHARES[name] * np.bincount(text.words, minlength=words) / len(text.words)
    frequency: npt.NDArray[np.float64] = mixed / mixed.sum() + _LEAST_FREQUENCY
    return frequency


def rivals_of(model: LanguageModel, dictionaries: Dictionaries) -> Words:
    """For each word the others that may be read where it stands, likeliest first; -1 for none.

    They are what the channel reads in the two commonest ruins of the word, or in the word without its marks.
    """
    channel = load_channels(dictionaries)[_FAMILY]
    reader = Reader(Lexicon.load(dictionaries), channel, REACH[_FAMILY])
    ruins: dict[str, list[tuple[float, str]]] = {}
    for recognised, printed in channel.words.given.items():
        for word, count in printed.items():
            ruins.setdefault(word, []).append((-count, recognised))
    rivals = np.full((len(model.words), _RIVALS), -1, np.int32)
    for number, word in enumerate(model.words):
        seen = [ruin for _, ruin in sorted(ruins.get(word, []))[:_RUINS]] or [bare(word)]
        rows = [reader.readings(ruin, "inside", guess=True) for ruin in seen]
        words, costs = (np.concatenate([getattr(r, name) for r in rows]) for name in ("words", "costs"))
        order = np.argsort(costs - 0.5 * reader.lexicon.unigram[words], kind="stable")
        others = [other for other in dict.fromkeys(words[order].tolist()) if other != number][:_RIVALS]
        rivals[number, : len(others)] = others
    return rivals


def _batches(sources: Mapping[str, Text], rivals: Words, steps: int) -> Iterator[_Batch]:
    rng = np.random.default_rng(0)
    for _ in range(steps):
        words, guises = _drawn(sources, rng)
        guises = _worn(guises, rng)
        rows = within_paragraph(np.delete(words, SIDE, axis=1))
        dressed = np.where(rows == BOS, 0, np.delete(guises, SIDE, axis=1))
        around, doubtful, instead = _misread(rows, rivals, rng)
        sure = rng.uniform(*_SURE, len(doubtful)).astype(np.float32)
        yield _Batch(around, dressed, guises[:, SIDE], words[:, SIDE], doubtful, instead, sure)


def _drawn(sources: Mapping[str, Text], rng: np.random.Generator) -> tuple[Words, Words]:
    """Words in the shares of the sources, each amid those on either side of it; and the guises of all."""
    drawn = []
    for name, text in sources.items():
        at = rng.integers(SIDE, len(text.words) - SIDE, max(1, int(_BATCH * SHARES[name])))
        at = at[text.words[at] != BOS]
        where = np.insert(at[:, None] + AROUND, SIDE, at, axis=1)
        drawn.append((text.words[where], text.guises[where].astype(np.int32)))
    words, guises = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    return words, guises


def _misread(rows: Words, rivals: Words, rng: np.random.Generator) -> tuple[Words, npt.NDArray[np.int64], Words]:
    """The rows as a page may have them; places of doubtful words in them, counted through, and what those may be instead."""
    inside = rows != BOS
    rival = rivals[rows, rng.integers(0, _NEAREST, rows.shape)]
    chance = rng.random(rows.shape)
    misread = inside & (rival >= 0) & (chance < _MISREAD_SHARE)
    hidden = inside & (chance > 1.0 - _HIDDEN_SHARE)
    doubtful = np.flatnonzero(inside & (rival >= 0) & (chance > 0.5) & (chance < 0.5 + _DOUBTFUL_SHARE))
    found = np.where(hidden, UNK, np.where(misread, rival, rows)).astype(np.int32)
    return found, doubtful, rival.ravel()[doubtful]


def _worn(guises: Words, rng: np.random.Generator) -> Words:
    """Guises as a recogniser leaves them: some signs lost; whole stretches in capitals, as headings are."""
    guises = np.where(rng.random(guises.shape) < _LOST_SIGNS, guises & CASE_BITS, guises)
    heading = rng.random(len(guises)) < _HEADINGS
    guises[heading] = (guises[heading] & ~CASE_BITS) | CAPITALS
    return guises


def _rate(step: int, steps: int) -> float:
    fall = 0.5 + 0.5 * math.cos(math.pi * step / steps)
    return _FASTEST * min(1.0, (step + 1) / _WARM_UP) * fall + _SLOWEST


def _network(torch: Any, frequency: Any) -> Any:
    network = torch.nn.ModuleDict(
        {
            "words": torch.nn.Embedding(len(frequency), _WIDTH),
            "guises": torch.nn.Embedding(GUISES, _WIDTH),
            "hidden": torch.nn.Linear((2 * SIDE + 1) * _WIDTH, _HIDDEN),
            "second": torch.nn.Linear(_HIDDEN, _HIDDEN),
            "outward": torch.nn.Linear(_HIDDEN, _WIDTH),
            "choices": torch.nn.Embedding(len(frequency), _WIDTH),
            "bias": torch.nn.Embedding(len(frequency), 1),
        }
    )
    torch.nn.init.normal_(network["words"].weight, 0.0, 0.1)
    torch.nn.init.zeros_(network["guises"].weight)
    torch.nn.init.zeros_(network["second"].weight)
    torch.nn.init.normal_(network["choices"].weight, 0.0, 0.05)
    with torch.no_grad():
        network["bias"].weight.copy_(frequency.log()[:, None])
    return network


def _continued(torch: Any, network: Any, start: Path) -> None:
    """The weights of an earlier model; a word that it did not know begins as an unknown one."""
    model = SentenceModel.load(Dictionaries(start))
    weights = model.weights
    for name in ("words", "choices"):
        network[name].weight.data.copy_(torch.from_numpy(getattr(weights, name).at(model.numbers)))
    network["bias"].weight.data.copy_(torch.tensor(weights.choices_bias[model.numbers])[:, None])
    network["guises"].weight.data.copy_(torch.from_numpy(weights.guises.whole()))
    for name in ("hidden", "second", "outward"):
        network[name].weight.data.copy_(torch.from_numpy(getattr(weights, name).whole()))
        network[name].bias.data.copy_(torch.tensor(getattr(weights, f"{name}_bias")))


def _loss(torch: Any, network: Any, tables: _Tables, batch: _Batch) -> Any:
    """Cross-entropy against a sample of all words, corrected by how likely each was to be in it, and against its rivals."""
    gelu = torch.nn.functional.gelu
    around = network["words"](batch.around).flatten(0, 1)
    sure = batch.sure[:, None]
    mixed = sure * around[batch.doubtful] + (1 - sure) * network["words"](batch.instead)
    around = around.index_put((batch.doubtful,), mixed).view(*batch.around.shape, -1) + network["guises"](batch.guises)
    first = gelu(network["hidden"](torch.cat([around.flatten(1), network["guises"](batch.own)], 1)), approximate="tanh")
    seen = network["outward"](first + gelu(network["second"](first), approximate="tanh"))
    words = batch.words.long()
    weights = tables.frequency / tables.frequency.sum()
    others = torch.multinomial(weights, _OTHERS, replacement=False)
    drawn = torch.log(torch.clamp(1 - torch.exp(-_OTHERS * weights[others]), min=1e-9))
    wrong = (seen @ network["choices"](others).T).float() + network["bias"](others)[:, 0] - drawn
    wrong = wrong.masked_fill(others[None, :] == words[:, None], -1e9)
    right = (seen.float() * network["choices"](words)).sum(1) + network["bias"](words)[:, 0]
    general = torch.logsumexp(torch.cat([right[:, None], wrong], 1), 1) - right
    rivals = tables.rivals[words].long()
    known = rivals.clamp(min=0)
    like = torch.einsum("nd,nkd->nk", seen, network["choices"](known)).float() + network["bias"](known)[..., 0]
    like = like.masked_fill(rivals < 0, -1e9)
    among = torch.logsumexp(torch.cat([right[:, None], like], 1), 1) - right
    return general.mean() + among.mean()


def _exported(network: Any, model: LanguageModel) -> bytes:
    def numbers(name: str, kind: str = "weight") -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = getattr(network[name], kind).detach().numpy()
        return found

    matrices = [numbers(name) for name in ("words", "guises", "hidden", "second", "outward", "choices")]
    biases = [*(numbers(name, "bias") for name in ("hidden", "second", "outward")), numbers("bias")[:, 0]]
    return packed(matrices, biases, model.words)


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise MissingDependency("PyTorch is not installed", remedy="pip install 'ocr_pipeline[training]'") from error

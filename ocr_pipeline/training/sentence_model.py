"""Trains the sentence model (``dictionaries/sentence_model.bin``): each word told from the eight on either side of it.

Needs PyTorch, which nothing else but the reader of digits needs: ``pip install 'ocr_pipeline[training]'``. On two cores it
takes an hour; the committed file went on from there, as docs/restoration.md says. The words are those of the language
model in ``dictionaries/``, which is trained first.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ocr_pipeline.dictionaries import Dictionaries
from ocr_pipeline.errors import MissingDependency
from ocr_pipeline.restoration.language_model import BOS, UNK, LanguageModel
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
_STEPS: Final = 9_500
_BATCH: Final = 4096
_FASTEST: Final = 2e-3
_SLOWEST: Final = 1e-5
_WARM_UP: Final = 200
# Words that are not the one in question are drawn by this power of their frequency, so many for a whole batch.
_OTHERS: Final = 1500
_POWER: Final = 0.5
_LEAST_FREQUENCY: Final = 1e-7
# So many of the words around are hidden, and so many are another of their kin: on a page some of them are misread.
_HIDDEN_SHARE: Final = 0.04
_MISREAD_SHARE: Final = 0.04
# Words that differ in their marks alone are what the model is to tell apart: so many of them against each word.
_KIN: Final = 16

Words = npt.NDArray[np.int32]


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
    progress(f"{sum(map(len, sources.values())):,} words")
    torch.manual_seed(0)
    frequency = torch.tensor(_frequency(sources, len(model.words)), dtype=torch.float32)
    network = _network(torch, frequency)
    if start:
        _continued(torch, network, start)
    kin = kin_of(model.words)
    kindred = torch.from_numpy(kin)
    optimiser = torch.optim.AdamW(network.parameters(), _FASTEST, betas=(0.9, 0.99), weight_decay=1e-4)
    for step, (around, words) in enumerate(_batches(sources, kin, steps)):
        for group in optimiser.param_groups:
            group["lr"] = _rate(step, steps)
        loss = _loss(torch, network, frequency**_POWER, kindred, torch.from_numpy(around), torch.from_numpy(words))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        if step % 200 == 199:
            progress(f"{step + 1:,} of {steps:,} steps, loss {loss.item():.3f}")
    (out / FILE).write_bytes(_exported(network, model))


def numbered(texts: Streams, model: LanguageModel) -> dict[str, Words]:
    """The texts as numbers of the model's words, ``BOS`` between paragraphs and at both ends."""
    ids = [[BOS], *(model.ids(token) for token in texts.tokens[1:])]
    starts = np.append(0, np.cumsum([len(part) for part in ids]))
    flat = np.fromiter((number for part in ids for number in part), np.int32, int(starts[-1]))
    edge = np.full(SIDE, BOS, np.int32)
    found = {}
    for name, stream in texts.sources.items():
        counts = np.diff(starts)[stream]
        within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        found[name] = np.concatenate([edge, flat[np.repeat(starts[stream], counts) + within], edge])
    return found


def _frequency(sources: Mapping[str, Words], words: int) -> npt.NDArray[np.float64]:
    mixed = np.zeros(words)
    for name, stream in sources.items():
        mixed += SHARES[name] * np.bincount(stream, minlength=words) / len(stream)
    frequency: npt.NDArray[np.float64] = mixed / mixed.sum() + _LEAST_FREQUENCY
    return frequency


def kin_of(words: Sequence[str]) -> Words:
    """For each word the numbers of those that differ from it in their marks alone, the first ``_KIN``; -1 for none.

    The words come roughly by frequency, so that those left out of a large family are rare ones.
    """
    families: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        families.setdefault(bare(word), []).append(number)
    kin = np.full((len(words), _KIN), -1, np.int32)
    for family in families.values():
        for number in family if len(family) > 1 else ():
            others = [other for other in family if other != number][:_KIN]
            kin[number, : len(others)] = others
    return kin


def _batches(sources: Mapping[str, Words], kin: Words, steps: int) -> Iterator[tuple[Words, Words]]:
    """Rows of what stands around words, and the words."""
    rng = np.random.default_rng(0)
    for _ in range(steps):
        around, words = [], []
        for name, stream in sources.items():
            at = rng.integers(SIDE, len(stream) - SIDE, max(1, int(_BATCH * SHARES[name])))
            at = at[stream[at] != BOS]
            around.append(within_paragraph(stream[at[:, None] + AROUND]))
            words.append(stream[at])
        rows = np.concatenate(around)
        chance = rng.random(rows.shape)
        misread = kin[rows, rng.integers(0, _KIN, rows.shape)]
        rows = np.where((chance > 1.0 - _MISREAD_SHARE) & (misread >= 0), misread, rows)
        rows[chance < _HIDDEN_SHARE] = UNK
        yield rows, np.concatenate(words)


def _rate(step: int, steps: int) -> float:
    fall = 0.5 + 0.5 * math.cos(math.pi * step / steps)
    return _FASTEST * min(1.0, (step + 1) / _WARM_UP) * fall + _SLOWEST


def _network(torch: Any, frequency: Any) -> Any:
    network = torch.nn.ModuleDict(
        {
            "words": torch.nn.Embedding(len(frequency), _WIDTH),
            "hidden": torch.nn.Linear(2 * SIDE * _WIDTH, _HIDDEN),
            "outward": torch.nn.Linear(_HIDDEN, _WIDTH),
            "choices": torch.nn.Embedding(len(frequency), _WIDTH),
            "bias": torch.nn.Embedding(len(frequency), 1),
        }
    )
    torch.nn.init.normal_(network["words"].weight, 0.0, 0.1)
    torch.nn.init.normal_(network["choices"].weight, 0.0, 0.05)
    with torch.no_grad():
        network["bias"].weight.copy_(frequency.log()[:, None])
    return network


def _continued(torch: Any, network: Any, start: Path) -> None:
    """The weights of an earlier model, its hidden layer maybe narrower; a word that it did not know begins as an unknown one."""
    model = SentenceModel.load(Dictionaries(start))
    weights = model.weights
    for name in ("words", "choices"):
        network[name].weight.data.copy_(torch.from_numpy(getattr(weights, name).at(model.numbers)))
    narrow = len(weights.hidden_bias)
    network["outward"].weight.data.zero_()
    network["outward"].weight.data[:, :narrow].copy_(torch.from_numpy(weights.outward.at(np.arange(len(weights.outward.rows)))))
    network["hidden"].weight.data[:narrow].copy_(torch.from_numpy(weights.hidden.at(np.arange(narrow))))
    network["hidden"].bias.data[:narrow].copy_(torch.tensor(weights.hidden_bias))
    network["outward"].bias.data.copy_(torch.tensor(weights.outward_bias))
    network["bias"].weight.data.copy_(torch.tensor(weights.choices_bias[model.numbers])[:, None])


def _loss(torch: Any, network: Any, weights: Any, kin: Any, around: Any, words: Any) -> Any:
    """Cross-entropy against a sample of all words, corrected by how likely each was to be in it, and against its kin."""
    joined = network["words"](around.long()).flatten(1)
    seen = network["outward"](torch.nn.functional.gelu(network["hidden"](joined), approximate="tanh"))
    weights = weights / weights.sum()
    others = torch.multinomial(weights, _OTHERS, replacement=False)
    drawn = torch.log(torch.clamp(1 - torch.exp(-_OTHERS * weights[others]), min=1e-9))
    wrong = seen @ network["choices"](others).T + network["bias"](others)[:, 0] - drawn
    wrong = wrong.masked_fill(others[None, :] == words[:, None], -1e9)
    right = (seen * network["choices"](words.long())).sum(1) + network["bias"](words.long())[:, 0]
    general = torch.logsumexp(torch.cat([right[:, None], wrong], 1), 1) - right
    own = kin[words.long()].long()
    known = own.clamp(min=0)
    like = torch.einsum("nd,nkd->nk", seen, network["choices"](known)) + network["bias"](known)[..., 0]
    like = like.masked_fill(own < 0, -1e9)
    among = torch.logsumexp(torch.cat([right[:, None], like], 1), 1) - right
    return general.mean() + among.mean()


def _exported(network: Any, model: LanguageModel) -> bytes:
    def numbers(name: str, kind: str = "weight") -> npt.NDArray[np.float32]:
        found: npt.NDArray[np.float32] = getattr(network[name], kind).detach().numpy()
        return found

    matrices = [numbers(name) for name in ("words", "hidden", "outward", "choices")]
    biases = [numbers("hidden", "bias"), numbers("outward", "bias"), numbers("bias")[:, 0]]
    return packed(matrices, biases, model.words)


def _torch() -> Any:
    try:
        return importlib.import_module("torch")
    except ImportError as error:
        raise MissingDependency("PyTorch is not installed", remedy="pip install 'ocr_pipeline[training]'") from error

"""The data: pictures, numbers and a text that come with the packages. Nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pydoc_data.topics import topics
from typing import TYPE_CHECKING, Any

import torch
from skimage.data import lfw_subset
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.model_selection import train_test_split

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LETTERS",
    "Split",
    "breast_cancer",
    "diabetes",
    "digit_pictures",
    "digits",
    "faces",
    "letters",
]

LETTERS = "\n" + "".join(map(chr, range(32, 127)))


@dataclass(frozen=True)
class Split:
    """Inputs and targets to train on, and others that are kept back."""

    x: torch.Tensor
    y: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor


def digits(seed: int = 0) -> Split:
    """1,797 handwritten digits of 8 × 8 pixels, flat (n, 64), a quarter kept back; labels 0…9."""
    return _split(load_digits, seed, classes=True, pixels=True)


def digit_pictures(seed: int = 0) -> Split:
    """The same digits as pictures (n, 1, 8, 8) with brightness 0…1: what is black is exactly 0."""
    pictures, labels = load_digits(return_X_y=True)
    parts = train_test_split(
        pictures / 16.0, labels, test_size=0.25, random_state=seed, stratify=labels
    )
    x, x_test = (torch.tensor(p, dtype=torch.float32).reshape(-1, 1, 8, 8) for p in parts[:2])
    y, y_test = (torch.tensor(part, dtype=torch.long) for part in parts[2:])
    return Split(x, y, x_test, y_test)


def breast_cancer(seed: int = 0) -> Split:
    """569 tumours by 30 measurements, (n, 30), a quarter kept back; label 1 is benign."""
    return _split(load_breast_cancer, seed, classes=True)


def diabetes(seed: int = 0) -> Split:
    """442 patients by 10 measurements, (n, 10), a quarter kept back; the target standardised."""
    return _split(load_diabetes, seed, classes=False)


def faces(seed: int = 0) -> Split:
    """100 faces (label 1) and 100 other pictures (0), (n, 1, 25, 25); 30 of each kept back."""
    pictures = torch.tensor(lfw_subset(), dtype=torch.float32).unsqueeze(1)
    is_face = (torch.arange(200) < 100).long()
    shuffle = torch.Generator().manual_seed(seed)
    one, other = (torch.randperm(100, generator=shuffle) + start for start in (0, 100))
    training, kept = torch.cat([one[30:], other[30:]]), torch.cat([one[:30], other[:30]])
    pictures = (pictures - pictures[training].mean()) / pictures[training].std()
    return Split(pictures[training], is_face[training], pictures[kept], is_face[kept])


@cache
def letters() -> torch.Tensor:
    """Python's own help as the numbers of its letters in `LETTERS`: some 400,000 of them."""
    text = "\n".join(topics[name] for name in sorted(topics))
    place = {letter: at for at, letter in enumerate(LETTERS)}
    return torch.tensor([place.get(letter, place["?"]) for letter in text])


def _split(load: Callable[..., Any], seed: int, *, classes: bool, pixels: bool = False) -> Split:
    """Keep a quarter back, and standardise by what is left: nothing leaks from the test."""
    inputs, targets = load(return_X_y=True)
    parts: list[Any] = train_test_split(
        inputs, targets, test_size=0.25, random_state=seed, stratify=targets if classes else None
    )
    x, x_test, y, y_test = parts
    # pixels share one scale: by its own, one at the margin that is hardly ever set would reach 30
    mean, std = (x.mean(), x.std()) if pixels else (x.mean(0), x.std(0))
    x, x_test = ((part - mean) / std for part in (x, x_test))
    if not classes:
        centre, scale = y.mean(), y.std()
        y, y_test = ((part - centre) / scale for part in (y, y_test))
    kind = torch.long if classes else torch.float32
    return Split(
        torch.tensor(x, dtype=torch.float32),
        torch.tensor(y, dtype=kind),
        torch.tensor(x_test, dtype=torch.float32),
        torch.tensor(y_test, dtype=kind),
    )

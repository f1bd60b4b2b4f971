"""The class that stands for a record: torch's name where torch has one, CamelCase otherwise."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any, Final

import torch

if TYPE_CHECKING:
    from halfwave.activations import Activation

__all__ = ["class_name", "torch_counterpart"]

#: words of a record's name that are not simply capitalised
_WORDS: Final = {
    "bilinear": "BilinearGLU",  # torch.nn.Bilinear is something else
    "lwta": "LWTA",
    "gtu": "GTU",
    "golu": "GoLU",
    "cloglog": "CLogLog",
    "silu": "SiLU",
    "swiglu": "SwiGLU",
    "geglu": "GEGLU",
    "lisht": "LiSHT",
    "telu": "TeLU",
    "elish": "ELiSH",
    "groupsort": "GroupSort",
    "minmax": "MinMax",
    "maxmin": "MaxMin",
    "tanhexp": "TanhExp",
    "tanhsoft": "TanhSoft",
    "logsigmoid": "LogSigmoid",
    "logsoftmax": "LogSoftmax",
    "xielu": "XIELU",
    "arelu": "AReLU",
    "srelu": "SReLU",
    "frelu": "FReLU",
    "crelu": "CReLU",
    "drelu": "DReLU",
    "brelu": "BReLU",
    "prelu": "PReLU",
    "rrelu": "RReLU",
    "reglu": "ReGLU",
    "seglu": "SeGLU",
    "eswish": "ESwish",
}
#: letters that are an abbreviation
_CAPITALS: Final = frozenset(
    {
        "apl",
        "celu",
        "eis",
        "elu",
        "gcu",
        "gelu",
        "glu",
        "isrlu",
        "isru",
        "pau",
        "plu",
        "rbf",
        "selu",
        "slaf",
        "sqnl",
    }
)
_SUFFIXES: Final = ("relu", "gelu", "selu", "elu", "glu")


def class_name(record: Activation) -> str:
    """Return the name of the record's module: ``"SquaredReLU"`` for ``squared_relu``."""
    found = torch_counterpart(record)
    if found is not None and not found[1]:
        return found[0].__name__
    return "".join(_word(word) for word in record.name.split("_"))


def _word(word: str) -> str:
    letters = word.rstrip("0123456789")
    digits = word[len(letters) :]
    if letters in _WORDS:
        return _WORDS[letters] + digits
    if letters in _CAPITALS:
        return letters.upper() + digits
    for suffix in _SUFFIXES:
        if letters.endswith(suffix) and len(letters) - len(suffix) <= 2:
            tail = "ReLU" if suffix == "relu" else suffix.upper()
            return letters.removesuffix(suffix).upper() + tail + digits
    return letters.capitalize() + digits


def torch_counterpart(record: Activation) -> tuple[type[torch.nn.Module], dict[str, Any]] | None:
    """Return torch's module for a record, and the arguments that make it that function.

    The arguments are empty except where the record states them, as
    ``gelu_tanh`` does: ``torch.nn.GELU(approximate="tanh")``. None if torch
    has no such module, or one that takes other parameters than the record.
    """
    match = re.fullmatch(r"torch\.nn\.(\w+)(\(.*\))?", record.elsewhere.torch)
    if match is None:
        return None
    found = getattr(torch.nn, match[1], None)
    if not (isinstance(found, type) and issubclass(found, torch.nn.Module)):
        return None
    fixed: dict[str, Any] = {}
    if match[2]:
        call = ast.parse(f"f{match[2]}", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            return None
        fixed = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
    return found, fixed

"""One run of a script, as plain data: what is sent to where it runs, and what comes back."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any, Self

__all__ = ["BASELINE", "Job", "Result", "dumps"]

#: Name of the variant in which nothing is changed.
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be made."""

    variant: str
    seed: int
    factor: float = 1.0  # of the learning rates
    program: str = ""
    arguments: tuple[str, ...] = ()
    is_module: bool = False
    folder: str = ""  # in which it runs
    remedies: tuple[tuple[str, dict[str, Any]], ...] = ()
    threads: int = 1
    metric: str | None = None  # a pattern for what the script prints
    stop_after: int | None = None  # steps: a look at the script, not a run
    environment: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def name(self) -> str:
        """A name for files: ``gelu-s3``, ``gelu-s3-x0.1``."""
        clean = "".join(c if c.isalnum() or c in "._=-" else "_" for c in self.variant)
        factor = "" if self.factor == 1 else f"-x{self.factor:g}"
        return f"{clean}-s{self.seed}{factor}"

    @property
    def key(self) -> tuple[str, int, float]:
        """What tells a run from the others of its experiment."""
        return self.variant, self.seed, self.factor

    def to_json(self) -> str:
        """Return it as text."""
        return dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it from text."""
        data = json.loads(text)
        data["arguments"] = tuple(data["arguments"])
        data["remedies"] = tuple((name, settings) for name, settings in data["remedies"])
        return cls(**data)


@dataclass(slots=True)
class Result:
    """What one run left behind."""

    state: str = "failed"  # as in a recording, or "lost": the process died with no word
    exit_code: int | None = None
    error: str | None = None
    started: float = 0.0
    ended: float = 0.0
    host: str = ""
    attempts: int = 1
    measured: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def good(self) -> bool:
        """Whether the script came to its end."""
        return self.state == "finished"

    def to_json(self) -> str:
        """Return it as text."""
        return dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read it from text."""
        return cls(**json.loads(text))


def dumps(value: Any) -> str:
    """Write JSON; NaN and infinities as the texts ``"nan"``, ``"inf"``, ``"-inf"``."""
    return json.dumps(_finite(value), allow_nan=False, ensure_ascii=False)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value

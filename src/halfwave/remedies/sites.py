"""Sites as they are named from one process to the next.

Several runs of one script apply their activations at the same places. A
`SiteKey` names a place in all of them: the instruction in the code, the path
of the module, and which of several it is where a loop applies one line to
several layers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

__all__ = ["SiteKey", "Target"]


@dataclass(frozen=True, slots=True)
class SiteKey:
    """One place in a script where an activation is applied."""

    file: str
    function: str
    instruction: int
    activation: str
    path: str  # of the module, with its root: "model.encoder.act"; "" where there is none
    index: int = 0

    @property
    def spot(self) -> tuple[str, str, int, str, int]:
        """The same without the module: several modules may share a line of code."""
        return self.file, self.function, self.instruction, self.activation, self.index


@dataclass(frozen=True, slots=True)
class Target:
    """A site, with what has to be known of it before it is met again."""

    key: SiteKey
    module: str = ""  # class name of the module: "ReLU"
    inner: str = ""  # path of the module below its root; "" is the root itself
    root: str = ""  # class name of the outermost module
    model: str = ""  # what the outermost module is made of: the same for its copies
    producer: str = ""  # path of the layer that feeds it, below the root
    outside: bool = False  # the line stands in front of the module: it is an activation itself

    @property
    def path_and_activation(self) -> tuple[str, str] | None:
        """Where it stands among the program's models; None outside of them."""
        return (self.key.path, self.key.activation) if self.key.path else None

    @property
    def part_of_model(self) -> tuple[str, str, str] | None:
        """Where it stands in a model that is made like this one; None outside of one."""
        return (self.model, self.inner, self.key.activation) if self.model else None

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Make it again from plain data."""
        rest: dict[str, Any] = {name: value for name, value in data.items() if name != "key"}
        return cls(SiteKey(**data["key"]), **rest)

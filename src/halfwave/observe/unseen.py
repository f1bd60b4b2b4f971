"""What ran and could not be seen. Never guessed, always named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from halfwave.observe import private
from halfwave.observe.children import started
from halfwave.observe.children.following import is_following
from halfwave.observe.location import program_line
from halfwave.recording import Unobserved

__all__ = ["Unseen"]

_MOST = 200


class Unseen:
    """Collects what the report lists as not observed."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Unobserved] = {}

    def note(self, what: str, where: str, reason: str, option: str = "") -> None:
        """Take note of one thing; the same thing at the same place is counted."""
        key = (what, where)
        known = self._entries.get(key)
        if known is not None:
            self._entries[key] = replace(known, count=known.count + 1)
        elif len(self._entries) < _MOST:
            self._entries[key] = Unobserved(what, where, reason, option)

    def note_threads(self) -> None:
        """The program trains or evaluates in a thread that is not watched."""
        self.note("what runs in other threads", "", "one thread is watched: the first that trains")

    def note_fast_path(self, module: Any) -> None:
        """A fused inference path runs."""
        self.note(
            f"activations inside nn.{type(module).__name__} in evaluation",
            "",
            "left alone: watching would switch off its fused path and change the result",
        )

    def note_compiled(self) -> None:
        """The line that is running has something compiled."""
        self.note(
            "sites inside a region compiled by torch.compile",
            _here(),
            "compiled code is left as it is; losses, parameters and gradients are watched",
            "--eager-samples has watched steps run uncompiled",
        )

    def note_torchscript(self, made: Any, how: str) -> None:
        """The line that is running has something made that runs outside Python."""
        name = getattr(made, "original_name", None) or getattr(made, "name", "") or "a function"
        what = f"activations inside {name}, from torch.jit.{how}"
        self.note(what, _here(), "it runs outside Python")

    def note_at_end(self, *, sites: int | None) -> None:
        """Note what is known at the end alone; `sites` is how many were kept of more."""
        if sites is not None:
            what = f"sites beyond the first {sites:,}"
            self.note(what, "", "no more are kept, to bound memory and file")
        if (asked := started()) and not is_following():
            self.note(
                f"what runs in child processes ({asked} asked for)",
                "",
                "one process is watched; workers that load data apply no activation",
                "--follow-children leaves a recording of each that trains",
            )
        for name in private.scripted():
            what = f"activations inside {name}, compiled by torch.jit.script"
            self.note(what, "", "it runs outside Python")

    def frozen(self) -> list[Unobserved]:
        """Return the entries as the recording holds them."""
        return list(self._entries.values())


def _here() -> str:
    """Return the program's line that is running, "" if none is known."""
    place = program_line()
    return "" if place is None else f"{place[0].co_filename}:{place[1]}"

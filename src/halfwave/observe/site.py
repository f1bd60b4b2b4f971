"""One site while it is being watched: where it stands, what it is, how the loss reaches it."""

from __future__ import annotations

import linecache
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import nn

from halfwave import kernels
from halfwave.observe.figures import Intervals, Phase, SiteFigures, TallyRoom
from halfwave.observe.graph import leaf_behind
from halfwave.observe.structure import Reached
from halfwave.recording import Role, Site

if TYPE_CHECKING:
    from halfwave.observe.applied import Applied
    from halfwave.observe.location import Place
    from halfwave.observe.naming import Names
    from halfwave.observe.references import Reference

__all__ = ["Intervals", "Phase", "SitePlace", "WatchedSite"]

_SOFTMAXES = frozenset({"softmax", "softmin", "log_softmax", "gumbel_softmax", "sigmoid"})


@dataclass(frozen=True, slots=True)
class SitePlace:
    """What tells a site from every other one of the same process."""

    file: str
    function: str
    instruction: int
    activation: str
    module_id: int
    index: int


class WatchedSite:
    """Everything about one site; what was counted there is its `figures`."""

    def __init__(
        self,
        number: int,
        place: Place,
        applied: Applied,
        closed: Intervals | None,
        room: TallyRoom,
    ) -> None:
        self.id = number
        self.place_file, self.line, self.function = place.file, place.line, place.function
        self.source = linecache.getline(place.file, place.line).strip()
        self.module = None if place.module is None else weakref.ref(place.module)
        self.root = None if place.root is None else weakref.ref(place.root)
        self.path_key: tuple[int, str] | None = None
        self.instruction, self.module_id = place.instruction, id(place.module)
        self.index = 0  # which one it is of those that one instruction turned out to be
        self.activation, self.call = applied.activation, _written_call(place, applied)
        self.parameters, self.inplace = applied.parameters, applied.inplace
        rectifies = applied.activation == "relu" and closed == kernels.RECTIFIED
        self.figures = SiteFigures(number, closed, room, rectifies=rectifies)
        self.weight: Reference | None = None
        self.producer: str | None = None
        self.order = number
        self.reached = Reached()
        self.in_function = place.in_function
        self.of_parameter = isinstance(leaf_behind(applied.input.grad_fn), nn.Parameter) or (
            isinstance(applied.input, nn.Parameter)
        )

    @property
    def place(self) -> SitePlace:
        """Where it is, exactly."""
        return SitePlace(
            self.place_file,
            self.function,
            self.instruction,
            self.activation,
            self.module_id,
            self.index,
        )

    # -- as the recording holds it ---------------------------------------------------------

    def role(self, *, trained: bool) -> Role:
        """Decide the role from how the loss was seen to reach the site."""
        states, contexts = self.reached.states, self.reached.contexts
        module = self.module
        if "attention" in contexts and self.activation in _SOFTMAXES:
            return "attention"
        if states and "layered" not in states:
            return "output" if "compared" in states or module is not None else "loss"
        if contexts == {"gate"} or self.of_parameter:
            return "gate"
        if not states and module is None and trained and not self.in_function:
            return "output"  # computed beside the loss, fed to no layer that the loss sees
        return "hidden"

    def remember_path(self, names: Names) -> None:
        """Ask for the path while the module lives."""
        module = None if self.module is None else self.module()
        root = None if self.root is None else self.root()
        if module is not None and root is not None:
            self.path_key = names.path(module, root) or self.path_key

    def written_path(self, names: Names) -> str:
        """Return the path for the report."""
        self.remember_path(names)
        if self.path_key is None:
            return "<script>" if self.function == "<module>" else f"{self.function}()"
        return names.written(*self.path_key)

    def frozen(self, names: Names, *, trained: bool) -> Site:
        """Return the site as the recording holds it."""
        weight = None if self.weight is None else self.weight()
        self.producer = names.producer(weight) or self.producer
        return Site(
            id=self.id,
            path=self.written_path(names),
            file=self.place_file,
            line=self.line,
            source=self.source,
            function=self.function,
            activation=self.activation,
            parameters=dict(self.parameters),
            call=self.call,
            inplace=self.inplace,
            role=self.role(trained=trained),
            producer=self.producer,
            order=self.order,
            **self.figures.frozen(),
        )


def _written_call(place: Place, applied: Applied) -> str:
    """Return how the program wrote the call: an ``nn.ReLU`` calls ``F.relu``."""
    kind = type(place.module)
    if kind.__module__ == "torch.nn.modules.activation" and kind.__name__ != "MultiheadAttention":
        return f"nn.{kind.__name__}"
    if kind.__module__ == "halfwave.nn":
        return f"halfwave.nn.{kind.__name__}"
    return applied.call

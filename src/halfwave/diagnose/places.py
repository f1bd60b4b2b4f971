"""Name places, counts and figures the way all findings do."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath
from typing import TYPE_CHECKING, Protocol, TypeVar

from halfwave.diagnose.finding import SEVERITIES
from halfwave.diagnose.memory import remembered
from halfwave.diagnose.numerals import numeral

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from halfwave.diagnose.finding import Severity
    from halfwave.recording.facts import Optimizer
    from halfwave.recording.model import Layer, Recording, Site

__all__ = [
    "by_line",
    "count_of",
    "is_recurrent",
    "layer_name",
    "listed",
    "optimizer_places",
    "optimizers_named",
    "path_name",
    "place",
    "producer_of",
    "row_name",
    "site_name",
    "times",
]

Case = TypeVar("Case", bound="_Case")

#: How many names a sentence lists before it says "and n more".
_LISTED = 3


def place(recording: Recording, file: str, line: int) -> str:
    """``file:line``, the file as seen from the folder the run started in."""
    if not file:
        return ""
    path = PurePath(file)
    folder = recording.info.folder
    if folder and path.is_absolute() and path.is_relative_to(folder):
        path = path.relative_to(folder)
    return f"{path}:{line}"


def optimizer_places(recording: Recording) -> list[str]:
    """``train.py:12`` of each optimizer that the program itself makes, as far as was seen."""
    return [where for each in recording.optimizers if (where := _made_at(recording, each))]


def optimizers_named(recording: Recording) -> list[str]:
    """What a sentence calls the optimizers: ``SGD, made at train.py:12``."""
    made = {each.name: _made_at(recording, each) for each in recording.optimizers}
    names = dict.fromkeys(rate.optimizer for rate in recording.rates)
    return [f"{name}, made at {made[name]}" if made.get(name) else name for name in names]


def _made_at(recording: Recording, optimizer: Optimizer) -> str:
    parts = PurePath(optimizer.file).parts
    installed = "site-packages" in parts or "dist-packages" in parts
    return "" if installed else place(recording, optimizer.file, optimizer.line)


def site_name(recording: Recording, site: Site) -> str:
    """What a sentence calls a site; of several of one path each by the layer it comes after."""
    return _path_and_layer(recording, site) or path_name(site)


def row_name(recording: Recording, site: Site) -> str:
    """What a table calls a site: its path; one of several of one path as a sentence does."""
    return _path_and_layer(recording, site) or site.path


def _path_and_layer(recording: Recording, site: Site) -> str:
    producer = producer_of(site)
    if producer and producer != site.path and site.path in _shared_paths(recording):
        return f"{site.path} (after {producer.removeprefix(f'{site.path}.')})"
    return ""


@remembered
def _shared_paths(recording: Recording) -> set[str]:
    """Paths of which there are several sites: an ``nn.ReLU`` that is called twice, ``F.relu``."""
    times_met = Counter(site.path for site in recording.sites)
    return {path for path, times in times_met.items() if times > 1}


def path_name(site: Site) -> str:
    """What a sentence calls a site's place: its path, with its activation if that says little."""
    if site.path == "<script>":  # called from no module and no function
        return f"{site.activation} (line {site.line:,})" if site.line else site.activation
    if site.path.rpartition(".")[2].isdigit():
        return f"{site.path} ({site.activation})"
    return site.path or site.function or site.activation


def layer_name(layer: Layer) -> str:
    """What a sentence calls a layer: its name; a number alone gets its kind beside it."""
    number = layer.name.rpartition(".")[2].isdigit()
    return f"{layer.name} ({layer.kind})" if number else layer.name


def producer_of(site: Site) -> str | None:
    """Layer whose units a site's are, None where unknown: a recurrent one feeds itself."""
    if site.producer is None and is_recurrent(site):
        return site.path
    return site.producer


def is_recurrent(site: Site) -> bool:
    """Whether the activation is applied inside an ``nn.RNN`` or ``nn.RNNCell``."""
    return site.call in {"nn.RNN", "nn.RNNCell"}


def listed(names: Sequence[str]) -> str:
    """``"a, b and c"``; of many names the first three and how many follow, each told once."""
    names = list(dict.fromkeys(names))
    if len(names) > _LISTED:
        return f"{', '.join(names[:_LISTED])} and {len(names) - _LISTED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


class _Case(Protocol):
    """What a rule found at one site."""

    @property
    def site(self) -> Site: ...
    @property
    def severity(self) -> Severity: ...
    @property
    def share(self) -> float: ...


def by_line(cases: Iterable[Case]) -> list[list[Case]]:
    """Group cases of one source line, worst first in each.

    A line is what a user changes; twenty blocks that share it are one finding.
    """
    groups: dict[tuple[str, int], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.site.file, case.site.line), []).append(case)
    for group in groups.values():
        group.sort(key=lambda case: (SEVERITIES.index(case.severity), -case.share))
    return list(groups.values())


def count_of(number: int, noun: str) -> str:
    """``"1 unit"``, ``"23 units"``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def times(factor: float) -> str:
    """``"3.2 times"``, ``"1,100 times"``, ``"4e7 times"``: to two digits."""
    return f"{numeral(factor, 2)} times"

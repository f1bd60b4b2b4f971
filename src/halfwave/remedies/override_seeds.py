"""Seed a run, and have the program's own fixed seeds go with it.

A script that says ``torch.manual_seed(0)`` would give every run the same random
numbers. So each seed that it fixes is exchanged for one that is derived from the
run's own and from the script's: two different seeds of the script's stay different,
and the same one gives the same numbers each time it is set.
"""

from __future__ import annotations

import copyreg
import hashlib
import random
import sys
import sysconfig
from abc import ABCMeta
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from halfwave.observe.arrival import Arrival

if TYPE_CHECKING:
    from types import FrameType

    from halfwave.remedies.host import Host

__all__ = ["OverrideSeeds", "derived"]

_LIBRARIES: Final = (
    *(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib", "purelib", "platlib")),
    f"{Path(__file__).parent.parent}/",  # ourselves
)
#: What functions call their seed: NumPy and torch, ``random.seed``, ``random.Random``.
_KEYS: Final = ("seed", "a", "x")


def derived(seed: int, value: object) -> int:
    """Return a seed of 32 bits made of the run's seed and of what the script asked for.

    Examples
    --------
    >>> derived(0, 1) == derived(0, 1), derived(0, 1) == derived(1, 0)
    (True, False)
    """
    text = f"halfwave:{seed}:{value!r}".encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest())


class OverrideSeeds:
    """Seed ``random``, NumPy and torch, and override what the script seeds itself.

    Global seeds (``random.seed``, ``numpy.random.seed``, ``torch.manual_seed`` and
    its relatives, a ``torch.Generator``'s) are overridden whoever sets them:
    Lightning's and Keras' helpers end there too. Generators that are made with a
    seed (``numpy.random.default_rng(0)``, ``random.Random(0)``) are where the
    script's own code makes them: what a library makes for itself
    (scikit-learn's ``random_state=0`` splits the data) stays.

    Parameters
    ----------
    seed : int
        Number of the run.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        #: what was overridden, with how often
        self.overridden: dict[str, int] = {}
        self._unseeded = 0
        self._inside = False  # torch.manual_seed seeds every device by functions of their own

    def begin(self) -> None:
        """Seed what is there, and what will be imported; before the script begins."""
        self._take_random()
        Arrival("numpy", self._take_numpy).expect()
        Arrival("torch", self._take_torch).expect()

    def apply(self, host: Host) -> None:
        """Nothing more: `begin` has done it."""

    def told(self) -> dict[str, Any]:
        """Return what the script had seeded itself."""
        return {"seed": self.seed, "overridden": dict(self.overridden)}

    def _instead(self, what: str, value: Any) -> int:
        """Return the seed to use where `value` was asked for; None asks for a random one."""
        if value is None:
            self._unseeded += 1
            return derived(self.seed, f"unseeded {self._unseeded}")
        self.overridden[what] = self.overridden.get(what, 0) + 1
        return derived(self.seed, _plain(value))

    def _replace(self, owner: Any, name: str, what: str, *, own: bool = False) -> None:
        """Have the first argument of a function seeded; `own`: where the script calls it."""
        original = getattr(owner, name, None)
        if original is None:
            return

        @wraps(original)
        def seeded(*args: Any, **kwargs: Any) -> Any:
            if self._inside or (own and not _is_the_scripts(_caller())):
                return original(*args, **kwargs)
            value = _seed_in(args, kwargs)
            if own and value is not None and not isinstance(value, int):
                return original(*args, **kwargs)  # a generator, or a sequence of its own
            args, kwargs = _exchanged(args, kwargs, self._instead(what, value))
            self._inside = True
            try:
                return original(*args, **kwargs)
            finally:
                self._inside = False

        setattr(owner, name, seeded)

    def _take_random(self) -> None:
        random.seed(derived(self.seed, None))
        self._replace(random, "seed", "random.seed")
        self._take_class(random, "Random", "random.Random")

    def _take_class(self, owner: Any, name: str, what: str) -> None:
        """Have the instances seeded that the script's own code makes."""
        remedy, kind = self, getattr(owner, name)

        class Seeded(kind, metaclass=_covering(kind)):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                seed = _seed_in(args, kwargs)
                if _is_the_scripts(_caller()) and (seed is None or isinstance(seed, int)):
                    args, kwargs = _exchanged(args, kwargs, remedy._instead(what, seed))
                super().__init__(*args, **kwargs)

        _put_in_place(Seeded, kind, owner, name)

    def _take_numpy(self) -> None:
        numpy: Any = sys.modules["numpy"]
        numpy.random.seed(derived(self.seed, None))
        self._replace(numpy.random, "seed", "numpy.random.seed")
        self._replace(numpy.random, "default_rng", "numpy.random.default_rng", own=True)
        self._take_class(numpy.random, "RandomState", "numpy.random.RandomState")

    def _take_torch(self) -> None:
        torch: Any = sys.modules["torch"]
        torch.manual_seed(derived(self.seed, None))
        self._replace(torch, "manual_seed", "torch.manual_seed")
        torch.random.manual_seed = torch.manual_seed
        for owner, names in (
            (torch.cuda, ("manual_seed", "manual_seed_all")),
            (getattr(torch, "mps", None), ("manual_seed",)),
            (getattr(torch, "xpu", None), ("manual_seed", "manual_seed_all")),
        ):
            for name in names:
                self._replace(owner, name, f"{getattr(owner, '__name__', '')}.{name}")
        self._take_entropy(torch)
        self._take_generator(torch)

    def _take_entropy(self, torch: Any) -> None:
        """``torch.seed()`` asks the system for a number: the same one in every run of a seed."""

        def seed() -> int:
            return int(torch.manual_seed(None).initial_seed())

        torch.seed = torch.random.seed = seed

    def _take_generator(self, torch: Any) -> None:
        remedy, kind = self, torch.Generator

        class Generator(kind, metaclass=_covering(kind)):
            def manual_seed(self, seed: int) -> Any:
                super().manual_seed(remedy._instead("torch.Generator.manual_seed", seed))
                return self

            def seed(self) -> int:
                super().manual_seed(remedy._instead("", None))
                return int(self.initial_seed())

        _put_in_place(Generator, kind, torch, "Generator")


def _covering(kind: Any) -> Any:
    """Return a metaclass for what takes the place of a class.

    Generators that were made before, NumPy's and torch's global ones among them, are of
    the old class: whoever asks for the new one (scikit-learn does) means them, too.
    """
    own: type[type] = type(kind)  # torch.Generator's is one of torch's

    class Covering(ABCMeta, own):  # the script's subclasses may be abstract
        def __instancecheck__(cls, instance: Any) -> bool:
            if cls.__bases__ == (kind,):
                return isinstance(instance, kind)
            return super().__instancecheck__(instance)

        def __subclasscheck__(cls, other: type) -> bool:
            if cls.__bases__ == (kind,):
                return issubclass(other, kind)
            return super().__subclasscheck__(other)

    return Covering


def _put_in_place(seeded: Any, kind: Any, owner: Any, name: str) -> None:
    """Have a class take the place of the one that it is made from."""

    def reduced(thing: Any) -> tuple[Any, ...]:
        # pickle looks a class up by its name, and finds the new one there
        return tuple(seeded if part is kind else part for part in thing.__reduce__())

    seeded.__name__ = seeded.__qualname__ = name
    seeded.__module__, seeded.__doc__ = owner.__name__, kind.__doc__
    setattr(owner, name, seeded)
    copyreg.pickle(kind, reduced)


def _seed_in(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the seed among the arguments of a call; None where there is none."""
    return args[0] if args else next((kwargs[key] for key in _KEYS if key in kwargs), None)


def _exchanged(
    args: tuple[Any, ...], kwargs: dict[str, Any], seed: int
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments with another seed."""
    key = None if args else next((key for key in _KEYS if key in kwargs), None)
    return ((seed, *args[1:]), kwargs) if key is None else (args, {**kwargs, key: seed})


def _plain(value: Any) -> Any:
    """Return a seed as what is printed alike in every run."""
    item = getattr(value, "item", None)
    return item() if callable(item) and getattr(value, "ndim", 0) == 0 else value


def _caller() -> FrameType:
    """Return the frame that has called whoever asks."""
    return sys._getframe(2)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as fast as it gets


def _is_the_scripts(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return not file.startswith((*_LIBRARIES, "<frozen"))

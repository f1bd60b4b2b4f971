"""A figure drawn straight to a file or shown in a window."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from halfwave.plotting.functions import Drawable, plot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

__all__ = ["SUFFIXES", "check_suffix", "has_display", "save", "show", "write"]

SUFFIXES: Final = (".png", ".svg", ".pdf")
_SIZE: Final = (7.2, 4.8)
#: The same picture gives the same file: no date, and fixed names inside an SVG.
_STABLE: Final = {"svg.hashsalt": "halfwave", "svg.fonttype": "path"}
_UNDATED: Final = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}


def save(records: Sequence[Drawable], path: Path, **options: Any) -> None:
    """Draw activations into a file whose suffix says the format; see :func:`plot`.

    Raises
    ------
    ValueError
        For a suffix other than .png, .svg and .pdf, and as :func:`plot`.
    OSError
        If the file cannot be written.
    """
    write(lambda axes: plot(records, ax=axes, **options), path)


def write(draw: Callable[[Axes], object], path: Path) -> None:
    """Have something drawn, and write it into a file whose suffix says the format.

    Raises
    ------
    ValueError
        For a suffix other than .png, .svg and .pdf.
    OSError
        If the file cannot be written.
    """
    suffix = check_suffix(path)
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and not always installed
    from matplotlib.figure import Figure  # noqa: PLC0415

    with mpl.rc_context(_STABLE):  # pyright: ignore[reportArgumentType] - the stub lists no salt
        figure = Figure(figsize=_SIZE, layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(path, dpi=150, metadata=_UNDATED[suffix])


def check_suffix(path: Path) -> str:
    """Return the suffix in lower case, or raise ValueError that names those there are."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"{path.name!r} does not say which format: end it in {', '.join(SUFFIXES)}"
        )
    return suffix


def show(records: Sequence[Drawable], **options: Any) -> None:
    """Draw activations in a window, and wait until it is closed.

    Raises
    ------
    RuntimeError
        If matplotlib has no backend here that opens a window.
    """
    import matplotlib as mpl  # noqa: PLC0415 - slow to import, and not always installed
    from matplotlib import pyplot as plt  # noqa: PLC0415
    from matplotlib.backends.registry import backend_registry  # noqa: PLC0415

    plt.figure(figsize=_SIZE, layout="constrained")  # makes matplotlib choose its backend
    if backend_registry.resolve_backend(mpl.get_backend())[1] is None:
        plt.close()
        raise RuntimeError(f"matplotlib's backend {mpl.get_backend()!r} opens no window")
    plot(records, ax=plt.gca(), **options)
    plt.show()


def has_display() -> bool:
    """Whether a window could be opened here, as far as the environment tells."""
    if sys.platform in {"win32", "darwin"}:
        return not os.environ.get("SSH_CONNECTION")
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

"""Whether a program learns by acting: the library whose environments it has loaded."""

from __future__ import annotations

import sys
from typing import Final

__all__ = ["environments_loaded"]

#: Libraries of environments that hand out rewards. Those that only come along with others
#: (MuJoCo without an environment, a trainer's package) are not among them.
_LIBRARIES: Final = (
    "gymnasium",
    "gym",
    "pettingzoo",
    "dm_env",
    "dm_control",
    "envpool",
    "procgen",
    "vizdoom",
    "unityagents",
    "mlagents_envs",
)


def environments_loaded() -> str | None:
    """Return the name of such a library, None where the program has loaded none."""
    return next((name for name in _LIBRARIES if name in sys.modules), None)

"""The command examples/claims.py as a module: its folder of claims has the same name."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("claims_command_file", EXAMPLES / "claims.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

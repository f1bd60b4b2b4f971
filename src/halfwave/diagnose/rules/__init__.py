"""The rules: one module each, holding a `Rule` as ``RULE``.

To add one, write ``rules/new_name.py``, ``tests/diagnose/test_new_name.py`` and
``docs/rules/new-name.md``. Nothing else needs to know of it.
"""

from __future__ import annotations

__all__: list[str] = []

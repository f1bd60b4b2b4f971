"""A recording with its findings, to something that a person or a program reads."""

from __future__ import annotations

from halfwave.report.json_object import as_json
from halfwave.report.terminal import render_terminal

__all__ = ["as_json", "render_terminal"]

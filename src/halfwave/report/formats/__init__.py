"""A recording with its findings in the formats that other tools read."""

from __future__ import annotations

from halfwave.report.formats.github import as_github
from halfwave.report.formats.junit import as_junit
from halfwave.report.formats.markdown import as_markdown
from halfwave.report.formats.sarif import as_sarif

__all__ = ["as_github", "as_junit", "as_markdown", "as_sarif"]

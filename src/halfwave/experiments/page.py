"""A comparison as one HTML page that needs nothing else: no network, no script."""

from __future__ import annotations

import secrets
from importlib import resources
from typing import TYPE_CHECKING, Any

from halfwave.experiments.conclusions import conclusion, interval, verdict_of
from halfwave.experiments.job import BASELINE
from halfwave.experiments.learning import band_of
from halfwave.experiments.variants import ExperimentError
from halfwave.report.text import number, percent

if TYPE_CHECKING:
    from pathlib import Path

    from halfwave.experiments.comparison import Arm, Comparison

__all__ = ["render_page", "write"]

_CURVES = (
    ("Training loss", "training_curve", 1, True),
    ("Evaluation loss", "evaluation_curve", 1, True),
    ("Accuracy in evaluation", "evaluation_curve", 2, False),
)


def write(comparison: Comparison, path: Path) -> None:
    """Write the page into a file.

    Raises
    ------
    ExperimentError
        If the library that it takes is not installed, or the file cannot be written.
    """
    text = render_page(comparison)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExperimentError(f"--html {str(path)!r} cannot be written: {error.strerror}") from None


def render_page(comparison: Comparison) -> str:
    """Return a comparison as a page."""
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise ExperimentError(
            "pages need jinja2, which is not installed: pip install 'halfwave[html]'"
        ) from None
    templates = Environment(
        loader=PackageLoader("halfwave.experiments", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    nonce = secrets.token_urlsafe(16)
    return templates.get_template("comparison.html").render(
        title=_title(comparison),
        policy=f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; "
        "base-uri 'none'; form-action 'none'",
        nonce=nonce,
        style=resources.files("halfwave.report.html").joinpath("static", "page.css").read_text(),
        conclusion=conclusion(comparison),
        tone=_tone(comparison),
        judged="" if comparison.primary is None else comparison.primary.name,
        arms=[_row(arm, comparison) for arm in comparison.all_arms],
        metrics=[metric.name for metric in comparison.metrics],
        charts=_charts(comparison),
        notes=comparison.facts.get("notes", ()),
        several=comparison.factors != (1.0,),
    )


def _title(comparison: Comparison) -> str:
    request = comparison.facts.get("request", {})
    words = (request.get("program", ""), *request.get("arguments", ()))
    return " ".join(word for word in words if word) or "comparison"


def _tone(comparison: Comparison) -> str:
    metric = comparison.primary
    if metric is None:
        return "error"
    words = {verdict_of(arm, metric) for arm in comparison.arms}
    return "good" if "better" in words else "info"


def _row(arm: Arm, comparison: Comparison) -> dict[str, Any]:
    metric = comparison.primary
    own = arm.label == BASELINE
    difference = None if metric is None else arm.differences.get(metric.name)
    needed = "" if difference is None or difference.claimed else difference.needed
    return {
        "name": f"{comparison.own} (the script's own)" if own else arm.label,
        "difference": "" if difference is None else interval(difference),
        "verdict": "" if metric is None or (own and not arm.diverged) else verdict_of(arm, metric),
        "needed": "more than 1,000" if needed is None else needed,
        "values": [_spread(*arm.mean(one.name)) for one in comparison.metrics],
        "factors": ", ".join(f"{factor:g}" for factor in sorted(set(arm.factors.values()))),
        "step": _or_dash(arm.typical("step_seconds") * 1000),
        "shares": [percent(arm.typical(name)) for name in ("dead", "closed", "zeros")],
        "reach": _or_dash(arm.typical("reach")),
        "runs": len(arm.results),
        "failed": sum(arm.failed.values()),
        "findings": ", ".join(f"{rule} ({count})" for rule, count in arm.findings()) or "none",
    }


def _spread(mean: float, sd: float) -> str:
    if mean != mean:  # noqa: PLR0124 - NaN
        return "–"
    return number(mean) if sd != sd else f"{number(mean)} ± {number(sd, 2)}"  # noqa: PLR0124 - NaN


def _or_dash(value: float) -> str:
    return "–" if value != value else number(value)  # noqa: PLR0124 - NaN


def _charts(comparison: Comparison) -> list[tuple[str, Any]]:
    from halfwave.experiments.drawing import chart  # noqa: PLC0415 - needs what Jinja2 brings

    found: list[tuple[str, Any]] = []
    for title, curve, column, log in _CURVES:
        bands = [
            (comparison.own if arm.label == BASELINE else arm.label, band)
            for arm in comparison.all_arms
            if (band := band_of(arm.results.values(), curve, column)) is not None
        ]
        if bands:
            found.append((title, chart(bands, title, log=log)))
    return found

"""A sentence under each chart that says what is to be seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from halfwave.plotting.runs import by_depth, chosen_steps, parameters_by_depth, samples_of
from halfwave.report.text import number, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from halfwave.recording import Array, Recording
    from halfwave.report.summary import SiteSummary

__all__ = ["captions_of"]


def captions_of(recording: Recording, figures: Sequence[SiteSummary]) -> dict[str, str]:
    """Chart to caption; a chart for which there is nothing to show is left out."""
    found = {
        "loss": _loss(recording),
        "learning-rate": _rates(recording),
        "gradient-flow": _across(recording, "grad_rms", "The gradient's root mean square"),
        "signal-scale": _across(recording, "std", "The spread of the outputs"),
        "update-ratios": _updates(recording),
        "sparsity": _sparsity(figures),
    }
    return {name: words for name, words in found.items() if words}


def _loss(recording: Recording) -> str:
    if not recording.losses:
        return ""
    loss = recording.losses[0]
    lowest = loss.samples["min"]
    lowest = lowest[np.isfinite(lowest)]
    low = f", at its lowest {number(float(lowest.min()))}" if len(lowest) else ""
    words = f"From {number(loss.first)} to {number(loss.last)}{low}."
    others = len(recording.losses) - 1
    more = f" {others} more loss{'es' if others > 1 else ''} in the run." if others else ""
    return words + more


def _rates(recording: Recording) -> str:
    if not recording.rates:
        return ""
    rows = [rate.samples for rate in recording.rates if len(rate.samples)]
    if not rows:
        return ""
    low = min(float(row["min"].min()) for row in rows)
    high = max(float(row["max"].max()) for row in rows)
    if low == high:
        return f"Constant at {number(low)}."
    return f"Between {number(low)} and {number(high)}."


def _across(recording: Recording, column: str, what: str) -> str:
    sites = recording.sites
    steps = chosen_steps(samples_of(site) for site in sites)
    if not steps:
        return ""
    values = by_depth(sites, [column], [steps[0], steps[-1]])[column]
    first, last = _ends(values[0]), _ends(values[1])
    told = [
        f"at step {step:,} {ends}"
        for step, ends in ((steps[0], first), (steps[-1], last))
        if ends
    ]  # fmt: skip
    if len(steps) == 1:
        told = told[:1]
    return f"{what}, from the first site to the last: {'; '.join(told)}." if told else ""


def _ends(values: Array) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return ""
    return f"{number(float(known[0]))} → {number(float(known[-1]))}"


def _updates(recording: Recording) -> str:
    parameters = [p for p in recording.parameters if len(p.samples)]
    steps = chosen_steps(parameter.samples for parameter in parameters)
    if not steps:
        return ""
    last = parameters_by_depth(parameters, ["update_ratio"], steps[-1:])["update_ratio"][0]
    known = last[np.isfinite(last)]
    if not len(known):
        return ""
    return (
        f"At step {steps[-1]:,} one update changed a parameter by {number(float(known.min()))} to "
        f"{number(float(known.max()))} of its size, {number(float(np.median(known)))} in the"
        " middle. About 0.001 (dashed) is usual."
    )


def _sparsity(figures: Sequence[SiteSummary]) -> str:
    known = [figure.zeros for figure in figures if figure.zeros is not None]
    if not known:
        return ""
    mean = sum(known) / len(known)
    return (
        f"Exact zeros are {percent(mean)} of a site's outputs on average, {percent(min(known))} at"
        f" the least and {percent(max(known))} at the most. A layer that reads a site directly"
        " could skip that share of its multiplications, if its kernel makes use of zeros."
    )

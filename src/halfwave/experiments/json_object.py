"""A comparison as plain data, for programs."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from halfwave.experiments.conclusions import conclusion, verdict_of
from halfwave.experiments.job import BASELINE

if TYPE_CHECKING:
    from halfwave.experiments.comparison import Arm, Comparison

__all__ = ["as_json"]


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as what JSON can hold; figures that are not finite are None."""
    primary = comparison.primary
    return _finite(
        {
            "schema": "halfwave.comparison/1",
            "own": comparison.own,
            "seeds": comparison.seeds,
            "lr_factors": list(comparison.factors),
            "judged_by": None if primary is None else primary.name,
            "larger_is_better": None if primary is None else primary.larger,
            "conclusion": conclusion(comparison),
            "notes": list(comparison.facts.get("notes", ())),
            "activations": [_arm(arm, comparison) for arm in comparison.all_arms],
        }
    )


def _arm(arm: Arm, comparison: Comparison) -> dict[str, Any]:
    primary = comparison.primary
    metrics: dict[str, Any] = {}
    for metric in comparison.metrics:
        mean, sd = arm.mean(metric.name)
        difference = arm.differences.get(metric.name)
        metrics[metric.name] = {
            "mean": mean,
            "sd": sd,
            "by_seed": {str(s): v for s, v in arm.values.get(metric.name, {}).items()},
            "difference": None
            if difference is None
            else {**asdict(difference), "needed": difference.needed},
        }
    own = arm.label == BASELINE
    return {
        "activation": comparison.own if own else arm.label,
        "own": own,
        "verdict": None if own or primary is None else verdict_of(arm, primary),
        "runs": len(arm.results),
        "failed": dict(arm.failed),
        "diverged": list(arm.diverged),
        "lr_factors": {str(seed): factor for seed, factor in arm.factors.items()},
        "metrics": metrics,
        "inside": {
            name: arm.typical(name) for name in ("step_seconds", "dead", "closed", "zeros", "reach")
        },
        "findings": dict(arm.findings()),
        "fingerprints": {
            str(seed): result.measured.get("fingerprint") for seed, result in arm.results.items()
        },
    }


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value

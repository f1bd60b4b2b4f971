"""A recording with its findings as one object of plain Python, ready for JSON."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from halfwave.diagnose import verdict
from halfwave.diagnose.shared import wholes
from halfwave.report.summary import summarise

if TYPE_CHECKING:
    from halfwave.diagnose import Finding
    from halfwave.recording.model import LearningRate, Loss, Parameter, Recording, Site

__all__ = ["JSON_SCHEMA", "as_json"]

#: Raised when a key changes its meaning or goes; a new key leaves it as it is.
JSON_SCHEMA: Final = 1


def as_json(recording: Recording, findings: Sequence[Finding]) -> dict[str, object]:
    """Turn a recording and its findings into what ``--json`` prints.

    Parameters
    ----------
    recording
        What a run left behind.
    findings
        What `halfwave.diagnose.diagnose` said of it, worst first.

    Returns
    -------
    dict
        Only dictionaries, lists, strings, numbers, booleans and None: NaN and
        infinities become None, so that ``json.dumps(..., allow_nan=False)``
        always works. ``nonfinite`` counts tell where there were any.
    """
    losses = [_loss(loss) for loss in recording.losses]
    value: dict[str, object] = {
        "schema": JSON_SCHEMA,
        "verdict": verdict(recording, findings),
        "findings": [_finding(finding) for finding in findings],
        "sites": list(map(_site, recording.sites, wholes(recording.sites))),
        "loss": losses[0] if losses else None,
        "losses": losses,
        "steps": recording.info.steps,
        "cost": {**_fields(recording.cost), "share": recording.cost.share},
        "parameters": [_parameter(parameter) for parameter in recording.parameters],
        "learning_rates": [_rate(rate) for rate in recording.rates],
        "not_observed": [_fields(item) for item in recording.unobserved],
        "run": {**_fields(recording.info), "recording": recording.path},
        "ranks": [_fields(info) for info in recording.ranks],
        "rank_differences": recording.differences,
    }
    return {key: _plain(item) for key, item in value.items()}


def _finding(finding: Finding) -> dict[str, object]:
    # the list is flat: what follows from a finding stands in it by itself too
    rules = [effect.rule for effect in finding.consequences]
    return {**_fields(finding), "consequences": rules}


def _site(site: Site, whole: Site) -> dict[str, object]:
    return {
        "id": site.id,
        "path": site.path,
        "source": site.where,
        "source_line": site.source,
        "function": site.function,
        "activation": site.activation,
        "arguments": site.parameters,
        "call": site.call,
        "inplace": site.inplace,
        "role": site.role,
        "judged": site.judged,
        "units": site.units,
        "unit_dim": site.unit_dim,
        **_fields(summarise(site, whole)),
        "producer": site.producer,
        "order": site.order,
        "calls": site.calls,
        "shape": site.shape,
        "dtype": site.dtype,
    }


def _loss(loss: Loss) -> dict[str, object]:
    samples = loss.samples
    return {
        "source": f"{loss.file}:{loss.line}",
        "source_line": loss.source,
        "first": loss.first,
        "last": loss.last,
        "min": _extreme(samples["min"], np.fmin),
        "max": _extreme(samples["max"], np.fmax),
        "count": int(samples["count"].sum()),
        "nonfinite": int(samples["nonfinite"].sum()),
        "first_nonfinite": loss.first_nonfinite,
        "series": _rows(samples),
    }


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {
        "name": parameter.name,
        "shape": parameter.shape,
        "order": parameter.order,
        "optimizer": parameter.optimizer,
        "series": _rows(parameter.samples),
    }


def _rate(rate: LearningRate) -> dict[str, object]:
    samples = rate.samples
    return {
        "optimizer": rate.optimizer,
        "group": rate.group,
        "min": _extreme(samples["min"], np.fmin),
        "max": _extreme(samples["max"], np.fmax),
        "last": samples["last"][-1] if len(samples) else None,
        "series": _rows(samples),
    }


def _extreme(column: Any, pick: np.ufunc) -> float | None:
    """Smallest or largest of a column, NaN passed over; None where there is none."""
    return float(pick.reduce(column)) if len(column) else None


def _rows(samples: Any) -> list[dict[str, object]]:
    names = samples.dtype.names
    return [dict(zip(names, row.tolist(), strict=True)) for row in samples]


def _fields(record: Any) -> dict[str, object]:
    return {name.name: getattr(record, name.name) for name in dataclasses.fields(record)}


def _plain(value: object) -> object:
    """Bring a value down to what JSON knows."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str):
        # lone surrogates (undecodable file names) are no valid Unicode
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, Mapping):
        return {str(_plain(str(key))): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    return str(value)

"""A rich recording made of seeded noise, and a comparison that understands NaN and arrays."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halfwave.recording import (
    HISTOGRAM,
    LOSS_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Cost,
    HeatMap,
    LearningRate,
    Loss,
    Parameter,
    Recording,
    RunInfo,
    Site,
    UnitStatistics,
    Unobserved,
    Writer,
)
from halfwave.recording.schema import UNIT_STATISTICS

if TYPE_CHECKING:
    from pathlib import Path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def samples(dtype: np.dtype[Any], rows: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    result = np.zeros(rows, dtype)
    for name in dtype.names or ():
        result[name] = random.integers(0, 1000, rows)
        if dtype[name].kind == "f":
            result[name] /= 7
            result[name][::5] = np.nan
    result["first_step"] = np.arange(rows) * 2
    result["last_step"] = np.arange(rows) * 2 + 1
    return result


def statistics(units: int, seed: int = 0) -> UnitStatistics:
    random = np.random.default_rng(seed)
    columns = [c for c in UNIT_STATISTICS.columns if c.kind == "array"]
    return UnitStatistics(
        **{c.name: random.integers(-1, 1 << 40, units).astype(c.dtype) for c in columns}
    )


def heat(times: int, groups: int, unit_group: int = 1) -> HeatMap:
    share = (np.arange(times * groups) % 256).astype(np.uint8).reshape(times, groups)
    return HeatMap(share, np.arange(times) * 4, np.arange(times) * 4 + 3, unit_group)


def histograms(rows: int, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    result = np.zeros(rows, HISTOGRAM)
    for name in HISTOGRAM.names or ():
        result[name] = random.integers(0, 1000, result[name].shape)
    result["low"][::2] = np.nan
    return result


def site(number: int, units: int | None = 8, **changes: Any) -> Site:
    plain = Site(
        id=number,
        path=f"net.{number}.act",
        file="train.py",
        line=10 + number,
        source="x = F.relu(self.fc(x))",
        function="Net.forward",
        activation="leaky_relu",
        parameters={"negative_slope": 0.01, "inplace": True, "approximate": "tanh"},
        call="F.leaky_relu",
        units=units,
        unit_dim=None if units is None else -1,
        producer="fc",
        order=100 - number,
        calls=3,
        shape=(32, units or 4),
        dtype="torch.float32",
        training=statistics(1 if units is None else units, number),
        samples=samples(SITE_SAMPLE, 5, number),
        heat=heat(3, units or 1),
        input_histograms=histograms(number),
        output_histograms=histograms(2, number),
    )
    return replace(plain, **changes)


def rich() -> Recording:
    return Recording(
        info=RunInfo(
            script="träin.py",
            argv=("--lr", "0.1", ""),
            pid=7,
            host="h",
            folder="/data/x y",
            started=1.5,
            ended=float("inf"),
            state="failed",
            exit_code=-9,
            error="ValueError: no",
            halfwave="0.1",
            python="3.11",
            torch="2.13.0",
            device="cuda:0",
            steps=2**40,
            backwards=5,
            sampled=3,
            watching_ended="--max-steps 3",
        ),
        sites=(
            site(3, None, role="gate", judged=False, inplace=True, evaluation=statistics(1, 9)),
            site(2, 600, heat=heat(2, 300, 2), training=None, evaluation=statistics(600)),
            site(
                1,
                heat=None,
                training=None,
                parameters={},
                shape=(),
                input_histograms=histograms(0),
                output_histograms=histograms(0),
            ),
        ),
        parameters=(
            Parameter(2, "fc.weight", (64, 10), 0, "SGD", samples(PARAMETER_SAMPLE, 4)),
            Parameter(1, "parameter 3 (64×10)", (), 5, None),
        ),
        losses=(
            Loss(
                4, "train.py", 3, "loss.backward()", samples(LOSS_SAMPLE, 9), 2.5, float("nan"), 12
            ),
            Loss(1, "train.py", 9, "", samples(LOSS_SAMPLE, 1), float("inf"), None),
        ),
        rates=(LearningRate(1, "AdamW#2", 3, samples(RATE_SAMPLE, 2)),),
        unobserved=(
            Unobserved("softmax", "model.py:31 (attn)", "fused", "--unfuse", 4),
            Unobserved("a child process", "", "it has no watcher"),
        ),
        cost=Cost(None, 1.5, 0.01, 3.0, float("nan")),
    )


def write(writer: Writer, recording: Recording) -> None:
    writer.write(
        info=recording.info,
        sites=recording.sites,
        parameters=recording.parameters,
        losses=recording.losses,
        rates=recording.rates,
        unobserved=recording.unobserved,
        cost=recording.cost,
    )


def difference(a: Any, b: Any, at: str = "") -> str:
    """Where two recordings differ, "" if nowhere."""
    if isinstance(a, np.ndarray):
        same = a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        return "" if same else f"{at}: {a} is not {b}"
    if is_dataclass(a) and type(a) is type(b):
        parts = [
            difference(getattr(a, f.name), getattr(b, f.name), f"{at}.{f.name}") for f in fields(a)
        ]
        return next(filter(None, parts), "")
    if isinstance(a, tuple) and type(b) is tuple and len(a) == len(b):
        parts = [difference(x, y, f"{at}[{i}]") for i, (x, y) in enumerate(zip(a, b, strict=True))]
        return next(filter(None, parts), "")
    same = type(a) is type(b) and (a == b or repr(a) == repr(b) == "nan")
    return "" if same else f"{at}: {a!r} is not {b!r}"

"""A rich recording made of seeded noise, and a comparison that understands NaN and arrays."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from halfwave.recording import (
    HISTOGRAM,
    LOSS_SAMPLE,
    OBJECTIVE_SAMPLE,
    PARAMETER_SAMPLE,
    RATE_SAMPLE,
    SITE_SAMPLE,
    Breakdown,
    Cost,
    HeatMap,
    Layer,
    LearningRate,
    Link,
    Loss,
    Objective,
    Optimizer,
    Parameter,
    Recording,
    RunInfo,
    Site,
    Switch,
    UnitStatistics,
    Unobserved,
    Values,
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
        initial=samples(SITE_SAMPLE, 1, number),
        heat=heat(3, units or 1),
        input_histograms=histograms(number),
        output_histograms=histograms(2, number),
    )
    return replace(plain, **changes)


def values(**changes: Any) -> Values:
    plain = Values((32, 10), "float32", 5, 1600.0, 1.0, -3.0, float("inf"), 0.5, 2.0, distinct=9)
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
            Parameter(
                2,
                "fc.weight",
                (64, 10),
                0,
                "SGD",
                first_norm=2.5,
                noise=12.0,
                distinct_rows=3,
                first_distinct_rows=64,
                samples=samples(PARAMETER_SAMPLE, 4),
            ),
            Parameter(
                1, "parameter 3 (64×10)", (), 5, None, trainable=False, used=False, drawn=True
            ),
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
        layers=(
            Layer(
                4,
                "fc",
                "linear",
                weight="fc.weight",
                file="train.py",
                line=9,
                shape=(32, 10),
                links=(Link(None, ("flatten",)), Link(2, ("relu", "dropout"))),
                reached=True,
                calls=7,
                rms_in=1.0,
                rms_out=2.0,
                std_in=float("nan"),
                std_out=0.5,
                input=values(),
                feature_mean=np.arange(3.0),
                feature_std=np.ones(3),
                feature_low=-np.ones(3),
                feature_high=np.full(3, np.inf),
            ),
            Layer(9, "out", "convolution", order=1, links=(Link(4),)),
        ),
        objectives=(
            Objective(
                3,
                "cross_entropy",
                "F.cross_entropy",
                "train.py",
                12,
                "loss = F.cross_entropy(out, y)",
                parameters={"reduction": "mean", "label_smoothing": 0.1},
                output=values(),
                target=values(),
                links=(Link(9, ("softmax",)),),
                reached=True,
                unit_mapped=True,
                training=samples(OBJECTIVE_SAMPLE, 4),
                evaluation=samples(OBJECTIVE_SAMPLE, 2),
            ),
            Objective(1, "mse_loss", "(a - b) ** 2", "", 0, differentiable=False),
        ),
        optimizers=(
            Optimizer(
                0,
                "SGD",
                {"momentum": 0.9, "nesterov": False},
                4,
                100,
                9,
                2,
                "train.py",
                8,
                "opt = SGD(ps)",
            ),
        ),
        switches=(
            Switch(0, "bn", "batch_norm", "train.py", 3, float("nan"), 1, 2, 3, 4, 32, 7, 9),
            Switch(1, "drop", "dropout", rate=0.5),
        ),
        breakdown=Breakdown(
            12, "forward", "log", "log of 0", "train.py", 5, "x.log()", "fc", {"low": 0.0}, True
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
        layers=recording.layers,
        objectives=recording.objectives,
        optimizers=recording.optimizers,
        switches=recording.switches,
        breakdown=recording.breakdown,
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

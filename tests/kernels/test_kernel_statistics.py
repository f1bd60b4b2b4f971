"""All implementations give the figures that the definitions give, whatever the tensor."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from implementations import IMPLEMENTATIONS, INF, implementation, plain
from torch import Tensor

from halfwave.kernels import torch_ops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RELU = ((-INF, 0.0),)
TANH = ((-INF, -0.7), (0.7, INF))
SHRINK = ((-0.5, 0.5),)
SEVERAL = ((-INF, -1.0), (-0.25, 0.25), (2.0, INF))
NONE = ()
CLOSED = (RELU, TANH, SHRINK, SEVERAL, NONE)


@pytest.fixture(params=IMPLEMENTATIONS)
def kernels(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield from implementation(request.param)


# shape, unit dimension, sample dimension
SHAPES: list[tuple[tuple[int, ...], int | None, int | None]] = [
    ((), None, None),
    ((1,), None, None),
    ((1000,), None, None),
    ((20_000,), None, None),
    ((5, 7, 3), None, None),
    ((1, 1), 1, None),
    ((3, 1), 1, None),
    ((1, 33), 1, None),
    ((67, 5), 1, None),
    ((300, 129), 1, None),
    ((129, 300), 0, None),
    ((9, 2100), 1, None),
    ((4, 5, 70), 2, None),
    ((7,), 0, None),
    ((3, 6, 10), 1, 0),
    ((2, 4, 3, 3), 1, 0),
    ((5, 9, 4, 4), 1, 0),
    ((5, 3, 7, 7), 1, 0),
    ((2, 3, 110, 100), 1, 0),
    ((40, 8, 8, 8), 1, 0),
    ((11, 131, 4, 4), 1, 0),
    ((5, 65, 4, 8), 1, 0),
    ((9, 67, 8, 16), 1, 0),
    ((2, 3, 2, 3, 2), 1, 0),
    ((0, 6), 1, None),
    ((4, 0), 1, None),
    ((2, 3, 0), 1, 0),
]
LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.transpose(0, -1).contiguous().transpose(0, -1) if x.dim() > 1 else x,
    "channels last": lambda x: (
        x.contiguous(memory_format=torch.channels_last) if x.dim() == 4 else x
    ),
    "every second": lambda x: torch.stack([x, x + 1], -1).flatten(-2)[..., ::2] if x.dim() else x,
    "part of a wider one": lambda x: torch.cat([x, x], -1)[..., : x.shape[-1]] if x.dim() else x,
    "not aligned": lambda x: torch.cat([x.new_zeros(1), x.flatten()])[1:].view(x.shape),
    "one row again and again": lambda x: x[:1].expand(x.shape) if x.dim() else x,
}


def filled(shape: tuple[int, ...], dtype: torch.dtype, odd: bool) -> Tensor:
    generator = torch.Generator().manual_seed(len(shape) * 1000 + sum(shape))
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    values[torch.rand(shape, generator=generator) < 0.3] = 0.0
    flat = values.view(-1)
    if odd and flat.numel():
        for at, value in enumerate((np.nan, INF, -INF, -0.0, 1e-40, 2.0, np.nan)):
            flat[(at * 37 + 5) % flat.numel()] = value
    return values.to(dtype)


def close(found: Any, wanted: np.ndarray, name: str) -> None:
    found = found.double().numpy() if isinstance(found, Tensor) else found
    assert found.shape == wanted.shape, name
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5, err_msg=name)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("odd", [False, True], ids=["ordinary", "odd"])
def test_statistics_by_definition(kernels: Any, dtype: torch.dtype, odd: bool) -> None:
    turn = itertools.cycle(CLOSED)
    for shape, unit_dim, sample_dim in SHAPES:
        if 0 in shape:
            continue
        for layout, arrange in LAYOUTS.items():
            values, closed = arrange(filled(shape, dtype, odd)), next(turn)
            name = f"{shape} {layout}"
            version = values._version
            close(
                kernels.output_statistics(values, unit_dim),
                plain.output_statistics(values, unit_dim),
                f"output {name}",
            )
            close(
                kernels.gradient_statistics(values, unit_dim),
                plain.gradient_statistics(values, unit_dim),
                f"gradient {name}",
            )
            close(
                kernels.open_statistics(values, unit_dim, closed, sample_dim),
                plain.open_statistics(values, unit_dim, closed, sample_dim),
                f"open {name} {closed}",
            )
            assert values._version == version
            positive = arrange(filled(shape, dtype, odd).relu())
            both = (
                plain.output_statistics(positive, unit_dim),
                plain.open_statistics(positive, unit_dim, RELU, sample_dim),
            )
            close(
                kernels.rectified_statistics(positive, unit_dim, sample_dim),
                np.concatenate(both),
                f"rectified {name}",
            )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_some_units(kernels: Any, dtype: torch.dtype) -> None:
    turn = itertools.cycle((RELU, TANH, SHRINK, NONE))
    for shape, unit_dim, sample_dim in SHAPES:
        if unit_dim is None or 0 in shape:
            continue
        for layout, arrange in LAYOUTS.items():
            values = arrange(filled(shape, dtype, odd=True))
            units = torch.arange(0, shape[unit_dim], 6)
            closed = next(turn)
            close(
                kernels.open_inputs(values, unit_dim, units, closed, sample_dim),
                plain.open_statistics(values, unit_dim, closed, sample_dim)[0][::6],
                f"{shape} {layout} {closed}",
            )


@pytest.mark.parametrize("shape", [(0, 6), (2, 3, 0), (4, 0)])
def test_nothing_gives_nothing(shape: tuple[int, ...]) -> None:
    from halfwave import kernels

    for found in (
        kernels.output_statistics(torch.zeros(shape), 1),
        kernels.gradient_statistics(torch.zeros(shape), 1),
        kernels.open_statistics(torch.zeros(shape), 1, RELU, 0),
    ):
        assert not found.any()
        assert found.shape[1] == shape[1]


@pytest.mark.parametrize("size", [1, 15, 8191, 8192, 70_000, 600_000])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16])
def test_norms(kernels: Any, dtype: torch.dtype, size: int) -> None:
    torch.manual_seed(size)
    now, before = torch.randn(size).to(dtype), torch.randn(size).to(dtype)
    assert float(kernels.norm(now)) == pytest.approx(now.double().norm().item(), rel=1e-5)
    change = (now.double() - before.double()).norm().item()
    tolerance = 1e-5 if dtype.itemsize > 2 else 2e-2  # torch rounds each difference
    assert float(kernels.norm_of_change(now, before)) == pytest.approx(change, rel=tolerance)


def test_norms_of_odd_tensors(kernels: Any) -> None:
    x = torch.randn(6, 8)
    for values in (x.t(), x[:, ::2], x[:0], torch.full((9,), 1e-30), torch.full((9,), 1e30)):
        wanted = values.double().norm().item()
        assert float(kernels.norm(values)) == pytest.approx(wanted, rel=1e-5)
    assert np.isnan(float(kernels.norm(torch.tensor([1.0, np.nan]))))
    assert float(kernels.norm(torch.tensor([1.0, -INF]))) == INF


@pytest.mark.parametrize(
    "shape",
    [(128, 67), (4, 33, 1000), (32, 40, 4, 4), (9, 5, 7, 7), (2, 3, 100, 90)],
)
@pytest.mark.parametrize(("mean", "std"), [(1e4, 0.1), (100.0, 0.01), (-1.0, 1e-4), (0.5, 1e-3)])
@pytest.mark.parametrize("odd", ["", "a NaN", "channels last"])
def test_a_spread_far_smaller_than_the_mean_is_not_lost(
    kernels: Any, shape: tuple[int, ...], mean: float, std: float, odd: str
) -> None:
    torch.manual_seed(0)
    values = (torch.randn(shape, dtype=torch.float64) * std + mean).float()
    values[:, 1] = torch.randn_like(values[:, 1])  # one among others that lies around 0
    values[:, 2] = mean  # and one that does not vary
    if odd == "a NaN":
        values[0, 0].view(-1)[0] = torch.nan
    if odd == "channels last" and values.dim() == 4:
        values = values.contiguous(memory_format=torch.channels_last)
    cases = [(values, kernels.output_statistics(values, 1))]
    if mean > 0:
        rectified = values.relu()
        cases.append((rectified, kernels.rectified_statistics(rectified, 1, None)[:6]))
    for given, sums in cases:
        _, total, _, square, *_ = np.asarray(sums)
        _, true_total, _, true_square, nonfinite, _ = plain.output_statistics(given, 1)
        each = values.numel() // values.shape[1] - nonfinite
        found = np.sqrt(np.maximum(square / each - (total / each) ** 2, 0.0))
        wanted = np.sqrt(np.maximum(true_square / each - (true_total / each) ** 2, 0.0))
        if odd == "a NaN" and kernels is torch_ops:  # a zero stands in its place, far from the rest
            found[0] = wanted[0]
        np.testing.assert_allclose(found, wanted, rtol=2e-3, atol=1e-6 * abs(mean))

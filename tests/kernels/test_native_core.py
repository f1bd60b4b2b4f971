"""What the native core alone promises: precision, the same bits again, and how it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from implementations import IMPLEMENTATIONS, INF, implementation, plain
from torch import Tensor

from halfwave import kernels
from halfwave.kernels import choice, native_ops, torch_ops

built = pytest.mark.skipif(native_ops._core is None, reason="the native core is not built here")


@built
@pytest.mark.parametrize("unit_dim", [None, 0, 1])
def test_float32_sums_stay_near_those_of_float64(unit_dim: int | None) -> None:
    torch.manual_seed(0)
    values = torch.rand(4_000_000).view(-1, 2).add_(1000.0)
    if unit_dim == 0:
        values = values.t().contiguous()
    found = native_ops.output_statistics(values, unit_dim)
    assert found is not None
    wide = values.double()
    dims = [d for d in range(2) if d != unit_dim]
    np.testing.assert_allclose(found[1], wide.sum(dims).reshape(-1), rtol=1e-6)
    np.testing.assert_allclose(found[3], wide.square().sum(dims).reshape(-1), rtol=1e-6)


@built
@pytest.mark.parametrize("shape", [(70_000, 65), (18_000, 250), (1_200, 4_100)])
@pytest.mark.parametrize("name", IMPLEMENTATIONS[1:])
def test_what_lies_in_memory_not_in_a_cache(shape: tuple[int, int], name: str) -> None:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(3)).relu_()
    values[17, 3], values[-1, -1] = float("nan"), 3e30
    for kernels_here in implementation(name):
        both = (
            plain.output_statistics(values, 1),
            plain.open_statistics(values, 1, ((-INF, 0.0),), None),
        )
        np.testing.assert_allclose(
            kernels_here.rectified_statistics(values, 1, None), np.concatenate(both), rtol=1e-5
        )
        np.testing.assert_allclose(
            kernels_here.gradient_statistics(values, 1),
            plain.gradient_statistics(values, 1),
            rtol=1e-5,
        )


@built
@pytest.mark.parametrize(
    ("shape", "unit_dim"),
    [((9, 70), 1), ((300, 1030), 1), ((2, 300, 40), 1), ((5, 30, 4, 4), 1), ((3, 2, 9000), 1)],
)
@pytest.mark.parametrize("name", IMPLEMENTATIONS[1:])
def test_what_the_results_held_before_is_gone(
    name: str, shape: tuple[int, ...], unit_dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = torch.randn(shape, generator=torch.Generator().manual_seed(7)).relu_()
    values.select(unit_dim, 1)[0] = float("nan")  # done again, element by element
    values.select(unit_dim, 0).mul_(1e-25)
    sample_dim = 0 if len(shape) > 2 else None
    sized = native_ops._sized

    def used(rows: int, values: Tensor, unit_dim: int | None) -> Tensor:
        return sized(rows, values, unit_dim).fill_(float("nan"))

    monkeypatch.setattr(native_ops, "_sized", used)
    intervals = ((-INF, 0.0),)
    for native in implementation(name):
        for given in (values, values.transpose(0, -1).contiguous().transpose(0, -1)):
            both = (
                plain.output_statistics(given, unit_dim),
                plain.open_statistics(given, unit_dim, intervals, sample_dim),
            )
            for found, expected in (
                (native.output_statistics(given, unit_dim), both[0]),
                (native.open_statistics(given, unit_dim, intervals, sample_dim), both[1]),
                (
                    native.rectified_statistics(given, unit_dim, sample_dim),
                    np.concatenate(both),
                ),
                (
                    native.gradient_statistics(given, unit_dim),
                    plain.gradient_statistics(given, unit_dim),
                ),
            ):
                np.testing.assert_allclose(found, expected, rtol=1e-4)


@built
def test_a_tensor_of_very_many_dimensions() -> None:
    values = torch.randn(*[1] * 30, 2, 3, *[1] * 10)
    assert native_ops.gradient_statistics(values, 31) is None
    np.testing.assert_allclose(
        kernels.gradient_statistics(values, 31)[0],
        values.double().square().sum(30).reshape(-1),
    )


@built
@pytest.mark.parametrize("size", [(4, 4), (3, 3), (2, 2), (8, 8), (5, 5)])
@pytest.mark.parametrize("units", [3, 16, 70])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", IMPLEMENTATIONS[1:])
def test_small_maps(name: str, dtype: torch.dtype, units: int, size: tuple[int, int]) -> None:
    """Units are read side by side there: what one has lost costs its neighbours nothing."""
    values = torch.randn(37, units, *size, generator=torch.Generator().manual_seed(5))
    values[:, 1].relu_()
    values[:, 2] = 0
    for broken in (False, True):
        if broken:
            values[3, 0, 0, 0], values[-1, -1, -1, -1] = float("nan"), -3e30
            values[:, units // 2] = 1e-25
        given, positive = values.to(dtype), values.clamp(min=0).to(dtype)
        intervals = ((-INF, 0.0),)
        for kernels_here in implementation(name):
            for found, expected in (
                (kernels_here.output_statistics(given, 1), plain.output_statistics(given, 1)),
                (kernels_here.gradient_statistics(given, 1), plain.gradient_statistics(given, 1)),
                (
                    kernels_here.open_statistics(given, 1, intervals, 0),
                    plain.open_statistics(given, 1, intervals, 0),
                ),
                (
                    kernels_here.rectified_statistics(positive, 1, 0),
                    np.concatenate(
                        (
                            plain.output_statistics(positive, 1),
                            plain.open_statistics(positive, 1, intervals, 0),
                        )
                    ),
                ),
            ):
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.slow
@built
def test_thirty_million_elements() -> None:
    values = torch.rand(30_000_000)
    found = native_ops.output_statistics(values, None)
    assert found is not None
    mean, square = (found[row, 0].item() / values.numel() for row in (1, 3))
    parts = [part.double() for part in values.split(10_000_000)]
    true_mean = sum(part.sum().item() for part in parts) / values.numel()
    true_square = sum(part.square().sum().item() for part in parts) / values.numel()
    assert mean == pytest.approx(true_mean, rel=1e-6)
    assert square - mean**2 == pytest.approx(true_square - true_mean**2, rel=1e-5)


@built
@pytest.mark.parametrize(
    ("value", "square"), [(1e-25, 1e-50), (1e-40, 1e-80), (3e25, 9e50), (1e-12, 1e-24)]
)
@pytest.mark.parametrize("shape", [(40, 100), (7, 3, 50)])
def test_squares_beyond_float32(value: float, square: float, shape: tuple[int, ...]) -> None:
    values = torch.full(shape, value)
    square = float(values.flatten()[0]) ** 2
    for found, row in (
        (native_ops.output_statistics(values, 1), 3),
        (native_ops.gradient_statistics(values, 1), 0),
    ):
        assert found is not None
        wanted = square * values.numel() / values.shape[1]
        np.testing.assert_allclose(found[row], wanted, rtol=1e-6)


@built
def test_subnormal_numbers_are_not_zero_in_any_mode() -> None:
    values = torch.tensor([[1e-40, 0.0, -1e-41, -0.0]])
    before = native_ops.output_statistics(values, 0)
    assert before is not None
    if torch.set_flush_denormal(True):
        try:
            after = native_ops.output_statistics(values, 0)
        finally:
            torch.set_flush_denormal(False)
        assert after is not None
        assert before[0, 0] == after[0, 0] == 2


@built
def test_results_lie_in_main_memory_whatever_the_default_device_is() -> None:
    values, units = torch.randn(6, 8), torch.tensor([1])
    with torch.device("meta"):
        found = (
            native_ops.output_statistics(values, 1),
            native_ops.gradient_statistics(values, 1),
            native_ops.rectified_statistics(values.relu(), 1, None),
            native_ops.open_inputs(values, 1, units, ((-float("inf"), 0.0),), None),
        )
    for result in found:
        assert result is not None
        assert result.is_cpu
        assert result.sum() > 0


@built
@pytest.mark.parametrize(
    ("shape", "dim"), [((3_000, 700), 1), ((64, 40, 1_100), 1), ((3, 700_001), 0)]
)
def test_the_number_of_threads_changes_no_bit(shape: tuple[int, ...], dim: int) -> None:
    torch.manual_seed(1)
    values = torch.randn(shape)
    values[0, 0] = float("nan")
    threads = torch.get_num_threads()
    results: list[list[Tensor]] = []
    try:
        for count in (1, 2, 3, 7):
            torch.set_num_threads(count)
            found = [
                native_ops.output_statistics(values, dim),
                native_ops.output_statistics(values, None),
                native_ops.gradient_statistics(values, dim),
                native_ops.open_statistics(values, dim, ((-float("inf"), 0.0),), 0),
                native_ops.rectified_statistics(values.relu(), dim, 0),
                torch.tensor(native_ops.norm(values[1:])),
            ]
            results.append([one for one in found if one is not None])
    finally:
        torch.set_num_threads(threads)
    for other in results[1:]:
        assert len(other) == 6
        for first, second in zip(results[0], other, strict=True):
            assert torch.equal(first, second) or first.isnan().any()


@built
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_can_go_on_counting() -> None:
    code = (
        "import os, torch\n"
        "from halfwave import kernels\n"
        "torch.set_num_threads(2)\n"
        "x = torch.rand(2000, 1000)\n"
        "here = kernels.output_statistics(x, 1)\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        "    there = kernels.output_statistics(x, 1)\n"
        "    os._exit(0 if torch.equal(here, there) else 1)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60)


def test_what_the_core_cannot_read_is_left_to_torch() -> None:
    class Own(Tensor):
        pass

    z = torch.complex(torch.ones(2, 3), torch.ones(2, 3)).conj()
    for values in (
        z.imag,  # its sign is a mark on the tensor, not in memory
        torch.ones(2, 3).as_subclass(Own),
        torch.ones(2, 3, device="meta"),
        torch.ones(2, 3, dtype=torch.int32),
    ):
        assert native_ops.output_statistics(values, 1) is None
    assert kernels.output_statistics(z.imag, 1)[1].tolist() == [-2.0] * 3


class _Broken:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("broken")


def test_a_core_that_fails_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    values = torch.randn(4, 3)
    monkeypatch.setattr(native_ops, "_core", _Broken())
    assert torch.equal(kernels.output_statistics(values, 1), torch_ops.output_statistics(values, 1))
    assert native_ops._core is None
    closed = ((-float("inf"), 0.0),)
    wanted = torch_ops.open_statistics(values, 1, closed, None)
    assert torch.equal(kernels.open_statistics(values, 1, closed, None), wanted)
    assert kernels.norm(values) == torch_ops.norm(values)


def test_everything_works_without_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native_ops, "_core", None)
    values = torch.randn(4, 3)
    for name, more in (
        ("output_statistics", (1,)),
        ("gradient_statistics", (1,)),
        ("open_statistics", (1, (), None)),
        ("open_inputs", (1, torch.tensor([2]), (), None)),
        ("norm", ()),
        ("norm_of_change", (values + 1,)),
    ):
        found = getattr(choice, name)(values, *more)
        assert torch.equal(found, getattr(torch_ops, name)(values, *more))


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_the_norm_of_complex_numbers(dtype: torch.dtype) -> None:
    values = torch.tensor([[3 + 4j, 0], [0, 12j]], dtype=dtype)
    for given in (values, values.conj(), values.t()):
        assert float(kernels.norm(given)) == pytest.approx(13.0)

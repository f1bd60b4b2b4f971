"""The Triton kernels in Triton's interpreter, which needs no GPU, against the definitions."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

_COMPARE = """
import warnings
warnings.simplefilter("ignore")
import numpy as np, torch
from halfwave.kernels import triton_ops
from implementations import INF, plain
from test_kernel_statistics import CLOSED, LAYOUTS, close, filled

shapes = [((1000,), None, None), ((67, 5), 1, None), ((40, 130), 1, None), ((130, 40), 0, None),
          ((4, 5, 70), 2, None), ((3, 6, 10), 1, 0), ((5, 3, 7, 7), 1, 0), ((7,), 0, None)]
turn = 0
for dtype in (torch.float32, torch.float64, torch.float16):
    for shape, unit_dim, sample_dim in shapes:
        for layout in (("contiguous", "channels last", "every second")[turn % 3],):
            values = LAYOUTS[layout](filled(shape, dtype, odd=turn % 2 == 1))
            closed = CLOSED[turn % len(CLOSED)]
            turn += 1
            name = f"{shape} {layout} {dtype}"
            close(triton_ops.output_statistics(values, unit_dim),
                  plain.output_statistics(values, unit_dim), "output " + name)
            close(triton_ops.gradient_statistics(values, unit_dim),
                  plain.gradient_statistics(values, unit_dim), "gradient " + name)
            close(triton_ops.open_statistics(values, unit_dim, closed, sample_dim),
                  plain.open_statistics(values, unit_dim, closed, sample_dim), "open " + name)
            both = (plain.output_statistics(values.relu(), unit_dim),
                    plain.open_statistics(values.relu(), unit_dim, CLOSED[0], sample_dim))
            close(triton_ops.rectified_statistics(values.relu(), unit_dim, sample_dim),
                  np.concatenate(both), "rectified " + name)
narrow = (torch.randn(700, 5, dtype=torch.float64) * 1e-3 + 10).float()
for sums in (triton_ops.output_statistics(narrow, 1),
             triton_ops.rectified_statistics(narrow, 1, None)):
    total, square = np.asarray(sums)[1] / 700, np.asarray(sums)[3] / 700
    wanted = narrow.double().std(0, correction=0)
    np.testing.assert_allclose(np.sqrt(square - total**2), wanted, rtol=1e-3)
print(turn, "compared")
"""


@pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton is not installed: it is for GPUs"
)
def test_in_the_interpreter() -> None:
    # Triton decides as it is imported: a process of its own
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-c", _COMPARE],
        env={**os.environ, "PYTHONPATH": path, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[-1] == "compared"

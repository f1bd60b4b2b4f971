"""Watching changes no bit: weights, gradients and random state are those of a plain run."""

from __future__ import annotations

import pytest
from observed import PROGRAMS, fingerprint, run_program, watched

from halfwave.observe import Options

_EVERY_STEP = Options(budget=None, every=1)
_BUDGET = Options()
_SOMETIMES = Options(budget=None, every=3, dense=2)


@pytest.mark.filterwarnings("ignore::UserWarning")  # what the programs themselves provoke
@pytest.mark.parametrize("name", sorted(path.stem for path in PROGRAMS.glob("*.py")))
def test_a_watched_program_computes_the_same_bits(name: str) -> None:
    plain = fingerprint(run_program(name)["result"])
    assert plain == fingerprint(run_program(name)["result"]), "the program is not reproducible"

    for options in (_EVERY_STEP, _BUDGET, _SOMETIMES):
        results: dict[str, str] = {}

        def run(into: dict[str, str] = results) -> None:
            into["seen"] = fingerprint(run_program(name)["result"])

        recording = watched(run, options=options)
        assert results["seen"] == plain, options
        assert recording.sites, "nothing was seen: the comparison proves nothing"


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_program_after_the_watcher_is_as_before() -> None:
    import torch
    from torch import nn

    torch.optim.SGD([torch.zeros(1)])  # torch itself replaces a step when it first makes one
    before = (
        torch.autograd.backward,
        torch.Tensor.backward,
        torch.autograd.graph._engine_run_backward,
        nn.TransformerEncoder.forward,
        nn.MultiheadAttention.forward,
        torch.optim.SGD.step,
        torch.amp.GradScaler.scale,
        torch.no_grad.__enter__,
        torch.inference_mode.__exit__,
        len(torch.overrides._get_current_function_mode_stack()),
    )
    watched(run_program, "mlp")
    after = (
        torch.autograd.backward,
        torch.Tensor.backward,
        torch.autograd.graph._engine_run_backward,
        nn.TransformerEncoder.forward,
        nn.MultiheadAttention.forward,
        torch.optim.SGD.step,
        torch.amp.GradScaler.scale,
        torch.no_grad.__enter__,
        torch.inference_mode.__exit__,
        len(torch.overrides._get_current_function_mode_stack()),
    )
    assert after == before

"""References to tensors that let torch swap them."""

from __future__ import annotations

import gc
import weakref

import torch
from torch import nn

import halfwave
from halfwave.observe.references import reference


def test_it_leads_to_a_tensor_as_long_as_that_lives():
    tensor = torch.ones(3)
    found = reference(tensor)
    assert found() is tensor
    assert reference(tensor) is found
    del tensor
    assert found() is None


def test_one_for_each_tensor_and_none_for_what_takes_its_place():
    found = []
    for value in range(100):
        tensor = torch.full((2,), float(value))
        found.append(reference(tensor))
        assert found[-1]() is tensor
        del tensor
    gc.collect()
    assert all(each() is None for each in found)


def test_what_is_computed_has_a_plain_one():
    computed = torch.ones(2, requires_grad=True) * 2
    assert isinstance(reference(computed), weakref.ref)


def test_tensors_are_swapped_and_found_again():
    left, right = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.ones(2))
    found = reference(left), reference(right)
    torch.utils.swap_tensors(left, right)
    assert left.tolist() == [1, 1]
    assert all(one() is two for one, two in zip(found, (left, right), strict=True))
    del left
    assert found[0]() is None


def test_a_module_whose_parameters_are_swapped_when_it_is_converted():
    model = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    before = torch.__future__.get_swap_module_params_on_conversion()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        with halfwave.watch(every=1) as run:
            for kind in (torch.float32, torch.float64):
                model.to(kind)
                for _ in range(3):
                    optimizer.zero_grad()
                    model(torch.randn(16, 4, dtype=kind)).square().mean().backward()
                    optimizer.step()
                optimizer.zero_grad()
    finally:
        torch.__future__.set_swap_module_params_on_conversion(before)
    assert run.recording.info.steps == 6
    assert {p.name for p in run.recording.parameters} >= {"0.weight", "3.bias"}
    model.float()  # the watching has ended; what it kept has not

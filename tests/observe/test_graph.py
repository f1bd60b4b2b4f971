"""The feature dimension of a tensor, read off the graph behind it."""

import pytest
import torch
from torch import nn

from halfwave.observe.graph import origin

X = torch.randn(4, 6)
SEQUENCE = torch.randn(2, 3, 6)
IMAGE = torch.randn(2, 3, 8, 8)


def conv():
    torch.manual_seed(0)
    return nn.Conv2d(3, 7, 3)


def linear(bias=True):
    return nn.Linear(6, 5, bias=bias)


W = torch.randn(6, 5, requires_grad=True)
W_FIRST = torch.randn(5, 6, requires_grad=True)


def complex_product():
    return X.to(torch.complex64) @ torch.randn(6, 5, dtype=torch.complex64, requires_grad=True)


def attention_heads():
    q = nn.Linear(6, 6)(SEQUENCE).view(2, 3, 2, 3).transpose(1, 2)
    return q @ q.transpose(-1, -2)


@pytest.mark.parametrize(
    ("make", "dim"),
    [
        (lambda: linear()(X), 1),
        (lambda: linear(bias=False)(X), 1),
        (lambda: linear()(SEQUENCE), 2),
        (lambda: linear(bias=False)(SEQUENCE), 2),
        (lambda: X @ W + torch.zeros(5, requires_grad=True), 1),
        (lambda: W_FIRST @ X.T, 0),
        (lambda: W_FIRST @ X[0], 0),
        (lambda: SEQUENCE @ W, 2),
        (lambda: conv()(IMAGE), 1),
        (lambda: conv()(IMAGE[0]), 0),
        (lambda: nn.BatchNorm2d(7)(conv()(IMAGE)), 1),
        (lambda: nn.BatchNorm2d(7).eval()(conv()(IMAGE)), 1),
        (lambda: nn.InstanceNorm2d(7)(conv()(IMAGE)), 1),
        (lambda: nn.GroupNorm(1, 7)(conv()(IMAGE)), 1),
        (lambda: nn.LayerNorm(5)(linear()(X)), 1),
        (lambda: nn.MaxPool2d(2)(conv()(IMAGE)), 1),
        (lambda: conv()(IMAGE).mean((2, 3)), 1),
        (lambda: conv()(IMAGE).mean((2, 3), keepdim=True), 1),
        (lambda: nn.Conv1d(3, 7, 3)(torch.randn(2, 3, 9)).permute(0, 2, 1), 2),
        (lambda: nn.Conv1d(3, 7, 3)(torch.randn(2, 3, 9)).transpose(1, 2), 2),
        (lambda: nn.ConvTranspose2d(3, 7, 2)(IMAGE), 1),
        (lambda: conv()(IMAGE.to(memory_format=torch.channels_last)), 1),
        (lambda: linear()(X) + linear()(X), 1),
        (lambda: nn.Dropout()(linear()(X)), 1),
        (lambda: linear()(X) * 3 + 1, 1),
        (lambda: complex_product().imag, 1),
        (lambda: torch.view_as_real(complex_product()), 1),
        (lambda: torch.view_as_complex(torch.view_as_real(complex_product())), 1),
        (lambda: torch.cat([linear()(X), linear()(X)], 1), 1),
        (lambda: linear()(SEQUENCE)[:, 0], 1),
        (lambda: nn.utils.parametrizations.weight_norm(linear())(X), 1),
        (lambda: nn.utils.parametrizations.orthogonal(linear())(nn.Linear(6, 6)(X).relu()), 1),
        (lambda: nn.Bilinear(6, 6, 5)(X, X), 1),
        (lambda: nn.Embedding(10, 5)(torch.tensor([1, 2])), 1),
        (lambda: nn.Upsample(scale_factor=2)(conv()(IMAGE)), 1),
        (lambda: linear()(X).bfloat16(), 1),
        (lambda: linear()(X).unsqueeze(1), 2),
        (lambda: conv()(IMAGE).flatten(1), 1),
    ],
)
def test_feature_dimension(make, dim):
    assert origin(make().grad_fn)[0] == dim


def test_what_is_ambiguous_is_not_guessed():
    assert origin(attention_heads().grad_fn)[0] is None
    assert origin((X.clone().requires_grad_() * 2).grad_fn) == (None, None)
    assert origin(None) == (None, None)


def test_the_weight_is_that_of_the_nearest_layer():
    first, second = linear(), nn.Linear(5, 4)
    assert origin(second(first(X).relu()).grad_fn)[1] is second.weight


def test_a_frozen_layer_behind_an_input_that_takes_gradients():
    net = nn.Sequential(nn.Linear(6, 9), nn.ReLU()).requires_grad_(requires_grad=False)
    assert origin(net(X.clone().requires_grad_()).grad_fn)[0] != 0


def test_a_long_chain_of_sums_is_walked_a_step_at_a_time():
    first, block = linear(), nn.Linear(5, 5)
    stream = first(X)
    for _ in range(500):  # each site asks, where it is applied
        assert origin(stream.grad_fn) == (1, first.weight)
        stream = stream + block(stream)

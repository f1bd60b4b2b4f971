"""Programs that take torch apart themselves: each does the same when it is watched."""

from __future__ import annotations

import contextlib
import io
import re
import threading
import warnings
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 – everybody's name for it
from observed import watched
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call, grad, hessian, jacrev, vmap
from torch.utils._python_dispatch import TorchDispatchMode

import halfwave

if TYPE_CHECKING:
    from collections.abc import Callable


def _compared(program: Callable[[], Any]) -> Any:
    """Run a program plainly and watched, compare what it returns, and give that back."""
    torch.manual_seed(0)
    plain = program()
    found: list[Any] = []

    def run() -> None:
        torch.manual_seed(0)
        found.append(program())

    watched(run)
    assert found == [plain]
    return plain


def _net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 1))


def _train(net: Callable[[Tensor], Tensor], parameters: Any, steps: int = 4) -> list[float]:
    optimizer = torch.optim.SGD(parameters, lr=0.1)
    losses: list[float] = []
    for _ in range(steps):
        loss = net(torch.randn(5, 4)).pow(2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return losses


def test_functions_of_torch_that_the_program_has_replaced() -> None:
    names = ("softmax", "scaled_dot_product_attention", "linear", "relu")

    def program() -> tuple[list[float], dict[str, int]]:
        counts = dict.fromkeys(names, 0)

        def replacement(name: str) -> Callable[..., Any]:
            original = getattr(F, name)

            def own(*args: Any, **kwargs: Any) -> Any:
                counts[name] += 1
                return original(*args, **kwargs) * 1.25

            return own

        with pytest.MonkeyPatch.context() as patch:
            for name in names:
                patch.setattr(F, name, replacement(name))
            attention, net = nn.MultiheadAttention(4, 2, batch_first=True), _net()

            def forward(x: Tensor) -> Tensor:
                y, weights = attention(x[None], x[None], x[None], need_weights=True)
                z, _ = attention(y, y, y, need_weights=False)
                return net(z[0]) + weights.sum()

            losses = _train(forward, [*attention.parameters(), *net.parameters()])
        return losses, counts

    _, seen = _compared(program)
    assert all(seen.values())


# torch's own, on the first use of functorch
@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_function_transforms() -> None:
    def program() -> list[float]:
        net, x = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 1)), torch.randn(5, 4)
        parameters = dict(net.named_parameters())

        def loss(values: dict[str, Tensor], rows: Tensor) -> Tensor:
            return functional_call(net, values, (rows,)).pow(2).mean()

        single = grad(loss)(parameters, x)
        each = vmap(grad(loss), in_dims=(None, 0))(parameters, x)
        others = (
            jacrev(lambda z: torch.relu(z) ** 2)(x[0]),
            hessian(lambda z: z.sigmoid().sum())(x[0]),
        )
        return [
            t.detach().double().sum().item() for t in (*single.values(), *each.values(), *others)
        ]

    _compared(program)


def test_a_tensor_subclass_is_not_asked_by_us() -> None:
    calls: list[str] = []

    class Own(Tensor):
        @classmethod
        def __torch_function__(
            cls, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            calls.append(func.__name__)
            return super().__torch_function__(func, types, args, kwargs or {})

    def program() -> tuple[list[float], list[str]]:
        calls.clear()
        net = _net()
        losses = _train(lambda x: net(x.as_subclass(Own)), net.parameters())
        return losses, list(calls)

    _compared(program)


def test_a_dispatch_mode_sees_the_programs_operations_alone() -> None:
    operations: list[str] = []

    class Own(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            operations.append(str(func))
            return func(*args, **(kwargs or {}))

    def program() -> list[str]:
        operations.clear()
        net = _net()
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(3):
            with Own():
                optimizer.zero_grad()
                net(torch.ones(5, 4)).sum().backward()
                optimizer.step()
        return list(operations)

    assert "aten.relu.default" in _compared(program)


def test_a_subclass_aliases_what_torch_has_computed() -> None:
    class Own(torch.Tensor):
        pass

    net = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 1))
    recording = watched(lambda: _train(lambda x: net(x.as_subclass(Own)), net.parameters()))
    ways = [link.operations for layer in recording.layers for link in layer.links]
    assert [way for way in ways if way] == [("relu",), ("tanh",)]


def test_tensors_without_data() -> None:
    from torch._subclasses.fake_tensor import FakeTensorMode

    def program() -> list[tuple[int, ...]]:
        shapes: list[tuple[int, ...]] = []
        for context in (FakeTensorMode(), torch.device("meta")):
            with context:
                net = _net()
                out = net(torch.randn(3, 4))
                torch.maximum(out, torch.zeros(1)).sum().backward()
                shapes.append(tuple(out.shape))
        nothing = torch.relu(torch.randn(0, 4, requires_grad=True))
        nothing.sum().backward()
        torch.relu(torch.arange(3))
        torch.tanh(torch.randn(2, dtype=torch.complex64))
        torch.relu(torch.randn(3, 4).to_sparse())
        return shapes

    _compared(program)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors() -> None:
    def program() -> list[float]:
        nested = torch.nested.nested_tensor([torch.ones(2, 4), torch.ones(3, 4)])
        return [part.sum().item() for part in torch.relu(nested).unbind()]

    _compared(program)


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_trace_holds_the_programs_operations_alone() -> None:
    def program() -> list[str]:
        # a TracerWarning for what we do would fail this test
        traced = torch.jit.trace(_net(), torch.randn(2, 4))
        _train(traced, traced.parameters())
        return [node.kind() for node in traced.inlined_graph.nodes()]

    assert "aten::relu" in _compared(program)


def test_saving_what_an_activation_gave() -> None:
    def program() -> int:
        net, buffer = _net(), io.BytesIO()
        torch.save(net[:2](torch.ones(5, 4)), buffer)  # a warning for our hook would fail this
        return len(buffer.getvalue())

    _compared(program)


def test_threads_that_train() -> None:
    def program() -> list[float]:
        results: dict[int, float] = {}

        def work(number: int) -> None:
            generator = torch.Generator().manual_seed(number)
            weight = torch.randn(4, 6, generator=generator).requires_grad_()
            for _ in range(30):
                loss = torch.relu(torch.randn(5, 4, generator=generator) @ weight).pow(2).mean()
                loss.backward()
                with torch.no_grad():
                    weight -= 0.01 * weight.grad
                    weight.grad = None
            results[number] = weight.sum().item()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [results[number] for number in sorted(results)]

    _compared(program)


def test_modes_are_left_in_the_order_of_the_program() -> None:
    class Own(torch.overrides.TorchFunctionMode):
        def __torch_function__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            names.append(getattr(func, "__name__", ""))
            return func(*args, **(kwargs or {}))

    names: list[str] = []

    def program() -> tuple[list[float], list[str]]:
        names.clear()
        with torch.device("cpu"):
            net = _net()
            with Own():
                losses = _train(net, net.parameters())
            with pytest.raises(RuntimeError), Own():
                net(torch.randn(5, 3))
            losses += _train(net, net.parameters())
        return losses, list(names)

    _, seen = _compared(program)
    assert "relu" in seen


def test_a_training_after_one_with_fake_tensors_is_watched() -> None:
    """The fake parameters live on, and have gradients without values."""

    def step(net: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        net(torch.randn(5, 4)).pow(2).mean().backward()
        optimizer.step()

    with halfwave.watch() as run:
        with FakeTensorMode():
            fake = _net()
            optimizer = torch.optim.SGD(fake.parameters(), lr=0.1)
            for _ in range(4):
                step(fake, optimizer)
        net = _net()
        net(torch.randn(3, 4)).sum().backward()  # before there is an optimizer
        optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
        for _ in range(6):
            step(net, optimizer)
    assert run.recording.info.watching_ended is None
    assert run.recording.info.steps == 10
    assert len(list(fake.parameters())) == 4


@pytest.mark.parametrize("steps", [1, 2, 12, 30])
def test_a_trained_network_is_traced(steps: int) -> None:
    """TorchScript names values by the frames that call torch, and traces twice to compare."""

    def program() -> str:
        net = _net()
        _train(net, net.parameters(), steps)
        traced: Any = torch.jit.trace(net, torch.randn(2, 4))
        _train(traced, net.parameters(), 2)
        return re.sub(r"___torch_mangle_\d+\.", "", f"{traced.graph}\n{traced.code}")

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is on its way out
        _compared(program)


def test_a_dispatch_mode_that_comes_and_goes_sees_no_flush() -> None:
    class Counts(TorchDispatchMode):
        seen = 0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None):
            type(self).seen += 1
            return func(*args, **(kwargs or {}))

    def program() -> int:
        Counts.seen = 0
        net = _net()
        optimizer = torch.optim.Adam(net.parameters())
        for step in range(20):
            with Counts() if step % 2 else contextlib.nullcontext():
                optimizer.zero_grad()
                net(torch.randn(5, 4)).pow(2).mean().backward()
                optimizer.step()
        return Counts.seen

    assert _compared(program) > 0


def test_nested_tensors_of_either_layout() -> None:
    def program() -> list[float]:
        layer = nn.Linear(4, 6)
        losses: list[float] = []
        for layout in (torch.strided, torch.jagged):
            rows = [torch.randn(3, 4), torch.randn(5, 4)]
            given = torch.nested.nested_tensor(rows, layout=layout)
            out = torch.relu(layer(given)).to_padded_tensor(0.0)
            out.sum().backward()
            losses.append(out.sum().item())
        return losses

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a prototype
        _compared(program)


def test_nothing_of_a_modules_own_is_called_to_name_its_parameters() -> None:
    class Guarded(nn.Linear):
        def parameters(self, recurse: bool = True):
            assert recurse, "a module that a library has patched may refuse"
            return super().parameters(recurse)

        def named_parameters(self, *args, recurse: bool = True, **kwargs):
            assert recurse
            return super().named_parameters(*args, recurse=recurse, **kwargs)

    def program() -> None:
        net = nn.Sequential(Guarded(4, 8), nn.ReLU(), nn.Linear(8, 1))
        for _ in range(3):
            net(torch.randn(8, 4)).sum().backward()
            net[0].weight = nn.Parameter(net[0].weight.detach() * 0.9)

    assert len(watched(program).sites) == 1


def test_losses_inside_a_function_transform_are_named() -> None:
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    parameters = dict(net.named_parameters())
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

    def loss_of(values: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(net, values, (x,)).square().mean()

    def program() -> None:
        for _ in range(3):
            slopes, _ = torch.func.grad_and_value(loss_of)(parameters, torch.randn(16, 4))
            for name, parameter in parameters.items():
                parameter.grad = slopes[name]
            optimizer.step()

    recording = watched(program)
    # what other tests of this process have scripted is told as well
    assert "losses inside function transforms (torch.func.grad)" in {
        item.what for item in recording.unobserved
    }
    assert [site.activation for site in recording.sites] == ["relu"]

"""Five autoencoders as people build them, small and really trained: linear, a tanh network,
convolutional, recurrent, and a transformer.

Each reads a row of d numbers (the last three as a sequence), passes k numbers, and is trained for a
few steps of Adam on the squared error.  Training starts at the mean: the last layer's weights are
zero and the data are centred, so that every step that helps gets below the best constant.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .tensors import torch
from .training import adam, one_thread

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

__all__ = ["NARROW", "WIDE", "Build", "convolutional", "linear", "multilayer", "recurrent"]
__all__ += ["trained", "transformer"]

Build = Callable[[int, int], "Module"]

WIDE = 8
NARROW = 4


def linear(d: int, k: int) -> Module:
    nn = torch.nn
    return nn.Sequential(nn.Linear(d, k), nn.Linear(k, d))


def multilayer(d: int, k: int) -> Module:
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(d, WIDE), nn.Tanh(), nn.Linear(WIDE, k),
        nn.Linear(k, WIDE), nn.Tanh(), nn.Linear(WIDE, d),
    )  # fmt: skip


def convolutional(d: int, k: int) -> Module:
    """The row is a signal of one channel; the code is flat."""
    nn = torch.nn
    return nn.Sequential(
        nn.Unflatten(1, (1, d)), nn.Conv1d(1, NARROW, 3, padding=1), nn.Tanh(), nn.Flatten(),
        nn.Linear(NARROW * d, k), nn.Linear(k, NARROW * d), nn.Tanh(),
        nn.Unflatten(1, (NARROW, d)), nn.Conv1d(NARROW, 1, 3, padding=1), nn.Flatten(),
    )  # fmt: skip


def recurrent(d: int, k: int) -> Module:
    """The last state is the code; the decoder is handed it at every step, and nothing else."""

    class Recurrent(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.reader = torch.nn.RNN(1, WIDE, batch_first=True)
            self.code = torch.nn.Linear(WIDE, k)
            self.writer = torch.nn.RNN(k, WIDE, batch_first=True)
            self.head = torch.nn.Linear(WIDE, 1)

        def forward(self, x: Tensor) -> Tensor:
            _, last = self.reader(x.unsqueeze(2))
            code = self.code(last[0])
            states, _ = self.writer(code.unsqueeze(1).expand(-1, d, -1))
            return torch.as_tensor(self.head(states).squeeze(2))

    return Recurrent()


def transformer(d: int, k: int) -> Module:
    """Each number is a token with a learnt place; the mean token is the code."""

    class Transformer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            nn = torch.nn
            self.token, self.places = nn.Linear(1, WIDE), nn.Parameter(torch.randn(d, WIDE))
            self.reader, self.writer = _attention(), _attention()
            self.code, self.spread = nn.Linear(WIDE, k), nn.Linear(k, d * WIDE)
            self.head = nn.Linear(WIDE, 1)

        def forward(self, x: Tensor) -> Tensor:
            code = self.code(self.reader(self.token(x.unsqueeze(2)) + self.places).mean(dim=1))
            tokens = self.writer(self.spread(code).view(-1, d, WIDE))
            return torch.as_tensor(self.head(tokens).squeeze(2))

    return Transformer()


def _attention() -> Module:
    layer = torch.nn.TransformerEncoderLayer
    return layer(WIDE, nhead=2, dim_feedforward=WIDE, dropout=0.0, batch_first=True)


# -- training -------------------------------------------------------------------------------------


def trained(
    build: Build,
    x: Tensor,
    k: int,
    *,
    steps: int = 6,
    double: bool = False,
    rate: float = 0.03,
    targets: Callable[[Tensor], Tensor] | None = None,
) -> Module:
    """The network, trained on the rows about their mean and in units of their size, and what it
    returns brought back to the data's units; in float32, or `double`.  `targets` are the rows
    themselves, unless somebody errs."""
    with one_thread(), torch.enable_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # which of all devices is enough
        net, z, mean, size = started(build, x, k, double=double)
        wanted = z if targets is None else targets(z)

        def loss(_: int) -> Tensor:
            return ((net(z) - wanted) ** 2).sum(dim=1).mean()

        adam(list(net.parameters()), loss, range(steps), rate=rate, let_down=False)
        return rescaled(net, mean, size).eval()


def started(
    build: Build, x: Tensor, k: int, *, double: bool = False
) -> tuple[Module, Tensor, Tensor, float]:
    """A network that returns zero, the rows to train on, their mean, and their size."""
    mean = x.double().mean(dim=0)
    centred = x.double() - mean
    size = float((centred**2).mean().sqrt()) or 1.0
    net = build(x.shape[1], k).to(torch.float64 if double else torch.float32)
    with torch.no_grad():
        for parameter in last_layer(net).parameters():
            parameter.zero_()
    return net, (centred / size).to(next(net.parameters()).dtype), mean, size


def last_layer(net: Module) -> Module:
    kinds = torch.nn.Linear, torch.nn.Conv1d
    return [layer for layer in net.modules() if isinstance(layer, kinds)][-1]


def rescaled(net: Module, mean: Tensor, size: float) -> Module:
    """The network between a change of units and its inverse."""

    class Rescaled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net
            self.register_buffer("mean", mean)

        def forward(self, x: Tensor) -> Tensor:
            z = ((x - self.mean) / size).to(next(self.net.parameters()).dtype)
            return torch.as_tensor(self.net(z).to(x.dtype) * size + self.mean)

    return Rescaled()

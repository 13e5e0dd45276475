r"""The harness owns the random numbers: expectations over them are finite sums, without noise.

Code that draws standard normal numbers is run on nodes in their place.  With $K$ numbers and $R$
the least power of four that is at least $K$, the nodes $\pm\sqrt R\,e_i$, of weight $1/2R$ each,
and the origin, of weight $1 - K/R$, integrate every polynomial of degree three exactly against
$N(0, I_K)$; nodes and weights are dyadic, so that nothing is rounded before the code itself
rounds.  Where the integrand is no quadratic, a product of Gauss--Hermite rules takes their place.

Interception is by a dispatch mode, below autograd: what reaches the code has the gradient that the
sampling function gives it, which for `torch.normal(mu, std)` is none.

    record = record_draws(call)                       # how many numbers, of which shapes
    for node in nodes(record):
        with feed(node):
            ...                                        # run it, differentiate it
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["LARGEST_RULE", "Node", "NotOwnable", "Record", "draws", "expectation", "feed", "nodes"]
__all__ += ["record_draws"]

LARGEST_RULE = 20_000  # nodes; a rule that needs more is refused


class NotOwnable(RuntimeError):
    """The code draws random numbers that cubature cannot replace."""

    def __init__(self, expected: str, received: str, remedy: str) -> None:
        self.expected, self.received, self.remedy = expected, received, remedy
        super().__init__(f"expected: {expected}\nreceived: {received}\nremedy:   {remedy}")


class Record(NamedTuple):
    """The shapes of the standard normal draws that one run makes, in order."""

    shapes: tuple[tuple[int, ...], ...]

    @property
    def numbers(self) -> int:
        return sum(int(np.prod(shape, dtype=int)) for shape in self.shapes)


class Node(NamedTuple):
    """The numbers that one run is fed, in the order of its draws, and the run's weight."""

    numbers: np.ndarray
    weight: float


# -- rules ----------------------------------------------------------------------------------------


def nodes(record: Record, *, order: int | None = None) -> tuple[Node, ...]:
    """A rule for as many numbers as `record` says: exact to degree three, or, where an `order` is
    given, the product of Gauss--Hermite rules that is exact to degree 2*order - 1 in each number.

    Raises `NotOwnable` where the product would have more than `LARGEST_RULE` nodes.
    """
    count = record.numbers
    if order is None or count == 0:
        return _degree_three(count)
    if order**count > LARGEST_RULE:
        raise NotOwnable(
            f"at most {LARGEST_RULE} runs", f"{order}^{count} runs, for {count} draws",
            "pose a smaller problem, or a lower order",
        )  # fmt: skip
    points, weights = np.polynomial.hermite_e.hermegauss(order)
    weights = weights / weights.sum()
    picks = itertools.product(range(order), repeat=count)
    return tuple(Node(points[list(p)], float(np.prod(weights[list(p)]))) for p in picks)


def _degree_three(count: int) -> tuple[Node, ...]:
    if count == 0:
        return (Node(np.zeros(0), 1.0),)
    radius = 1
    while radius * radius < count:
        radius *= 2
    share = 1 / (2 * radius * radius)
    found = [
        Node(sign * radius * np.eye(1, count, i)[0], share)
        for i in range(count)
        for sign in (1.0, -1.0)
    ]
    left = 1 - 2 * count * share
    return (*found, Node(np.zeros(count), left)) if left else tuple(found)


# -- interception ---------------------------------------------------------------------------------

aten = torch.ops.aten


class _Owned(TorchDispatchMode):
    """Replaces standard normal draws by `numbers`; without numbers, by zeros, and notes shapes."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # else the first operation imports torch._dynamo, which takes seconds

    def __init__(self, numbers: np.ndarray | None) -> None:
        super().__init__()
        self.numbers, self.used = numbers, 0
        self.shapes: list[tuple[int, ...]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if _draws_nothing(func):
            return func(*args, **(kwargs or {}))
        draw = DRAWS.get(func.overloadpacket)
        if draw is not None:
            return draw(self.fill, *args, **_without_generator(kwargs or {}))
        if _draws_otherwise(func, args, kwargs or {}):
            raise NotOwnable(
                "standard normal draws only (randn, randn_like, normal, normal_, rsample)",
                f"a draw by {func}",
                "replace it by a function of standard normal numbers, or switch it off "
                "(dropout: call eval())",
            )
        return func(*args, **(kwargs or {}))

    def fill(self, like: torch.Tensor) -> torch.Tensor:
        """The next numbers, in the shape, dtype and place of `like`."""
        if like.is_complex():
            raise NotOwnable("real draws", "complex ones", "draw the two parts apart")
        shape, size = tuple(like.shape), like.numel()
        self.shapes.append(shape)
        if self.numbers is None:
            return torch.zeros_like(like)
        taken = self.numbers[self.used : self.used + size]
        self.used += size
        if len(taken) < size:
            raise _other_number(len(self.numbers), "more")
        return like.new_tensor(taken.reshape(shape))


def _other_number(expected: int, received: str) -> NotOwnable:
    return NotOwnable(
        f"{expected} draws in every run", f"{received} of them in one run",
        "let the number of draws depend on shapes only (no rejection sampling)",
    )  # fmt: skip


def _without_generator(kwargs: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kwargs.items() if name != "generator"}


def _randn(fill: Any, size: Any, *rest: Any, **named: Any) -> torch.Tensor:
    named.pop("names", None)
    return fill(torch.empty(size, **named))


def _randn_like(fill: Any, like: torch.Tensor, **named: Any) -> torch.Tensor:
    return fill(torch.empty_like(like, **named))


def _normal_in_place(
    fill: Any, itself: torch.Tensor, mean: float = 0.0, std: float = 1.0
) -> torch.Tensor:
    return itself.copy_(mean + std * fill(itself))


def _normal(fill: Any, mean: Any = 0.0, std: Any = 1.0, *rest: Any, **named: Any) -> torch.Tensor:
    named.pop("out", None)
    if rest or named:  # normal(mean, std, size, dtype=...)
        like = torch.empty(rest[0] if rest else named.pop("size"), **named)
    else:
        tensors = [x for x in (mean, std) if isinstance(x, torch.Tensor)]
        like = torch.empty_like(sum(tensors[1:], start=tensors[0]))
    return mean + std * fill(like)


DRAWS: dict[Any, Callable[..., torch.Tensor]] = {
    aten.randn: _randn,
    aten.randn_like: _randn_like,
    aten.normal_: _normal_in_place,
    aten.normal: _normal,
    aten.normal_functional: lambda fill, itself, mean=0.0, std=1.0: mean + std * fill(itself),
}


@cache
def _draws_nothing(func: Any) -> bool:
    """Whether an operation never uses random numbers, as most do not."""
    return func.overloadpacket not in DRAWS and torch.Tag.nondeterministic_seeded not in func.tags


def _draws_otherwise(func: Any, args: Any, kwargs: Any) -> bool:
    """Whether a random operation uses random numbers here; a dropout switched off does not."""
    name = func.overloadpacket.__name__
    if name == "native_dropout":
        return bool(args[1]) and args[2] is not False
    if "attention" in name:
        return float(kwargs.get("dropout_p", args[3] if len(args) > 3 else 0.0)) != 0.0
    return True


# -- use ------------------------------------------------------------------------------------------


@contextmanager
def feed(node: Node) -> Iterator[None]:
    """Within, standard normal draws yield the node's numbers; leaving, all must be used.

    Raises `NotOwnable` at any other draw, and where the run makes fewer or more draws.
    """
    mode = _Owned(np.asarray(node.numbers))
    with mode:
        yield
    if mode.used != len(node.numbers):
        raise _other_number(len(node.numbers), str(mode.used))


def record_draws(call: Callable[[], Any], *, twice: bool = True) -> Record:
    """Run `call` once, with zeros for its draws, and say what it drew.

    With `twice`, a second run on the same zeros must return the same, or something draws unseen:
    NumPy's new generators, for instance, or an operating system's.  Raises `NotOwnable`.
    """
    mode = _Owned(None)
    with _unseen_generators_at_rest(), mode:
        first = call()
    record = Record(tuple(mode.shapes))
    if not twice:
        return record
    with feed(Node(np.zeros(record.numbers), 1.0)):
        second = call()
    if not _same(first, second):
        raise NotOwnable(
            "the same output from the same draws", "two outputs from two equal runs",
            "draw with torch, so that the draws can be seen, and keep no state between calls",
        )  # fmt: skip
    return record


def draws(call: Callable[[], Any]) -> int:
    """How many standard normal numbers one run of `call` draws."""
    return record_draws(call).numbers


def expectation(call: Callable[[], Any], *, order: int | None = None) -> tuple[np.ndarray, ...]:
    """The exact expectation of what `call` returns, a tensor or a tuple of them, over its draws.

    It is exact where the output is a polynomial of degree at most three in the draws, or, given an
    `order`, of degree 2*order - 1 in each of them.
    """
    totals: list[np.ndarray] = []
    for node in nodes(record_draws(call), order=order):
        with feed(node):
            output = call()
        parts = [node.weight * part for part in _arrays(output)]
        totals = [a + b for a, b in zip(totals, parts, strict=True)] if totals else parts
    return tuple(totals)


def _arrays(output: Any) -> tuple[np.ndarray, ...]:
    if isinstance(output, (tuple, list)):
        return tuple(array for part in output for array in _arrays(part))
    if isinstance(output, torch.Tensor):
        output = output.detach().double().cpu().numpy()
    return (np.asarray(output, dtype=float),)


def _same(first: Any, second: Any) -> bool:
    pairs = zip(_arrays(first), _arrays(second), strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


@contextmanager
def _unseen_generators_at_rest() -> Iterator[None]:
    """NumPy's and Python's global generators must not move: their draws cannot be replaced."""
    before = _states()
    yield
    for name, state in _states().items():
        if state != before[name]:
            raise NotOwnable(
                "draws by torch",
                f"a draw by {name}, or a seed",
                "draw with torch.randn or an rsample",
            )


def _states() -> dict[str, Any]:
    theirs: Any = np.random.get_state()  # noqa: NPY002 - the generator that others use
    return {"numpy.random": (theirs[1].tobytes(), theirs[2:]), "random": random.getstate()}

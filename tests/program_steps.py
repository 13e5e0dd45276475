"""The steps of the programs: what torch does, and the same by hand."""

# ruff: noqa: E501 (a table of short functions, one step a line)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from programs import (
    MP,
    Index,
    Op,
    Table,
    Tape,
    along,
    common,
    drop,
    indices,
    insert,
    made,
    matrix_product,
    put,
    reduced,
    spread,
    table,
    viewed,
    write,
)

UNARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sigmoid": (torch.sigmoid, lambda x: 1 / (1 + MP.exp(-x))),
    "tanh": (torch.tanh, MP.tanh),
    "sin": (torch.sin, MP.sin),
    "cos": (torch.cos, MP.cos),
    "neg": (torch.neg, lambda x: -x),
    "square": (torch.square, lambda x: x * x),
    "log1p of square": (lambda x: torch.log1p(x * x), lambda x: MP.log(1 + x * x)),
    "root": (lambda x: (x.pow(2) + 1).sqrt(), lambda x: MP.sqrt(x * x + 1)),
    "bell": (lambda x: torch.exp(-x * x), lambda x: MP.exp(-x * x)),
    "quotient": (lambda x: 1 / (2 + x**2), lambda x: 1 / (2 + x * x)),
    "erf": (torch.erf, MP.erf),
    "silu": (F.silu, lambda x: x / (1 + MP.exp(-x))),
    "atan": (torch.atan, MP.atan),
    "rsqrt": (lambda x: torch.rsqrt(x.abs() + 1), lambda x: 1 / MP.sqrt(abs(x) + 1)),
    "logsigmoid": (F.logsigmoid, lambda x: -MP.log(1 + MP.exp(-x))),
    "logit": (lambda x: torch.logit(torch.sigmoid(x / 9)), lambda x: x / 9),
    "cube": (lambda x: (x / 4) ** 3, lambda x: (x / 4) ** 3),
}
KINKED: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "abs": (torch.abs, abs),
    "relu": (F.relu, lambda x: max(x, MP.mpf(0))),
    "leaky": (lambda x: F.leaky_relu(x, 0.1), lambda x: x if x > 0 else x * MP.mpf(0.1)),
    "elu": (F.elu, lambda x: x if x > 0 else MP.exp(x) - 1),
    "gelu": (F.gelu, lambda x: x * MP.erfc(-x / MP.sqrt(2)) / 2),
    "hardtanh": (F.hardtanh, lambda x: min(max(x, MP.mpf(-1)), MP.mpf(1))),
    "sign": (torch.sign, MP.sign),
    "clamp": (lambda x: x.clamp(-0.7, 0.9), lambda x: min(max(x, MP.mpf(-0.7)), MP.mpf(0.9))),
}
BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "add": (torch.add, lambda a, b: a + b),
    "sub": (torch.sub, lambda a, b: a - b),
    "mul": (lambda a, b: a * torch.tanh(b), lambda a, b: a * MP.tanh(b)),
    "div": (lambda a, b: a / (b * b + 1), lambda a, b: a / (b * b + 1)),
    "add scaled": (lambda a, b: torch.add(a, b, alpha=0.3), lambda a, b: a + b * MP.mpf(0.3)),
    "lerp": (lambda a, b: torch.lerp(*torch.broadcast_tensors(a, b), 0.25), lambda a, b: a + (b - a) / 4),
    "logaddexp": (torch.logaddexp, lambda a, b: MP.log(MP.exp(a) + MP.exp(b))),
}  # fmt: skip
KINKED_BINARY: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "maximum": (torch.maximum, max),
    "minimum": (torch.minimum, min),
    "where": (lambda a, b: torch.where(a > b, a, 0.5), lambda a, b: a if a > b else MP.mpf(0.5)),
    "smooth": (lambda a, b: F.smooth_l1_loss(*torch.broadcast_tensors(a, b), reduction="none"), lambda a, b: (a - b) ** 2 / 2 if abs(a - b) < 1 else abs(a - b) - MP.mpf(0.5)),
}  # fmt: skip


def _unary(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    return Op(1, lambda *_: (), torch_does, lambda x: made(x.shape, lambda i: by_hand(x[i])))


def _binary(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    def choose(_: Tape, a: Table, b: Table) -> tuple[Any, ...] | None:
        shape = common(a.shape, b.shape)
        return None if shape is None or len(shape) > 3 else (shape,)

    def ours(a: Table, b: Table, shape: Index) -> Table:
        one, other = spread(a, shape), spread(b, shape)
        return made(shape, lambda i: by_hand(one(i), other(i)))

    return Op(2, choose, lambda a, b, _: torch_does(a, b), ours)


def _axis(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    return (tape.axis(x.shape),) if x.shape else None


def _reduction(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    return Op(1, _axis, torch_does, lambda x, d: reduced(x, d, by_hand))


def _rows(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    return Op(1, _axis, torch_does, lambda x, d: along(x, d, by_hand))


def _variance(row: list[Any]) -> Any:
    middle = MP.fsum(row) / len(row)
    return MP.fsum((v - middle) ** 2 for v in row) / len(row)


def _softmax(row: list[Any]) -> list[Any]:
    whole = MP.fsum(map(MP.exp, row))
    return [MP.exp(v) / whole for v in row]


def _standard(row: list[Any], eps: float) -> list[Any]:
    middle = MP.fsum(row) / len(row)
    return [(v - middle) / MP.sqrt(_variance(row) + MP.mpf(eps)) for v in row]


def _unit(row: list[Any]) -> list[Any]:
    norm = max(MP.sqrt(MP.fsum(v * v for v in row)), MP.mpf(1e-12))
    return [v / norm for v in row]


SMOOTH_ROWS = {
    "sum": _reduction(lambda x, d: x.sum(d), MP.fsum),
    "mean": _reduction(lambda x, d: x.mean(d), lambda r: MP.fsum(r) / len(r)),
    "var": _reduction(lambda x, d: x.var(d, correction=0), _variance),
    "norm": _reduction(lambda x, d: (x * x + 1).norm(dim=d), lambda r: MP.sqrt(MP.fsum((v * v + 1) ** 2 for v in r))),
    "logsumexp": _reduction(lambda x, d: x.logsumexp(d), lambda r: MP.log(MP.fsum(map(MP.exp, r)))),
    "prod": _reduction(lambda x, d: torch.tanh(x).prod(d), lambda r: MP.fprod(map(MP.tanh, r))),
    "softmax": _rows(lambda x, d: x.softmax(d), _softmax),
    "log_softmax": _rows(lambda x, d: x.log_softmax(d), lambda r: [MP.log(v) for v in _softmax(r)]),
    "cumsum": _rows(lambda x, d: x.cumsum(d), lambda r: [MP.fsum(r[: k + 1]) for k in range(len(r))]),
    "flip": _rows(lambda x, d: x.flip(d), lambda r: r[::-1]),
    "roll": _rows(lambda x, d: x.roll(1, d), lambda r: r[-1:] + r[:-1]),
    "repeat rows": _rows(lambda x, d: x.index_select(d, torch.tensor([x.shape[d] - 1, 0, 0])), lambda r: [r[-1], r[0], r[0]]),
    "standardise": _rows(lambda x, d: F.layer_norm(x.movedim(d, -1), (x.shape[d],), eps=0.01).movedim(-1, d), lambda r: _standard(r, 0.01)),
    "one more": _rows(lambda x, d: torch.cat([x, x.narrow(d, 0, 1) * 2], d), lambda r: [*r, r[0] * 2]),
    "normalize": _rows(lambda x, d: F.normalize(x + 3, dim=d), lambda r: _unit([v + 3 for v in r])),
}  # fmt: skip
KINKED_ROWS = {
    "amax": _reduction(lambda x, d: x.amax(d), max),
    "max": _reduction(lambda x, d: x.max(d).values, max),
    "median": _reduction(lambda x, d: x.median(d).values, lambda r: sorted(r)[(len(r) - 1) // 2]),
    "sort": _rows(lambda x, d: x.sort(d).values, sorted),
    "topk": _rows(lambda x, d: x.topk(1, d).values, lambda r: [max(r)]),
    "at largest": _reduction(lambda x, d: x.gather(d, x.argmax(d, keepdim=True)).squeeze(d), max),
    "one norm": _reduction(lambda x, d: x.norm(1, d), lambda r: MP.fsum(map(abs, r))),
}


# -- views ----------------------------------------------------------------------------------------


def _slice(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    if not x.shape:
        return None
    d = tape.axis(x.shape)
    start, step = tape.below(x.shape[d]), 1 + tape.below(2)
    return d, start, step, len(range(start, x.shape[d], step))


def _select(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    if not x.shape:
        return None
    d = tape.axis(x.shape)
    return d, tape.below(x.shape[d])


def _windows(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    if not 1 <= len(x.shape) <= 2 or x.shape[-1] < 2:
        return None
    return (x.shape[-1] - 1,)


VIEWS = {
    "slice": Op(1, _slice, lambda x, d, start, step, _: x[(slice(None),) * d + (slice(start, None, step),)],
        lambda x, d, start, step, n: viewed(x, put(x.shape, d, n), lambda i: put(i, d, start + step * i[d]))),
    "select": Op(1, _select, lambda x, d, k: x.select(d, k),
        lambda x, d, k: viewed(x, drop(x.shape, d), lambda i: insert(i, d, k))),
    "transpose": Op(1, _axis, lambda x, d: x.transpose(0, d),
        lambda x, d: viewed(x, _swap(x.shape, d), lambda i: _swap(i, d))),
    "unsqueeze": Op(1, lambda t, x: (t.below(len(x.shape) + 1),) if len(x.shape) < 3 else None,
        lambda x, d: x.unsqueeze(d), lambda x, d: viewed(x, insert(x.shape, d, 1), lambda i: drop(i, d))),
    "expand": Op(1, lambda _, x: () if len(x.shape) < 3 else None, lambda x: x.expand(2, *x.shape),
        lambda x: viewed(x, (2, *x.shape), lambda i: i[1:])),
    "diagonal": Op(1, lambda _, x: () if len(x.shape) == 2 else None, lambda x: x.diagonal(),
        lambda x: viewed(x, (min(x.shape),), lambda i: (i[0], i[0]))),
    "windows": Op(1, _windows, lambda x, n: x.unfold(-1, n, 1),
        lambda x, n: viewed(x, (*x.shape[:-1], 2, n), lambda i: (*i[:-2], i[-2] + i[-1]))),
    "detach": Op(1, lambda *_: (), lambda x: x.detach(), lambda x: viewed(x, x.shape, lambda i: i)),
}  # fmt: skip


def _swap(i: Index, d: int) -> Index:
    swapped = list(i)
    swapped[0], swapped[d] = swapped[d], swapped[0]
    return tuple(swapped)


# -- several tables -------------------------------------------------------------------------------


def _multiplies(_: Tape, a: Table, b: Table) -> tuple[Any, ...] | None:
    fit = len(a.shape) == len(b.shape) == 2 and a.shape[1] == b.shape[1]
    return () if fit else None


def _turned(x: Table) -> Table:
    return viewed(x, x.shape[::-1], lambda i: i[::-1])


def _labels(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    if len(x.shape) != 2:
        return None
    return ([tape.below(x.shape[1]) for _ in range(x.shape[0])],)


def _cross_entropy(x: Table, labels: list[int]) -> Table:
    rows = [_softmax([x[i, k] for k in range(x.shape[1])]) for i in range(x.shape[0])]
    terms = [-MP.log(row[k]) for row, k in zip(rows, labels, strict=True)]
    return table([MP.fsum(terms) / len(terms)], ())


def _batch_product(a: Table) -> Table:
    return made(
        (a.shape[0], a.shape[1], a.shape[1]),
        lambda i: MP.fsum(a[i[0], i[1], k] * a[i[0], i[2], k] for k in range(a.shape[2])),
    )


def _scattered(x: Table, labels: list[int]) -> Table:
    made_of = dict.fromkeys(indices(x.shape), MP.mpf(0))
    for i, k in enumerate(labels):
        for j in range(x.shape[1]):
            made_of[i, k] += x[i, j]
    return made(x.shape, lambda i: made_of[i])


def _with_logits(a: Table, b: Table) -> Table:
    terms = []
    for i in indices(a.shape):
        p, y = 1 / (1 + MP.exp(-a[i])), 1 / (1 + MP.exp(-b[i]))
        terms.append(-y * MP.log(p) - (1 - y) * MP.log(1 - p))
    return table([MP.fsum(terms) / len(terms)], ())


SEVERAL = {
    "product": Op(2, _multiplies, lambda a, b: a @ b.T, lambda a, b: matrix_product(a, _turned(b))),
    "einsum": Op(2, _multiplies, lambda a, b: torch.einsum("ik,jk->ji", a, b), lambda a, b: matrix_product(b, _turned(a))),
    "bmm": Op(1, lambda _, x: () if len(x.shape) == 3 else None, lambda x: x @ x.mT, _batch_product),
    "outer": Op(2, lambda _, a, b: () if len(a.shape) == len(b.shape) == 1 else None, torch.outer,
        lambda a, b: made(a.shape + b.shape, lambda i: a[i[:1]] * b[i[1:]])),
    "stack": Op(2, lambda _, a, b: () if a.shape == b.shape and len(a.shape) < 3 else None, lambda a, b: torch.stack([a, b]),
        lambda a, b: made((2, *a.shape), lambda i: (a, b)[i[0]][i[1:]])),
    "tril": Op(1, lambda _, x: () if len(x.shape) == 2 else None, torch.tril,
        lambda x: made(x.shape, lambda i: x[i] if i[0] >= i[1] else MP.mpf(0))),
    "cross_entropy": Op(1, _labels, lambda x, k: F.cross_entropy(x, torch.tensor(k)), _cross_entropy),
    "scatter_add": Op(1, _labels, lambda x, k: torch.zeros_like(x).scatter_add(1, torch.tensor(k)[:, None].expand(x.shape), x), _scattered),
    "logits": Op(2, lambda _, a, b: () if a.shape == b.shape else None,
        lambda a, b: F.binary_cross_entropy_with_logits(a, torch.sigmoid(b)), _with_logits),
    "copy": Op(1, lambda *_: (), lambda x: x.clone(), lambda x: made(x.shape, lambda i: x[i])),
}  # fmt: skip


# -- writing --------------------------------------------------------------------------------------


def _into(_: Tape, x: Table, y: Table) -> tuple[Any, ...] | None:
    """The second is written into the first: copied before, if they share memory."""
    if not x.writable() or common(x.shape, y.shape) != x.shape:
        return None
    return (x.buffer is y.buffer,)


def _number(tape: Tape, x: Table) -> tuple[Any, ...] | None:
    return (tape.number(),) if x.writable() else None


def _own(values: Any, shared: bool) -> Any:
    return values.clone() if shared else values


def _written(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    def ours(x: Table, y: Table, _: bool) -> None:
        other = spread(y, x.shape)
        write(x, lambda i: by_hand(x[i], other(i)))

    def theirs(x: Any, y: Any, shared: bool) -> None:
        torch_does(x, _own(y, shared))

    return Op(2, _into, theirs, ours)


def _numbered(torch_does: Callable[..., Any], by_hand: Callable[..., Any]) -> Op:
    def ours(x: Table, c: float) -> None:
        write(x, lambda i: by_hand(x[i], MP.mpf(c)))

    def theirs(x: Any, c: float) -> None:
        torch_does(x, c)

    return Op(1, _number, theirs, ours)


WRITES = {
    "add_": _written(lambda x, y: x.add_(y), lambda a, b: a + b),
    "mul_": _written(lambda x, y: x.mul_(torch.tanh(y)), lambda a, b: a * MP.tanh(b)),
    "sub_": _written(lambda x, y: x.sub_(y, alpha=0.7), lambda a, b: a - b * MP.mpf(0.7)),
    "copy_": _written(lambda x, y: x.copy_(y), lambda _, b: b),
    "fill_": _numbered(lambda x, c: x.fill_(c), lambda _, c: c),
    "add number_": _numbered(lambda x, c: x.add_(c), lambda a, c: a + c),
    "mul number_": _numbered(lambda x, c: x.mul_(c), lambda a, c: a * c),
    "sigmoid_": _numbered(lambda x, _: x.sigmoid_(), lambda a, _: 1 / (1 + MP.exp(-a))),
    "zero_": _numbered(lambda x, _: x.zero_(), lambda *_: MP.mpf(0)),
}
KINKED_WRITES = {
    "masked_fill_": _numbered(lambda x, c: x.masked_fill_(x > c, c), min),
    "set where": _numbered(lambda x, c: x.__setitem__(x < c, 1.5), lambda a, c: MP.mpf(1.5) if a < c else a),
    "relu_": _numbered(lambda x, _: x.relu_(), lambda a, _: max(a, MP.mpf(0))),
    "clamp_": _numbered(lambda x, c: x.clamp_(max=c), min),
    "elu_": _numbered(lambda x, _: F.elu_(x), lambda a, _: a if a > 0 else MP.exp(a) - 1),
}  # fmt: skip

SMOOTH: dict[str, Op] = {
    **{name: _unary(*pair) for name, pair in UNARY.items()},
    **{name: _binary(*pair) for name, pair in BINARY.items()},
    **SMOOTH_ROWS, **{k: v for k, v in VIEWS.items() if k != "detach"}, **SEVERAL, **WRITES,
}  # fmt: skip
ALL: dict[str, Op] = {
    **SMOOTH, **{name: _unary(*pair) for name, pair in KINKED.items()},
    **{name: _binary(*pair) for name, pair in KINKED_BINARY.items()},
    **KINKED_ROWS, **KINKED_WRITES, "detach": VIEWS["detach"],
}  # fmt: skip

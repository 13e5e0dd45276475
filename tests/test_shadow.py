"""The shadow: what it covers, and that nothing takes its twin away unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tightframe.checks import shadow_operations, shadow_twin
from tightframe.checks.shadow import Shadow, shadow_mode, without_escapes
from tightframe.checks.twins import EXACT as mp
from tightframe.checks.twins import Lost, exact, native, rounded

X = torch.tensor([[0.3, -1.2, 0.7], [2.1, 0.4, -0.6]], dtype=torch.float64)
Y = torch.tensor([[1.1, 0.2, -0.9], [0.5, -1.4, 0.8]], dtype=torch.float64)
LABELS = torch.tensor([2, 0])
WEIGHTS = torch.tensor([0.3, 1.7, 2.2], dtype=torch.float64)
CLOSE = mpmath.mpf(10) ** -45


def under(code: Callable[..., Any], *inputs: Any) -> tuple[Shadow, Any]:
    shadow = Shadow()
    with without_escapes(shadow), shadow_mode(shadow):
        return shadow, code(*inputs)


def spd(x: Any) -> Any:
    return x @ x.mT + 2 * torch.eye(x.shape[-2], dtype=x.dtype)


COVERED: dict[str, Callable[[Any, Any], Any]] = {
    "cholesky": lambda x, y: torch.linalg.cholesky(spd(x)) * y[0, 0],
    "cholesky of a batch": lambda x, y: torch.linalg.cholesky(spd(torch.stack([x, y]))),
    "inverse": lambda x, y: torch.linalg.inv(x[:, :2] + y[:, :2]),
    "determinant": lambda x, y: torch.linalg.det(x[:, :2] @ y[:, :2]),
    "transposed determinant": lambda x, y: torch.linalg.det(spd(x).mT.contiguous().mT),
    "log-determinant": lambda x, y: torch.linalg.slogdet(spd(x)).logabsdet + y.sum(),
    "logdet": lambda x, y: torch.logdet(spd(x)),
    "linear system": lambda x, y: torch.linalg.solve(spd(x), y),
    "linear system of one": lambda x, y: torch.linalg.solve(spd(x), y[:, 0]),
    "triangular system": lambda x, y: torch.linalg.solve_triangular(
        torch.linalg.cholesky(spd(x)), y, upper=False
    ),
    "inverse by Cholesky": lambda x, y: torch.cholesky_inverse(torch.linalg.cholesky(spd(x))),
    "solution by Cholesky": lambda x, y: torch.cholesky_solve(y, torch.linalg.cholesky(spd(x))),
    "Mahalanobis": lambda x, y: torch.distributions.MultivariateNormal(
        torch.zeros(2, dtype=x.dtype), spd(x)
    ).log_prob(y[:, 0]),
    "batch norm": lambda x, y: F.batch_norm(x, None, None, training=True) * y,
    "batch norm with state": lambda x, y: F.batch_norm(
        x, torch.zeros(3, dtype=x.dtype), torch.ones(3, dtype=x.dtype), y[0], y[1], training=True
    ),
    "layer norm": lambda x, y: F.layer_norm(x, (3,), y[0], y[1]),
    "group norm": lambda x, y: F.group_norm(torch.stack([x, y]).mT, 1),
    "gelu": lambda x, y: F.gelu(x) * y,
    "gelu by tanh": lambda x, y: F.gelu(x, approximate="tanh") * y,
    "leaky": lambda x, y: F.leaky_relu(x, 0.1) * y,
    "elu": lambda x, y: F.elu(x) * y,
    "selu": lambda x, y: F.selu(x),
    "mish": lambda x, y: F.mish(x) * y,
    "softplus": lambda x, y: F.softplus(x, 2.0) * y,
    "prelu": lambda x, y: F.prelu(x, y[0, :1]),
    "huber": lambda x, y: F.huber_loss(x, y, delta=0.5),
    "smooth l1": lambda x, y: F.smooth_l1_loss(x, y, beta=0.7),
    "l1": lambda x, y: F.l1_loss(x, y),
    "cross-entropy": lambda x, y: F.cross_entropy(x, LABELS),
    "smoothed": lambda x, y: F.cross_entropy(x, LABELS, label_smoothing=0.25),
    "weighted": lambda x, y: F.cross_entropy(x, LABELS, weight=WEIGHTS),
    "ignored": lambda x, y: F.cross_entropy(x, LABELS, ignore_index=0),
    "soft labels": lambda x, y: F.cross_entropy(x, y.softmax(1)),
    "with logits": lambda x, y: F.binary_cross_entropy_with_logits(x, y.sigmoid()),
    "kl_div": lambda x, y: F.kl_div(x.log_softmax(1), y.softmax(1), reduction="batchmean"),
    "kl_div of logs": lambda x, y: F.kl_div(
        x.log_softmax(1), y.log_softmax(1), log_target=True, reduction="sum"
    ),
    "cosine": lambda x, y: F.cosine_similarity(x, y),
    "normalised": lambda x, y: F.normalize(x) @ F.normalize(y).T,
    "distances": lambda x, y: torch.cdist(x, y),
    "distances within": lambda x, y: torch.pdist(torch.cat([x, y])),
    "pairwise": lambda x, y: F.pairwise_distance(x, y),
    "logcumsumexp": lambda x, y: x.logcumsumexp(1) * y,
    "einsum": lambda x, y: torch.einsum("ni,mi->nm", x, y),
    "einsum of three": lambda x, y: torch.einsum("ni,mi,ki->nmk", x, y, x),
    "addr": lambda x, y: torch.addr(x[:, :2], x[:, 0], y[:, 1]),
    "embedding": lambda x, y: F.embedding(LABELS // 2, x.T[:2]).sum() + F.embedding(
        torch.tensor([1, 0, 1]), x
    ).pow(2).sum(),
    "attention": lambda x, y: F.scaled_dot_product_attention(x[None], y[None], x[None]),
    "many-headed": lambda x, y: F.scaled_dot_product_attention(
        x.detach()[None, None], y.detach()[None, None], x.detach()[None, None]
    ) * 0 + x.sum(),
    "convolution": lambda x, y: F.conv2d(
        torch.stack([x, y])[None], torch.stack([x[:, :2], y[:, 1:]])[:, None], y[:, 0],
        stride=(1, 2), padding=1, groups=2,
    ),
    "dropout off": lambda x, y: F.dropout(x, 0.5, training=False) * y,
    "linear": lambda x, y: F.linear(x, y, x[:, 0]).tanh(),
    "variance": lambda x, y: x.var(0) + y.std(0),
    "covariance": lambda x, y: torch.cov(x.T) + torch.cov(y.T, correction=0),
    "powers": lambda x, y: x.abs() ** 0.1 + y.abs() ** 2.5 + 2.0**x,
    "logarithms": lambda x, y: x.abs().log2() + y.abs().log10() + x.square().log1p(),
    "trigonometry": lambda x, y: torch.atan2(x, y) + (x / 3).asin() + (y / 3).acos(),
    "scatter": lambda x, y: x.scatter(1, LABELS[:, None], y[:, :1]),
    "written rows": lambda x, y: x.clone().index_copy_(0, LABELS // 2, y),
    "foreach": lambda x, y: torch._foreach_add(torch._foreach_mul([x, y], 0.3), [y, x])[1],
    "expand and trace": lambda x, y: (x @ y.T).trace() + (x @ y.T).diagonal().sum(),
    "windows": lambda x, y: x.unfold(1, 2, 1).sum(2).exp(),
    "double precision lost": lambda x, y: (x.float().double() * y.bfloat16().double()),
}  # fmt: skip


@pytest.mark.parametrize("name", COVERED)
def test_the_twin_of_the_value_and_of_the_gradient_is_what_mpmath_s_differences_say(
    name: str,
) -> None:
    """The twin as a function of its inputs: a difference of it is the gradient's twin.

    Inputs' twins are moved by 1e-20, which float64 cannot see; so the comparison needs no other
    implementation, and an operation's value and its backward operation vouch for each other."""
    step = mp.mpf(10) ** -20

    def run(moved: Any = None) -> tuple[Any, Any]:
        shadow, leaves = Shadow(), [X.clone().requires_grad_(), Y.clone().requires_grad_()]
        if moved is not None:
            for leaf, way in zip(leaves, moved, strict=True):
                shadow.twins.give(leaf, exact(native(leaf)) + way)
        with without_escapes(shadow), shadow_mode(shadow):
            value = COVERED[name](*leaves)
            found = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
        grads = [None if g is None else shadow.twin(g) for g in found]
        return np.sum(shadow.twin(value)), grads

    ways = [exact(native(Y)) * step, exact(native(X)) * step]
    _, gradient = run()
    forward, backward = run(ways)[0], run([-way for way in ways])[0]
    slope = (forward - backward) / (2 * step)
    ours = sum(np.sum(g * w) / step for g, w in zip(gradient, ways, strict=True) if g is not None)
    assert abs(slope - ours) < mp.mpf(10) ** -35 * (1 + abs(slope))


def test_low_precision_is_no_error_of_the_twin() -> None:
    def code(x: Any) -> Any:
        return (x.to(torch.bfloat16) / 3).float().softmax(1)

    shadow, found = under(code, X)
    third = [[mp.exp(mp.mpf(v) / 3) for v in row] for row in X.tolist()]
    twin = shadow.twin(found)
    assert abs(twin[0, 0] - third[0][0] / sum(third[0])) < CLOSE


# -- nothing is lost in silence -------------------------------------------------------------------


def test_an_operation_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {k: v for k, v in shadow_operations.OPERATIONS.items() if k != "tanh"}
    monkeypatch.setattr(shadow_twin, "OPERATIONS", without)
    with pytest.raises(
        Lost, match=r"the operation tanh has no twin \(tanh at test_shadow.py:\d+\)"
    ):
        under(torch.tanh, X)


@pytest.mark.parametrize("name", ["exp", "mm", "sum", "mul", "_log_softmax", "div"])
@pytest.mark.parametrize("wrong", [1 + 2.0**-38, 1.5, -1.0])
def test_a_wrong_twin_is_noticed(name: str, wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    right = shadow_operations.OPERATIONS[name]
    wronged = {**shadow_operations.OPERATIONS, name: lambda *a, **k: right(*a, **k) * mp.mpf(wrong)}
    monkeypatch.setattr(shadow_twin, "OPERATIONS", wronged)
    with pytest.raises(Lost, match="the twin is not what torch computes"):
        under(lambda x, y: ((x.exp() * y) @ y.T / 3).log_softmax(1).sum(), X, Y)


ESCAPES: dict[str, Callable[[Any], Any]] = {
    "numpy": lambda x: torch.from_numpy(np.exp((x / 3).numpy())).sum(),
    "asarray": lambda x: torch.tensor(np.asarray(x / 3)).sum(),
    "tolist": lambda x: torch.tensor((x / 3).tolist()).sum(),
    "item": lambda x: x * (x.sum() / 3).item(),
    "float": lambda x: x * float(x[0, 0] / 3),
    "dlpack": lambda x: torch.from_numpy(np.from_dlpack(x / 3)).sum(),
    "storage": lambda x: torch.tensor((x / 3).untyped_storage().tolist()).sum(),
}


@pytest.mark.parametrize("way", ESCAPES)
def test_numbers_that_leave_torch_are_noticed(way: str) -> None:
    with pytest.raises(Lost, match="left torch"):
        under(ESCAPES[way], X)


def test_exact_numbers_may_leave() -> None:
    shadow, found = under(lambda x: x * float(x[0, 0].ceil()) + len(x.numpy()), X)
    assert abs(shadow.twin(found)[0, 1] - (mp.mpf(-1.2) + 2)) < CLOSE


def numpy_writes(x: Any) -> Any:
    y = torch.zeros(3, dtype=torch.float64)
    memory = y.numpy()
    z = y + x[0]
    memory[1] = 5
    return z * y


def numpy_writes_beside(x: Any) -> Any:
    y = torch.ones(3, dtype=torch.float64)
    memory = y.numpy()
    y[0] = x[0, 0]
    memory[1] = 5
    y[:1].zero_()
    return y


@pytest.mark.parametrize("code", [numpy_writes, numpy_writes_beside])
def test_memory_that_numpy_changes_is_noticed(code: Callable[..., Any]) -> None:
    with pytest.raises(Lost, match="memory was changed"):
        under(code, X)


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "complex": (
        lambda x: torch.view_as_complex(x[:, :2].contiguous()).abs(),
        "complex|another type",
    ),
    "bits": (lambda x: x.view(torch.int64).double(), "another type"),
    "resize": (lambda x: x.clone().resize_(9), "exchanged or resized"),
    "set": (lambda x: x.clone().set_(x * 2), "exchanged or resized"),
    "truncated": (lambda x: x * ((x[0, 0] * 10 / 3) * 3 / 10 * 1e16).long(), "otherwise"),
    "compared": (lambda x: x * ((x * 0 + 1) / 49 * 49 == 1), "otherwise"),
    "scaled draw": (lambda x: torch.normal(x, 0.5) * x, "scaled or shifted"),
    "eigenvectors": (lambda x: torch.linalg.eigh(x @ x.T).eigenvalues, "has no twin"),
    "twice": (lambda x: x.clone().index_put_((torch.tensor([0, 0]),), x), "written twice"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_is_lost_by_name(name: str) -> None:
    code, words = REFUSED[name]
    with pytest.raises(Lost, match=words):
        under(code, X.clone())


def test_what_is_lost_stays_lost() -> None:
    def code(x: Any) -> Any:
        try:
            return torch.linalg.eigh(x @ x.T).eigenvalues
        except (Lost, RuntimeError):
            return x * 2

    with pytest.raises(Lost, match="has no twin"):
        under(code, X)


def test_draws_are_the_numbers_that_were_drawn() -> None:
    shadow, found = under(lambda x: torch.randn(3, dtype=x.dtype) + 0 * x[0], X)
    assert np.array_equal(shadow.twin(found).astype(float), found.numpy())


def test_a_twin_is_rounded_to_the_nearest_float() -> None:
    just_below, a_float = mp.mpf(2) ** -9 - mp.mpf(10) ** -50, 2.0**-9
    assert rounded(np.array([just_below, -just_below], dtype=object)).tolist() == [
        a_float,
        -a_float,
    ]


def test_a_view_s_write_reaches_its_base() -> None:
    def code(x: Any) -> Any:
        base = x / 3
        base.T[1:].mul_(3)
        return base

    shadow, found = under(code, X)
    assert shadow.twin(found)[0, 1] == mp.mpf(X[0, 1].item())
    assert shadow.twin(found)[0, 0] == mp.mpf(X[0, 0].item()) / 3


# -- lines ----------------------------------------------------------------------------------------


def stabilised(x: Any) -> Any:
    norm = x.norm(dim=1, keepdim=True) + 1e-8
    return (x / norm).sum() + torch.full((), 1e-5, dtype=x.dtype) * torch.tensor(1e-6)


def test_constants_are_known_by_their_lines() -> None:
    shadow, _ = under(stabilised, X)
    first = stabilised.__code__.co_firstlineno
    lines = {c.value: c.line for c in shadow.constants}
    assert lines[1e-8] == f"test_shadow.py:{first + 1}"
    assert lines[1e-5] == f"test_shadow.py:{first + 2}"


def test_an_edited_constant_is_edited_and_the_guard_stays_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shadow, _ = under(stabilised, X)
    small = next(c for c in shadow.constants if c.value == 1e-8)
    edited = Shadow(edits={(small.step, small.place): 0.0})
    with shadow_mode(edited):
        found = (X / (X.norm(dim=1, keepdim=True) + 1e-8)).sum()
    plain, wanted = under(lambda x: (x / x.norm(dim=1, keepdim=True)).sum(), X)
    assert abs(edited.twin(found) - plain.twin(wanted)) < CLOSE
    wrong = {**shadow_operations.OPERATIONS, "div": lambda a, b: a / b * 2}
    monkeypatch.setattr(shadow_twin, "OPERATIONS", wrong)
    with shadow_mode(Shadow(edits={(small.step, small.place): 0.0})), pytest.raises(Lost):
        X / (X.norm(dim=1, keepdim=True) + 1e-8)


def test_the_gradient_of_a_power_knows_the_exponent_less_one() -> None:
    x = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    shadow = Shadow()
    with shadow_mode(shadow):
        (found,) = torch.autograd.grad(x**0.1, [x])
    exponent = mp.mpf(0.1)
    assert abs(shadow.twin(found)[()] - exponent * mp.power(mp.mpf(0.7), exponent - 1)) < CLOSE


def test_windows_of_the_last_axis_have_their_gradient() -> None:
    """Found by the random programs: -1 is the last axis of the input, not of its gradient."""
    shadow, x = Shadow(), torch.arange(4.0).double().requires_grad_()
    with shadow_mode(shadow):
        weights = torch.tensor([1.0, 2.0, 4.0]).double()
        (found,) = torch.autograd.grad((x.clone().unfold(-1, 3, 1) * weights).sum(), x)
    assert [float(g) for g in shadow.twin(found)] == [1.0, 3.0, 6.0, 4.0]

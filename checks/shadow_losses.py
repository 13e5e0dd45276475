"""Softmaxes, losses and activations on exact twins, forward and backward."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from .shadow_numbers import (
    divide,
    each,
    exp,
    larger,
    log,
    log_sum_exp,
    mean,
    pick,
    sigmoid,
    softplus_each,
    total,
)
from .twins import EXACT as mp
from .twins import Lost, exact

__all__ = ["LOSSES"]

Array = Any
half_error = each(lambda x: (1 + mp.erf(x / mp.sqrt(2))) / 2 if x > -3 else _tail(x))


def _tail(x: Any) -> Any:
    return mp.erfc(-x / mp.sqrt(2)) / 2


def _density(x: Array) -> Array:
    return exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def log_softmax(x: Array, dim: int, *_: Any) -> Array:
    return x - log_sum_exp(x, dim, True)


def softmax(x: Array, dim: int, *_: Any) -> Array:
    weights = exp(x)
    return weights / total(weights, dim, True)


def log_softmax_back(grad: Array, output: Array, dim: int, *_: Any) -> Array:
    return grad - exp(output) * total(grad, dim, True)


def softmax_back(grad: Array, output: Array, dim: int, *_: Any) -> Array:
    return output * (grad - total(grad * output, dim, True))


# -- losses of two arrays -------------------------------------------------------------------------


def _reduced(terms: Array, reduction: int) -> Array:
    return (terms, mean(terms), total(terms))[reduction] if reduction else terms


def _shared(back: Array, reduction: int, count: int) -> Array:
    return back / mp.mpf(count) if reduction == 1 else back


def squared_error(x: Array, y: Array, reduction: int = 1) -> Array:
    return _reduced((x - y) * (x - y), reduction)


def squared_error_back(grad: Array, x: Array, y: Array, reduction: int) -> Array:
    return _shared(2 * (x - y) * grad, reduction, np.broadcast(x, y).size)


def smooth_error(x: Array, y: Array, reduction: int = 1, beta: Any = 1) -> Array:
    if beta == 0:
        return _reduced(each(abs)(x - y), reduction)
    return _reduced(_smooth(x - y, exact(beta)[()]), reduction)


def _smooth(gap: Array, beta: Any) -> Array:
    return each(lambda g: g * g / (2 * beta) if abs(g) < beta else abs(g) - beta / 2)(gap)


def huber(x: Array, y: Array, reduction: int = 1, delta: Any = 1) -> Array:
    delta = exact(delta)[()]
    return _reduced(_smooth(x - y, delta) * delta, reduction)


def _log_clamped(x: Array) -> Array:
    return larger(log(x), mp.mpf(-100))  # as torch clamps it


def binary_cross_entropy(x: Array, y: Array, weight: Any = None, reduction: int = 1) -> Array:
    terms = -(y * _log_clamped(x) + (1 - y) * _log_clamped(1 - x))
    return _reduced(terms if weight is None else terms * weight, reduction)


def binary_cross_entropy_back(
    grad: Array, x: Array, y: Array, weight: Any = None, reduction: int = 1
) -> Array:
    floor = mp.mpf(1e-12)  # as torch clamps it
    back = grad * (x - y) / larger((1 - x) * x, floor)
    return _shared(back if weight is None else back * weight, reduction, x.size)


def cross_entropy_of_logits(
    x: Array, y: Array, weight: Any = None, pos_weight: Any = None, reduction: int = 1
) -> Array:
    positive = 1 if pos_weight is None else pos_weight
    terms = (1 - y) * softplus_each(x) + positive * y * softplus_each(-x)
    return _reduced(terms if weight is None else terms * weight, reduction)


# -- negative log-likelihood ----------------------------------------------------------------------


def nll(x: Array, target: Array, weight: Any, reduction: int, ignore: int) -> tuple[Array, Array]:
    shares = _shares(target, weight, ignore)
    if x.ndim == 1:
        terms = -pick(x, target) * shares if target != ignore else exact(0)
    else:
        rows = np.moveaxis(x, 1, -1)
        safe = np.where(target == ignore, 0, target)
        terms = -np.take_along_axis(rows, safe[..., None], -1)[..., 0] * shares
    if not reduction:
        return terms, exact(0)
    whole = total(shares)
    return divide(total(terms), whole) if reduction == 1 else total(terms), whole


def _shares(target: Array, weight: Any, ignore: int) -> Array:
    """Each row's weight: its class's, or none where it is ignored."""
    safe = np.where(target == ignore, 0, target)
    weights = exact(np.ones(target.shape)) if weight is None else pick(weight, safe)
    return np.where(target == ignore, mp.mpf(0), weights)


def nll_back(
    grad: Array, x: Array, target: Array, weight: Any, reduction: int, ignore: int, whole: Array
) -> Array:
    share = -_shares(target, weight, ignore) * grad
    share = np.asarray(divide(share, whole) if reduction == 1 else share, dtype=object)
    back = exact(np.zeros(x.shape))
    rows = back if x.ndim == 1 else np.moveaxis(back, 1, -1)
    for place in np.ndindex(*target.shape):
        if target[place] != ignore:
            rows[(*place, int(target[place]))] = share[place]
    return back


# -- activations ----------------------------------------------------------------------------------


def softplus(x: Array, beta: Any = 1, threshold: Any = 20) -> Array:
    scale = exact(beta)
    if np.any(x * scale > threshold):
        raise Lost("softplus beyond its threshold, where torch returns its argument")
    return softplus_each(x * scale) / scale


def gelu(x: Array, *, approximate: str = "none") -> Array:
    if approximate != "none":
        return x * _gate(x)
    return x * half_error(x)


def gelu_back(grad: Array, x: Array, *, approximate: str = "none") -> Array:
    if approximate != "none":
        gate = _gate(x)
        slope = 2 * mp.sqrt(2 / mp.pi) * (1 + 3 * _CUBE * x * x)
        return grad * (gate + x * gate * (1 - gate) * slope)
    return grad * (half_error(x) + x * _density(x))


_CUBE = mp.mpf(0.044715)


def _gate(x: Array) -> Array:
    return sigmoid(2 * mp.sqrt(2 / mp.pi) * (x + _CUBE * x * x * x))


def silu_back(grad: Array, x: Array) -> Array:
    return grad * sigmoid(x) * (1 + x * (1 - sigmoid(x)))


def threshold_back(grad: Array, x: Array, threshold: Any) -> Array:
    return np.where(x <= threshold, mp.mpf(0), grad)


def leaky(x: Array, slope: Any = 0.01) -> Array:
    return np.where(x > 0, x, x * exact(slope))


def leaky_back(grad: Array, x: Array, slope: Any, _: bool) -> Array:
    return np.where(x > 0, grad, grad * exact(slope))


def elu(x: Array, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Array:
    bent = (exp(x * exact(input_scale)) - 1) * exact(alpha)
    return np.where(x > 0, x, bent) * exact(scale)


def elu_back(
    grad: Array, alpha: Any, scale: Any, input_scale: Any, is_result: bool, x: Array
) -> Array:
    alpha, input_scale = exact(alpha), exact(input_scale)
    bent = x + alpha if is_result else exp(x * input_scale) * alpha
    return np.where(x > 0, grad, grad * input_scale * bent) * exact(scale)


LOSSES: Mapping[str, Callable[..., Any]] = {
    "_log_softmax": log_softmax, "_softmax": softmax,
    "_log_softmax_backward_data": log_softmax_back, "_softmax_backward_data": softmax_back,
    "nll_loss_forward": nll, "nll_loss_backward": nll_back,
    "nll_loss2d_forward": nll, "nll_loss2d_backward": nll_back,
    "mse_loss": squared_error, "mse_loss_backward": squared_error_back,
    "smooth_l1_loss": smooth_error, "huber_loss": huber,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_backward": binary_cross_entropy_back,
    "binary_cross_entropy_with_logits": cross_entropy_of_logits,
    "relu": lambda x: larger(x, mp.mpf(0)), "threshold_backward": threshold_back,
    "sigmoid_backward": lambda grad, y: grad * y * (1 - y),
    "tanh_backward": lambda grad, y: grad * (1 - y * y),
    "softplus": softplus, "silu": lambda x: x * sigmoid(x), "silu_backward": silu_back,
    "softplus_backward": lambda grad, x, beta, _: grad * sigmoid(x * exact(beta)),
    "log_sigmoid_forward": lambda x: (-softplus_each(-x), exp(-each(abs)(x))),
    "log_sigmoid_backward": lambda grad, x, _: grad * sigmoid(-x),
    "elu": elu, "elu_backward": elu_back,
    "gelu": gelu, "gelu_backward": gelu_back, "leaky_relu": leaky,
    "leaky_relu_backward": leaky_back,
}  # fmt: skip

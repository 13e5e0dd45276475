"""Layers whose loops torch does not decompose: convolution and attention, on exact twins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from .shadow_losses import softmax
from .shadow_numbers import divide, log_sum_exp, mean, sqrt, total
from .twins import EXACT as mp
from .twins import Lost, exact

__all__ = ["LAYERS"]

Array = Any
Sizes = Sequence[int]


def _padded(x: Array, padding: Sizes) -> Array:
    shape = x.shape[:2] + tuple(n + 2 * p for n, p in zip(x.shape[2:], padding, strict=True))
    wide = exact(np.zeros(shape))
    wide[_inside(padding)] = x
    return wide


def _inside(padding: Sizes) -> tuple[slice, ...]:
    return (slice(None), slice(None), *(slice(p, -p if p else None) for p in padding))


def _taps(kernel: Sizes, out: Sizes, stride: Sizes, dilation: Sizes) -> Iterator[Any]:
    """Each entry of the kernel, and the part of the padded input that it meets."""
    for tap in product(*map(range, kernel)):
        starts = [t * d for t, d in zip(tap, dilation, strict=True)]
        ends = [a + s * (n - 1) + 1 for a, s, n in zip(starts, stride, out, strict=True)]
        yield tap, tuple(slice(*span) for span in zip(starts, ends, stride, strict=True))


def _groups(x: Array, weight: Array, groups: int) -> Iterator[tuple[slice, slice]]:
    ins, outs = x.shape[1] // groups, weight.shape[0] // groups
    for g in range(groups):
        yield slice(g * ins, (g + 1) * ins), slice(g * outs, (g + 1) * outs)


def convolution(
    x: Array, weight: Array, bias: Any, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int,
) -> Array:  # fmt: skip
    if transposed:
        raise Lost("a transposed convolution")
    wide, kernel = _padded(x, padding), weight.shape[2:]
    spans = zip(wide.shape[2:], kernel, stride, dilation, strict=True)
    out = [(n - d * (k - 1) - 1) // s + 1 for n, k, s, d in spans]
    found = exact(np.zeros((len(x), len(weight), *out)))
    for tap, part in _taps(kernel, out, stride, dilation):
        for ins, outs in _groups(x, weight, groups):
            window = wide[(slice(None), ins, *part)]
            share = np.tensordot(window, weight[(outs, slice(None), *tap)], axes=(1, 1))
            found[:, outs] += np.moveaxis(share, -1, 1)
    return found if bias is None else found + bias.reshape(1, -1, *[1] * len(kernel))


def convolution_back(
    grad: Array, x: Array, weight: Array, bias_sizes: Any, stride: Sizes, padding: Sizes,
    dilation: Sizes, transposed: bool, output_padding: Sizes, groups: int, mask: Sequence[bool],
) -> list[Array]:  # fmt: skip
    if transposed:
        raise Lost("a transposed convolution")
    wide = _padded(x, padding)
    back, slopes = exact(np.zeros(wide.shape)), exact(np.zeros(weight.shape))
    rest = [0, *range(2, grad.ndim)]
    for tap, part in _taps(weight.shape[2:], grad.shape[2:], stride, dilation):
        for ins, outs in _groups(x, weight, groups):
            place, at = (slice(None), ins, *part), (outs, slice(None), *tap)
            share = np.tensordot(grad[:, outs], weight[at], axes=(1, 0))
            back[place] += np.moveaxis(share, -1, 1)
            slopes[at] += np.tensordot(grad[:, outs], wide[place], axes=(rest, rest))
    parts = (back[_inside(padding)], slopes, total(grad, rest))
    return [part for part, wanted in zip(parts, mask, strict=True) if wanted]


def attention(
    q: Array, k: Array, v: Array, dropout: Any = 0, causal: bool = False, *,
    attn_mask: Any = None, scale: Any = None,
) -> tuple[Array, Array]:  # fmt: skip
    if causal or dropout:
        raise Lost("causal attention, or with dropout")
    scores = np.matmul(q, np.swapaxes(k, -1, -2)) * (scale or 1 / mp.sqrt(q.shape[-1]))
    scores = scores if attn_mask is None else scores + attn_mask
    return np.matmul(softmax(scores, -1), v), log_sum_exp(scores, -1)


def layer_norm(
    x: Array, shape: Sizes, weight: Any, bias: Any, eps: Any
) -> tuple[Array, Array, Array]:
    axes = list(range(x.ndim - len(shape), x.ndim))
    middle = mean(x, axes, True)
    scale = divide(mp.one, sqrt(mean((x - middle) * (x - middle), axes, True) + eps))
    found = (x - middle) * scale
    found = found if weight is None else found * weight
    return found if bias is None else found + bias, middle, scale


LAYERS: Mapping[str, Callable[..., Any]] = {
    "native_layer_norm": layer_norm, "convolution": convolution,
    "convolution_backward": convolution_back,
    "_scaled_dot_product_flash_attention_for_cpu": attention,
}  # fmt: skip

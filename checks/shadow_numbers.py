"""Arithmetic, functions of one number and reductions on exact twins: object arrays of mpf."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mpmath.libmp import mpf_exp, mpf_log

from .twins import EXACT as mp
from .twins import exact

__all__ = [
    "FUNCTIONS",
    "REDUCTIONS",
    "axes_of",
    "divide",
    "each",
    "exp",
    "larger",
    "log",
    "log_sum_exp",
    "mean",
    "pick",
    "sigmoid",
    "smaller",
    "softplus_each",
    "sqrt",
    "total",
]

Array = Any  # object arrays of mpf, which NumPy's types cannot tell from others
Axes = int | Sequence[int] | None
PRECISION = mp.prec


def each(function: Callable[..., Any], inputs: int = 1) -> Callable[..., Array]:
    over = np.frompyfunc(function, inputs, 1)
    return lambda *arrays: np.asarray(over(*arrays), dtype=object)


def _exp(x: Any) -> Any:
    try:
        return mp.make_mpf(mpf_exp(x._mpf_, PRECISION, "n"))  # mp.exp asks what x is first
    except AttributeError:
        return mp.exp(x)  # of a symbolic number


def _log(x: Any) -> Any:
    if x == 0:
        return mp.ninf
    if x < 0 or mp.isnan(x):
        return mp.nan
    try:
        return mp.make_mpf(mpf_log(x._mpf_, PRECISION, "n"))
    except AttributeError:
        return mp.log(x)


def _root(x: Any) -> Any:
    return mp.nan if x < 0 else mp.sqrt(x)


def _power(a: Any, b: Any) -> Any:
    if b == 2:
        return a * a
    if b > 0 and b == mp.floor(b):
        return a ** int(b)
    if a == 0:
        return mp.mpf(1) if b == 0 else mp.mpf(0) if b > 0 else mp.inf
    if a < 0 and b != mp.floor(b):
        return mp.nan
    return mp.power(a, b)


def _quotient(a: Any, b: Any) -> Any:
    if b == 0:
        return mp.nan if a == 0 or mp.isnan(a) else mp.inf * mp.sign(a)
    return a / b


def _within(test: Callable[[Any], bool], function: Callable[[Any], Any]) -> Callable[..., Any]:
    return each(lambda x: function(x) if test(x) else mp.nan)


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + _exp(-x))


def _softplus(x: Any) -> Any:
    return mp.log1p(_exp(x))


exp, log, sqrt = each(_exp), each(_log), each(_root)
larger = each(lambda a, b: b if mp.isnan(b) or b > a else a, 2)
smaller = each(lambda a, b: b if mp.isnan(b) or b < a else a, 2)
power, quotient = each(_power, 2), each(_quotient, 2)
sigmoid, softplus_each = each(_sigmoid), each(_softplus)
sign = each(mp.sign)


def whole(rounding: Callable[[Any], Any]) -> Callable[..., Array]:
    return each(lambda x: mp.mpf(rounding(x)) if mp.isfinite(x) else x)


def pick(x: Array, places: Any) -> Array:
    return np.asarray(x[places], dtype=object)


# -- two arguments --------------------------------------------------------------------------------


def plus(a: Any, b: Any, *, alpha: Any = 1) -> Array:
    return a + (b if alpha == 1 else b * exact(alpha))


def minus(a: Any, b: Any, *, alpha: Any = 1) -> Array:
    return a - (b if alpha == 1 else b * exact(alpha))


def reversed_minus(a: Any, b: Any, alpha: Any = 1) -> Array:
    return minus(b, a, alpha=alpha)


def divide(a: Any, b: Any, *, rounding_mode: str | None = None) -> Array:
    found = quotient(a, b)
    if rounding_mode is None:
        return found
    return whole(mp.floor if rounding_mode == "floor" else _toward_zero)(found)


def _toward_zero(x: Any) -> Any:
    return mp.floor(x) if x >= 0 else mp.ceil(x)


def remainder(a: Any, b: Any) -> Array:
    return a - b * divide(a, b, rounding_mode="floor")


def clamp(x: Array, low: Any = None, high: Any = None, **named: Any) -> Array:
    low, high = named.get("min", low), named.get("max", high)
    x = x if low is None else larger(x, low)
    return x if high is None else smaller(x, high)


def log_add_exp(a: Array, b: Array) -> Array:
    return log(exp(a) + exp(b))


def lerp(a: Array, b: Array, weight: Any) -> Array:
    return a + weight * (b - a)


# -- reductions -----------------------------------------------------------------------------------


def axes_of(array: Array, dim: Axes) -> tuple[int, ...]:
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return tuple(range(array.ndim))
    chosen = (dim,) if isinstance(dim, int) else tuple(dim)
    return tuple(d % array.ndim for d in chosen) if array.ndim else ()


def total(x: Array, dim: Axes = None, keepdim: bool = False, **_: Any) -> Array:
    x = np.asarray(x, dtype=object)  # arithmetic on one number makes it no array
    axes = axes_of(x, dim)
    found = np.sum(x, axis=axes, keepdims=keepdim, initial=mp.zero) if axes else x.copy()
    return np.asarray(found, dtype=object)


def _count(x: Array, dim: Axes) -> int:
    x = np.asarray(x, dtype=object)
    return int(np.prod([x.shape[axis] for axis in axes_of(x, dim)], dtype=int))


def mean(x: Array, dim: Axes = None, keepdim: bool = False, **_: Any) -> Array:
    return divide(total(x, dim, keepdim), mp.mpf(_count(x, dim)))


def variance(
    x: Array, dim: Axes = None, *rest: Any, correction: Any = 1, keepdim: bool = False, **_: Any
) -> Array:
    if rest and isinstance(rest[0], bool):  # var.dim(dim, unbiased, keepdim)
        correction, keepdim = int(rest[0]), bool(rest[1]) if len(rest) > 1 else keepdim
    centred = x - mean(x, dim, True)
    freedom = mp.mpf(_count(x, dim)) - (1 if correction is None else correction)
    return divide(total(centred * centred, dim, keepdim), larger(freedom, mp.mpf(0)))


def unbiased_variance(x: Array, unbiased: Any = True, *rest: Any, **named: Any) -> Array:
    """var(x, unbiased) and var(x, dim, ...): the overloads differ in their second argument."""
    if isinstance(unbiased, bool) and "dim" not in named and "correction" not in named:
        return variance(x, None, correction=int(unbiased), **named)
    dim = named.pop("dim", None if isinstance(unbiased, bool) else unbiased)
    return variance(x, dim, *rest, **named)


def variance_and_mean(x: Array, dim: Any = None, *rest: Any, **named: Any) -> tuple[Array, Array]:
    keepdim = bool(named.get("keepdim", len(rest) > 1 and rest[1]))
    axes = None if isinstance(dim, bool) else dim
    return unbiased_variance(x, dim, *rest, **named), mean(x, axes, keepdim)


def deviation_and_mean(x: Array, *rest: Any, **named: Any) -> tuple[Array, Array]:
    spread, middle = variance_and_mean(x, *rest, **named)
    return sqrt(spread), middle


def extreme(choose: Callable[..., Array]) -> Callable[..., Array]:
    def found(x: Array, dim: Axes = None, keepdim: bool = False) -> Array:
        axes = axes_of(x, dim)
        if not axes:
            return x.copy()
        moved = np.moveaxis(x, axes, range(len(axes))).reshape(
            -1, *[n for axis, n in enumerate(x.shape) if axis not in axes]
        )
        best = moved[0]
        for row in moved[1:]:
            best = choose(best, row)
        best = np.asarray(best, dtype=object)
        return np.expand_dims(best, axes) if keepdim else best

    return found


def log_sum_exp(x: Array, dim: Axes, keepdim: bool = False) -> Array:
    return log(total(exp(x), dim, keepdim))


def vector_norm(x: Array, ord: Any = 2, dim: Axes = None, keepdim: bool = False, **_: Any) -> Array:
    if ord == 2:
        return sqrt(total(x * x, dim, keepdim))
    size = each(abs)(x)
    if ord == 1:
        return total(size, dim, keepdim)
    if ord in (mp.inf, mp.ninf):
        return extreme(larger if ord > 0 else smaller)(size, dim, keepdim)
    if ord == 0:
        return total(each(lambda v: mp.mpf(int(v != 0)))(size), dim, keepdim)
    return power(total(power(size, mp.mpf(ord)), dim, keepdim), 1 / mp.mpf(ord))


def norm(x: Array, p: Any = 2, dim: Axes = None, keepdim: bool = False, **_: Any) -> Array:
    return vector_norm(x, 2 if p is None else p, dim, keepdim)


def multiplied(x: Array, dim: Any = None, keepdim: bool = False, **_: Any) -> Array:
    found = np.prod(x, axis=axes_of(x, dim), keepdims=keepdim, initial=mp.one)
    return np.asarray(found, dtype=object)


def cumulated(over: Any) -> Callable[..., Array]:
    def found(x: Array, dim: int, **_: Any) -> Array:
        return over(x, axis=dim) if x.ndim else x.copy()

    return found


def log_cumulated(x: Array, dim: int) -> Array:
    return log(np.add.accumulate(exp(x), axis=dim)) if x.ndim else x.copy()


def _functions_of(module: Any, names: str) -> dict[str, Callable[..., Array]]:
    return {name: each(getattr(module, name)) for name in names.split()}


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "add": plus, "sub": minus, "rsub": reversed_minus, "mul": lambda a, b: a * b, "div": divide,
    "true_divide": divide,
    "floor_divide": lambda a, b: divide(a, b, rounding_mode="floor"), "remainder": remainder,
    "fmod": lambda a, b: a - b * divide(a, b, rounding_mode="trunc"),
    "neg": lambda x: -x, "exp": exp, "log": log, "sqrt": sqrt, "abs": each(abs),
    "rsqrt": lambda x: divide(mp.one, sqrt(x)), "reciprocal": lambda x: divide(mp.one, x),
    "square": lambda x: x * x, "pow": power, "float_power": power, "sigmoid": sigmoid,
    "sign": sign, "sgn": sign, "exp2": lambda x: power(mp.mpf(2), x),
    "log2": lambda x: log(x) / mp.log(2), "log10": lambda x: log(x) / mp.log(10),
    "log1p": each(lambda x: mp.log1p(x) if x > -1 else _log(1 + x)),
    **_functions_of(mp, "expm1 sin cos tan atan sinh cosh tanh asinh erf erfc"),
    "asin": _within(lambda x: abs(x) <= 1, mp.asin),
    "acos": _within(lambda x: abs(x) <= 1, mp.acos),
    "atanh": _within(lambda x: abs(x) < 1, mp.atanh), "acosh": _within(lambda x: x >= 1, mp.acosh),
    "erfinv": _within(lambda x: abs(x) < 1, mp.erfinv), "atan2": each(mp.atan2, 2),
    "hypot": lambda a, b: sqrt(a * a + b * b), "lgamma": each(lambda x: mp.log(abs(mp.gamma(x)))),
    "digamma": each(mp.digamma), "polygamma": lambda n, x: each(lambda v: mp.polygamma(n, v))(x),
    "floor": whole(mp.floor), "ceil": whole(mp.ceil), "trunc": whole(_toward_zero),
    "frac": lambda x: x - whole(_toward_zero)(x), "round": whole(mp.nint),
    "maximum": larger, "minimum": smaller, "clamp": clamp,
    "fmax": larger, "fmin": smaller,
    "clamp_min": lambda x, low: larger(x, low), "clamp_max": lambda x, high: smaller(x, high),
    "logaddexp": log_add_exp, "lerp": lerp,
    "xlogy": each(lambda x, y: mp.zero if x == 0 else x * _log(y), 2),
    "special_xlog1py": each(lambda x, y: mp.zero if x == 0 else x * _log(1 + y), 2),
    "special_entr": each(lambda x: -x * _log(x) if x > 0 else mp.zero if x == 0 else mp.ninf),
    "addcmul": lambda x, a, b, value=1: x + a * b * exact(value),
    "addcdiv": lambda x, a, b, value=1: x + divide(a, b) * exact(value),
}  # fmt: skip

REDUCTIONS: Mapping[str, Callable[..., Any]] = {
    "sum": total, "mean": mean, "var": unbiased_variance, "var_mean": variance_and_mean,
    "std": lambda *a, **k: sqrt(unbiased_variance(*a, **k)), "std_mean": deviation_and_mean,
    "amax": extreme(larger), "amin": extreme(smaller), "logsumexp": log_sum_exp,
    "linalg_vector_norm": vector_norm, "norm": norm, "prod": multiplied,
    "cumsum": cumulated(np.add.accumulate), "cumprod": cumulated(np.multiply.accumulate),
    "logcumsumexp": log_cumulated,
}  # fmt: skip

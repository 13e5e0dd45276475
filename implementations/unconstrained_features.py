"""Unconstrained features: the contract, and the trained and closed-form codings that meet it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .collapsed_features import closed_form
from .contract import Axis, Call, Contract, ContractError, Convention, Option, plain
from .simplex_etf import refuse_crowds
from .unconstrained_features_defects import DEFECTS
from .unconstrained_training import by_lbfgs, by_momentum

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["UNCONSTRAINED_FEATURES", "in_closed_form"]

Code = Callable[..., Any]


def in_closed_form(
    K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float, **variants: Any
) -> dict[str, Any]:
    """The simplex, in other coordinates."""
    fit = closed_form(K, n, d, weight_decay_w, weight_decay_h, **variants)
    turned: dict[str, Tensor] = {name: fit[name].flip(1) for name in ("weights", "features")}
    return fit | turned


def _with(**variants: str) -> Callable[[Code], Code]:
    """The closed form under one more variant."""

    def write(target: Code) -> Code:
        return partial(in_closed_form, **(getattr(target, "keywords", {}) | variants))

    return write


# -- reading --------------------------------------------------------------------------------------

REQUIRED = ("weights", "features", "loss", "converged")
OPTIONAL = ("bias", "labels", "tolerance")


def read(returned: Any, call: Call) -> dict[str, Any]:
    """Weights, features by rows, labels, the bias where there is one, the loss, and what is said of
    convergence; complains by `ContractError`."""
    if not isinstance(returned, Mapping) or not set(REQUIRED) <= set(returned):
        raise ContractError(
            f"a dict with the keys {', '.join(REQUIRED)}",
            f"a dict with keys {', '.join(map(str, returned))}"
            if isinstance(returned, Mapping) else type(returned).__name__,
            "wrap the code in a function that returns dict(weights=..., features=..., bias=..., "
            "loss=..., converged=...)",
        )  # fmt: skip
    if strange := [str(name) for name in returned if name not in (*REQUIRED, *OPTIONAL)]:
        raise ContractError(
            f"no keys but {', '.join((*REQUIRED, *OPTIONAL))}", f"also {', '.join(strange)}",
            "leave out what is not asked for, so that no misspelt name is passed over",
        )  # fmt: skip
    K, n, d = (int(call.parameters[name]) for name in ("K", "n", "d"))
    names = (*REQUIRED[:3], *OPTIONAL)
    found = {name: plain(returned[name]) for name in names if returned.get(name) is not None}
    if tuple(found["features"].shape) == (K, n, d):
        found["features"] = found["features"].reshape(K * n, d)
    wanted = {
        "weights": (K, d), "features": (K * n, d), "bias": (K,), "labels": (K * n,), "loss": (),
        "tolerance": (),
    }  # fmt: skip
    for name, value in found.items():
        _refuse_shape(name, tuple(value.shape), wanted[name])
    labels = np.asarray(found.get("labels", np.repeat(np.arange(K), n))).astype(int)
    if np.bincount(labels.clip(0, K), minlength=K).tolist() != [n] * K:
        raise ContractError(
            f"each label from 0 to {K - 1} just {n} times",
            f"labels {labels.tolist()}",
            "return the class of every row of features, n rows of each class",
        )
    return found | {"labels": labels, "converged": bool(returned["converged"])}


def _refuse_shape(name: str, shape: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if shape == wanted:
        return
    remedy = "return it in that shape"
    if len(wanted) == 2 and shape == wanted[::-1]:
        remedy = "transpose it: scores = features @ weights.T + bias, as torch.nn.Linear does"
    elif name == "features":
        remedy = "return one row per sample, n of each class one after the other (or their labels)"
    elif name in ("loss", "tolerance"):
        remedy = "return one number: the mean over the samples, and both penalties"
    raise ContractError(f"{name} of shape {wanted}", f"shape {shape}", remedy)


# -- conventions ----------------------------------------------------------------------------------


def _decays(call: Call, w: float, h: float) -> Call:
    given = call.parameters
    changed = {
        "weight_decay_w": w * given["weight_decay_w"],
        "weight_decay_h": h * given["weight_decay_h"],
    }
    return call._replace(parameters={**given, **changed})


def _scaled(name: str, words: str, w: Callable[[int, int], float], of_loss: bool) -> Option:
    """Both penalties, or one, weigh otherwise: this code's weights are `w(K, n)` times ours, and so
    is its loss, where the data term is scaled too."""

    def size(call: Call) -> float:
        return w(int(call.parameters["K"]), int(call.parameters["n"]))

    def of_call(call: Call) -> Call:
        return _decays(call, size(call), size(call))

    def output(returned: dict[str, Any], call: Call) -> dict[str, Any]:
        return _times(returned, 1 / size(call)) if of_loss else returned

    def write(target: Code) -> Code:
        def written(
            K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
        ) -> dict[str, Any]:
            f = w(K, n)
            found: dict[str, Any] = target(K, n, d, weight_decay_w / f, weight_decay_h / f)
            return _times(found, f) if of_loss else found

        return written

    return Option(name=name, words=words, call=of_call, output=output, write=write)


def _times(returned: dict[str, Any], factor: float) -> dict[str, Any]:
    sizes = [name for name in ("loss", "tolerance") if name in returned]
    return returned | {name: returned[name] * factor for name in sizes}


def _averaged(target: Code) -> Code:
    def written(
        K: int, n: int, d: int, weight_decay_w: float, weight_decay_h: float
    ) -> dict[str, Any]:
        found: dict[str, Any] = target(K, n, d, weight_decay_w, weight_decay_h / (n * K))
        return found

    return written


LOSS = Axis(
    name="loss",
    variant=True,
    options=(
        Option(name="cross-entropy", words="the mean cross-entropy of softmax scores"),
        Option(
            name="squared", words="half the mean squared distance of scores to the one-hot label",
            write=_with(loss="squared"),
        ),
    ),
)  # fmt: skip

BIAS = Axis(
    name="bias",
    variant=True,
    options=(
        Option(name="free", words="a bias is trained and not penalised (or left out, where the "
               "loss is the cross-entropy)"),
        Option(name="none", words="there is no bias", write=_with(bias="none")),
    ),
)  # fmt: skip

REPORT = Axis(
    name="report",
    variant=True,
    options=(
        Option(name="objective", words="the loss is reported with both penalties"),
        Option(
            name="data", words="the loss is reported without the penalties, which an optimiser's "
            "weight decay may hide", write=_with(report="data"),
        ),
    ),
)  # fmt: skip

SCALE = Axis(
    name="scale",
    options=(
        Option(name="mean", words="the data term is averaged over the samples"),
        _scaled("sum", "the data term is summed over the samples", lambda K, n: n * K, True),
        _scaled(
            "entries", "squared errors are averaged over samples and classes, as torch.nn.MSELoss "
            "does", lambda K, n: 2 / K, True,
        ),
        _scaled("whole", "squared errors are not halved", lambda K, n: 2, True),
    ),
)  # fmt: skip

PENALTY = Axis(
    name="penalty",
    options=(
        Option(name="half", words="each penalty is half its weight times the squared norm, whose "
               "slope an optimiser's weight decay is"),
        _scaled("whole", "a penalty is its weight times the squared norm", lambda K, n: 0.5, False),
    ),
)  # fmt: skip

FEATURES = Axis(
    name="features",
    options=(
        Option(name="sum", words="the penalty on features adds up over the samples"),
        Option(
            name="mean", words="it is averaged over the samples",
            call=lambda call: _decays(call, 1, call.parameters["n"] * call.parameters["K"]),
            write=_averaged,
        ),
    ),
)  # fmt: skip


def refuse(fixed: Mapping[str, float], convention: Convention) -> None:
    frame = (convention["loss"], convention["bias"]) == ("squared", "none")
    refuse_crowds(fixed, 1 - frame)


UNCONSTRAINED_FEATURES = Contract(
    name="unconstrained-features",
    title="a classifier trained with its features",
    inputs=(),
    parameters=("K", "n", "d", "weight_decay_w", "weight_decay_h"),
    returns="dict of weights[K,d], features[K*n,d], loss, converged, and optionally bias[K], "
    "labels[K*n], tolerance: scores = features @ weights.T + bias for n samples of each class, one "
    "class after the other where no labels are told; `loss` is the data term plus "
    "weight_decay_w / 2 |weights|^2 + weight_decay_h / 2 |features|^2; `converged` says that no "
    "further step lowers it in working precision, or by no more than `tolerance`",
    axes=(LOSS, BIAS, REPORT, SCALE, PENALTY, FEATURES),
    read=read,
    references={
        "L-BFGS in float64": by_lbfgs,
        "momentum and weight decay": by_momentum,
        "closed form": in_closed_form,
    },
    ordinary=("momentum and weight decay",),
    defects=DEFECTS,
    refuse=refuse,
)

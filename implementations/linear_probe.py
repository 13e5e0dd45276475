"""Linear probes: the contract, honest codings, and estimators with `fit` and `predict`."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .linear_probe_defects import DEFECTS, class_means, pooled
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LINEAR_PROBE", "by_adam", "by_discriminants", "by_logistic_regression"]


def by_discriminants(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """Linear discriminant analysis: a covariance about the means of the classes, and their
    shares."""
    means = class_means(features, labels)
    pulls = torch.linalg.solve(pooled(features, labels), means.T)
    shares = torch.bincount(labels) / len(labels)
    return (test @ pulls - (means.T * pulls).sum(0) / 2 + shares.log()).argmax(dim=1)


def by_logistic_regression(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """Newton's steps on the cross-entropy of softmax scores, with a small penalty on all weights,
    features whitened by the training rows."""
    classes = int(labels.max()) + 1
    mean, spread = features.mean(0), features.std(0, unbiased=False)
    x, rows = (
        torch.nn.functional.pad((f - mean) / spread, (0, 1), value=1.0).double()
        for f in (features, test)
    )
    one_hot = torch.nn.functional.one_hot(labels, classes).double()
    W = torch.zeros(x.shape[1] * classes, dtype=torch.float64)
    for _ in range(12):
        p = torch.softmax(x @ W.reshape(-1, classes), dim=1)
        slope = (x.T @ (p - one_hot)).flatten() + 0.1 * W
        bend = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
        curvature = torch.einsum("ni,nj,nab->iajb", x, x, bend).reshape(len(W), len(W))
        W = W - torch.linalg.solve(curvature + 0.1 * torch.eye(len(W), dtype=torch.float64), slope)
    return (rows @ W.reshape(-1, classes)).argmax(dim=1)


def by_adam(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
    """As probes are trained in practice: one layer, its cross-entropy, Adam, not to the end."""
    mean, spread = features.mean(0), features.std(0, unbiased=False)
    probe = torch.nn.Linear(features.shape[1], int(labels.max()) + 1).to(features.dtype)
    weights, steps = list(probe.parameters()), [torch.zeros_like(w) for w in probe.parameters()]
    squares = [torch.zeros_like(w) for w in weights]
    for count in range(1, 26):  # Adam's own formula: torch's optimiser takes a second to import
        loss = torch.nn.functional.cross_entropy(probe((features - mean) / spread), labels)
        slopes = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            for w, m, v, g in zip(weights, steps, squares, slopes, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g**2 - v)
                w -= 0.1 * m / (1 - 0.9**count) / ((v / (1 - 0.999**count)).sqrt() + 1e-8)
    with torch.no_grad():
        return probe((test - mean) / spread).argmax(dim=1)


# -- calling and reading --------------------------------------------------------------------------


def _seeded(target: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    """Whatever draws from a global generator draws the same each time."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  the generator that other people's code draws from
    torch.manual_seed(0)
    return target(*inputs)


def invoke(target: Any, call: Call) -> Any:
    """A function is called; an estimator is copied, fitted to NumPy arrays, and asked to predict.
    Features are in float32, as embeddings are kept; in float64 for code that takes no others."""
    if not hasattr(target, "fit"):
        try:
            return _seeded(target, call.inputs)
        except RuntimeError as refused:
            features, labels, test = call.inputs
            try:
                return _seeded(target, (features.double(), labels, test.double()))
            except RuntimeError:
                raise refused from None
    features, labels, test = (np.asarray(x) for x in call.inputs)
    estimator = copy.deepcopy(target)
    _seeded(estimator.fit, (features, labels))
    if not hasattr(estimator, "predict"):
        raise ContractError(
            "a method `predict` beside `fit`", f"{type(target).__name__} without one",
            "hand over a function (features, labels, test features) -> predictions",
        )  # fmt: skip
    return estimator.predict(test)


def read(returned: Any, call: Call) -> Any:
    """One array: a class for each test row, or a row of scores."""
    if isinstance(returned, tuple):
        raise ContractError(
            "the predictions alone", f"a tuple of {len(returned)}",
            "choose one in a function: accuracies and losses are computed from predictions",
        )  # fmt: skip
    if not hasattr(returned, "shape") and not isinstance(returned, list):
        raise ContractError(
            "predictions: a class for each test row", type(returned).__name__,
            "return what accuracy is computed from, not the accuracy",
        )  # fmt: skip
    found = plain(returned)
    return found.cpu() if hasattr(found, "cpu") else found


def _classes(returned: Any, call: Call) -> Any:
    rows = len(call.inputs[2])
    shape = tuple(returned.shape)
    if shape != (rows,):
        of = "scores" if len(shape) == 2 and shape[0] == rows and shape[1] > 1 else None
        raise ContractError(
            f"a class for each of {rows} test rows", f"shape {shape}",
            "declare returns=scores, or take the argmax over classes" if of
            else "return one class for each row of the third argument, in its order, flat",
        )  # fmt: skip
    values = np.asarray(returned, float)
    if np.any(np.isfinite(values) & (values != np.rint(values))):
        raise ContractError(
            "classes: the whole numbers that the labels are", "fractions",
            "return the class of the largest score, not a probability",
        )  # fmt: skip
    return returned


def _of_scores(returned: Any, call: Call) -> Any:
    rows, classes = len(call.inputs[2]), int(np.asarray(call.inputs[1]).max()) + 1
    if tuple(returned.shape) != (rows, classes):
        raise ContractError(
            f"scores of shape ({rows}, {classes})", f"shape {tuple(returned.shape)}",
            "declare returns=classes where predictions are returned",
        )  # fmt: skip
    return np.asarray(returned).argmax(1)


# -- conventions ----------------------------------------------------------------------------------


def _scores(target: Callable[..., Any]) -> Callable[..., Any]:
    def scored(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        named = torch.as_tensor(target(features, labels, test))
        return torch.nn.functional.one_hot(named.long(), int(labels.max()) + 1).double()

    return scored


def _normalised(target: Callable[..., Any]) -> Callable[..., Any]:
    def on_the_sphere(features: Tensor, labels: Tensor, test: Tensor) -> Any:
        normalize = torch.nn.functional.normalize
        return target(normalize(features), labels, normalize(test))

    return on_the_sphere


def _without_shares(target: Callable[..., Any]) -> Callable[..., Any]:
    def equal(features: Tensor, labels: Tensor, test: Tensor) -> Tensor:
        means = class_means(features, labels)
        pulls = torch.linalg.solve(pooled(features, labels), means.T)
        return (test @ pulls - (means.T * pulls).sum(0) / 2).argmax(dim=1)

    return equal


RETURNS = Axis(
    name="returns",
    options=(
        Option(name="classes", words="a class for each test row", output=_classes),
        Option(
            name="scores", words="a score for each test row and class, the largest of which counts",
            output=_of_scores, write=_scores,
        ),
    ),
)  # fmt: skip

ALGORITHM = Axis(
    name="algorithm",
    variant=True,
    promise=True,
    options=(
        Option(name="any", words="any linear probe, trained to whatever extent"),
        Option(
            name="converged",
            words="a convex loss of margins, whose slope at zero is negative, at its minimum",
            write=lambda target: by_logistic_regression,
        ),
        Option(
            name="lda",
            words="linear discriminant analysis",
            write=lambda target: by_discriminants,
        ),
    ),
)

PRIORS = Axis(
    name="priors",
    variant=True,
    options=(
        Option(name="shares", words="classes are as likely as they are frequent"),
        Option(name="equal", words="classes are equally likely", write=_without_shares),
    ),
)

FEATURES = Axis(
    name="features",
    variant=True,
    options=(
        Option(name="raw", words="features are taken as they are, or scaled by columns"),
        Option(
            name="unit-rows", words="each row of features is divided by its length",
            write=_normalised,
        ),
    ),
)  # fmt: skip

LINEAR_PROBE = Contract(
    name="linear-probe",
    title="a linear probe",
    inputs=(
        Input(name="features", shape="n,d", differentiable=False),
        Input(name="labels", shape="n", differentiable=False, discrete=True),
        Input(name="test features", shape="m,d", differentiable=False),
    ),
    returns="predictions[m], whole numbers from 0",
    axes=(RETURNS, ALGORITHM, PRIORS, FEATURES),
    read=read,
    invoke=invoke,
    references={
        "discriminants": by_discriminants,
        "logistic regression by Newton's method": by_logistic_regression,
        "one layer by Adam": by_adam,
    },
    reference_conventions={
        "discriminants": {"algorithm": "lda"},
        "logistic regression by Newton's method": {"algorithm": "converged"},
    },
    ordinary=("one layer by Adam",),
    defects=DEFECTS,
)

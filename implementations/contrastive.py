"""What contrastive losses may differ in: the scale of the scores, norms, how terms are reduced."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, ContractError, Option
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FACTOR", "NORMALISES", "TEMPERATURE", "on_inputs", "reduction", "scale_by", "takes"]
__all__ += ["units"]


def on_inputs(change: Callable[..., tuple[Any, ...]]) -> Callable[[Call], Call]:
    return lambda call: call._replace(inputs=change(*call.inputs))


# -- the scale ------------------------------------------------------------------------------------


def _log(x: float) -> float:
    return float(torch.tensor(x, dtype=torch.float64).log())


def _exp(x: float) -> float:
    return float(torch.tensor(x, dtype=torch.float64).exp())


def scale_by(
    parameter: str, name: str, words: str,
    change: Callable[[float], float], back: Callable[[float], float],
) -> Option:  # fmt: skip
    """The code takes `change` of the canonical parameter."""

    def changed(call: Call) -> Call:
        if parameter not in call.parameters:
            return call
        value = change(call.parameters[parameter])
        return call._replace(parameters={**call.parameters, parameter: value})

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def theirs(*inputs: Any, **named: Any) -> Any:
            if parameter in named:
                named = {**named, parameter: back(named[parameter])}
            return target(*inputs, **named)

        return theirs

    return Option(name=name, words=words, call=changed, write=write)


TEMPERATURE = Axis(
    name="scale",
    options=(
        Option(name="temperature", words="similarities are divided by the parameter"),
        scale_by(
            "temperature", "inverse", "similarities are multiplied by the parameter",
            lambda t: 1 / t, lambda s: 1 / s,
        ),
        scale_by(
            "temperature", "log inverse",
            "similarities are multiplied by the parameter's exponential",
            lambda t: -_log(t), lambda s: _exp(-s),
        ),
    ),
)  # fmt: skip


FACTOR = Axis(
    name="factor",
    options=(
        Option(name="1", words="the cross-entropy as it is"),
        Option(
            name="2 temperature", words="the cross-entropy by twice the temperature (MoCo v3)",
            output=lambda returned, call: returned / (2 * call.parameters["temperature"]),
            write=lambda target: lambda *inputs, temperature: (
                2 * temperature * target(*inputs, temperature=temperature)
            ),
        ),
    ),
)  # fmt: skip


# -- what is handed over --------------------------------------------------------------------------


def takes(
    parameter: str,
    products: tuple[str, Callable[[Tensor, Tensor], Tensor]],
    scores: tuple[str, Callable[[Tensor, float], Tensor]],
    features: Callable[[Tensor], tuple[Tensor, Tensor, float]],
) -> Axis:
    """Two tables of rows and the parameter; or the table of `scores`, made of their products and
    the parameter; or the table of `products` and the parameter, which may live inside the code.

    `features` are rows whose products are a table, and what the parameter is multiplied by for
    that.  After the axes that change the rows, before those that change the parameter.
    """

    def multiplied(call: Call) -> Call:
        first, second, *rest = call.inputs
        return call._replace(inputs=(products[1](first, second), *rest))

    def scaled(call: Call) -> Call:
        table, *rest = multiplied(call).inputs
        named = dict(call.parameters)
        return Call((scores[1](table, named.pop(parameter)), *rest), named)

    def written(target: Callable[..., Any]) -> Callable[..., Any]:
        def theirs(table: Any, *rest: Any, **named: Any) -> Any:
            first, second, share = features(table)
            value = share * named.get(parameter, 1.0)
            return target(first, second, *rest, **{**named, parameter: value})

        return theirs

    return Axis(
        name="takes",
        form=True,
        options=(
            Option(name="features", words="features, one row each"),
            Option(
                name="scores", words=scores[0], call=scaled, write=written, consumes=(parameter,)
            ),
            Option(name="products", words=products[0], call=multiplied, write=written),
        ),
    )


def units(table: Tensor) -> Tensor:
    """The rows with which another's products are its own columns."""
    return torch.eye(len(table), dtype=table.dtype, device=table.device)


# -- norms ----------------------------------------------------------------------------------------


def _normalise(*inputs: Tensor) -> tuple[Tensor, ...]:
    """Rows of features; labels are left alone."""
    return tuple(z / z.norm(dim=1, keepdim=True) if z.is_floating_point() else z for z in inputs)


NORMALISES = Axis(
    name="normalises",
    options=(
        Option(name="yes", words="embeddings are divided by their norms inside"),
        Option(
            name="no", words="the caller hands over unit vectors", call=on_inputs(_normalise)
        ),
    ),
)  # fmt: skip


# -- reduction ------------------------------------------------------------------------------------


def reduction(terms: Callable[[Call], int], each: str, all_of_them: str) -> Axis:
    """Mean, sum or none of so many terms, one per `each`: "embedding", "all 2N embeddings"."""

    def mean(returned: Any, call: Call) -> Any:
        count, shape = terms(call), tuple(getattr(returned, "shape", ()))
        if math.prod(shape) != count or not shape:
            raise ContractError(
                f"one term per {each}, {count} in all, as reduction=none declares",
                f"shape {shape}" if shape else "a single number",
                "declare reduction=mean or reduction=sum, or return all terms",
            )
        return returned.mean()

    def of(target: Callable[..., Any], change: Callable[[Any, int], Any]) -> Callable[..., Any]:
        def call(*inputs: Any, **named: Any) -> Any:
            return change(target(*inputs, **named), terms(Call(inputs)))

        return call

    return Axis(
        name="reduction",
        options=(
            Option(name="mean", words=f"the mean over {all_of_them}"),
            Option(
                name="sum", words=f"the sum over {all_of_them}",
                output=lambda returned, call: returned / terms(call),
                write=lambda target: of(target, lambda loss, count: loss * count),
            ),
            Option(
                name="none", words=f"one term per {each}", output=mean,
                write=lambda target: of(target, lambda loss, count: loss.expand(count)),
            ),
        ),
    )  # fmt: skip

"""How the supervised contrastive loss is called and reduced, and what an anchor without a positive
is to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, ContractError, Option
from .contrastive import on_inputs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["FACTOR", "LAYOUT", "REDUCTION", "WITHOUT_POSITIVE", "positives"]

BASE = 0.07  # the base temperature of the authors' code


def _company(labels: Tensor) -> Tensor:
    """Which rows share their label with another one [n]."""
    return (labels[:, None] == labels).sum(1) > 1


def _counted(call: Call) -> int:
    return int(_company(call.inputs[1]).sum())


# -- factor ---------------------------------------------------------------------------------------

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="1", words="the cross-entropy as it is"),
        Option(
            name="temperature over 0.07",
            words="the cross-entropy by temperature/base_temperature (the authors' code)",
            output=lambda returned, call: returned * (BASE / call.parameters["temperature"]),
            write=lambda target: lambda *inputs, temperature: (
                target(*inputs, temperature=temperature) * (temperature / BASE)
            ),
        ),
    ),
)  # fmt: skip


# -- what is averaged -----------------------------------------------------------------------------


def positives(inside: Callable[..., Any]) -> Axis:
    return Axis(
        name="positives",
        variant=True,
        options=(
            Option(
                name="outside the log", words="the logarithms are averaged over the positives"
            ),
            Option(
                name="inside the log", words="the probabilities are averaged, inside the logarithm",
                write=lambda target: inside,
            ),
        ),
    )  # fmt: skip


def _mean(count: Callable[[Call], int]) -> Callable[[Any, Call], Any]:
    """Of terms, one for each of so many anchors, or for each row with zeros for the other ones."""

    def mean(returned: Any, call: Call) -> Any:
        rows, shape = len(call.inputs[1]), tuple(getattr(returned, "shape", ()))
        if shape not in ((rows,), (_counted(call),)):
            raise ContractError(
                f"one term per row, {rows} in all, as reduction=none declares",
                f"shape {shape}" if shape else "a single number",
                "declare reduction=mean or reduction=sum, or return all terms",
            )
        return returned.sum() / count(call)

    return mean


def _of(change: Callable[[Any, int], Any]) -> Callable[..., Any]:
    """The target's mean over the anchors that have a positive, changed."""

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def call(features: Tensor, labels: Tensor, *rest: Any, **named: Any) -> Any:
            loss = target(features, labels, *rest, **named)
            return change(loss, int(_company(labels).sum()))

        return call

    return write


def _rows(call: Call) -> int:
    return len(call.inputs[1])


SUMMED = "the sum over the anchors"
EACH = "one term per anchor"

REDUCTION = Axis(
    name="reduction",
    options=(
        Option(name="mean", words="the mean over the anchors"),
        Option(
            name="sum", words=SUMMED, output=lambda returned, call: returned / _counted(call),
            write=_of(lambda loss, count: loss * count),
            instead={
                "without_positive=zero": Option(
                    name="sum", words=SUMMED,
                    output=lambda returned, call: returned / _rows(call),
                    write=lambda target: lambda features, *rest, **named: (
                        target(features, *rest, **named) * len(features)
                    ),
                )
            },
        ),
        Option(
            name="none", words=EACH, output=_mean(_counted),
            write=_of(lambda loss, count: loss.expand(count)),
            instead={
                "without_positive=zero": Option(
                    name="none", words=EACH, output=_mean(_rows),
                    write=lambda target: lambda features, *rest, **named: (
                        target(features, *rest, **named).expand(len(features))
                    ),
                )
            },
        ),
    ),
)  # fmt: skip


# -- anchors without a positive -------------------------------------------------------------------


def _left_out(features: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    company = _company(labels)
    return features[company], labels[company]


def _counted_as_zero(target: Callable[..., Any]) -> Callable[..., Any]:
    def call(features: Tensor, labels: Tensor, *rest: Any, **named: Any) -> Any:
        share = int(_company(labels).sum()) / len(labels)
        return target(features, labels, *rest, **named) * share

    return call


WITHOUT_POSITIVE = Axis(
    name="without_positive",
    variant=True,
    form=True,  # tried with all others: the authors' code departs on two other axes already
    options=(
        Option(
            name="skipped",
            words="anchors without a positive are skipped: the mean is over the others",
        ),
        Option(
            name="zero", words="anchors without a positive count as zero in the mean",
            write=_counted_as_zero,
        ),
        Option(
            name="left out",
            words="the caller hands over no row without a positive: what the code makes of one "
            "is not judged",
            call=on_inputs(_left_out),
        ),
    ),
)  # fmt: skip


# -- the call -------------------------------------------------------------------------------------

LAYOUT = Axis(
    name="layout",
    form=True,
    options=(
        Option(name="rows", words="features [n, d] and their labels [n]"),
        Option(
            name="views", words="features [n, views, d], here of one view each, and labels [n]",
            call=on_inputs(lambda features, labels: (features[:, None, :], labels)),
            write=lambda target: lambda features, labels, *rest, **named: target(
                features.transpose(0, 1).flatten(0, 1), labels.repeat(features.shape[1]),
                *rest, **named,
            ),
        ),
        Option(
            name="mask",
            words="features [n, d] and a table [n, n], one where two rows share a class",
            call=on_inputs(
                lambda features, labels: (
                    features, (labels[:, None] == labels).to(features.dtype)
                )
            ),
            write=lambda target: lambda features, mask, *rest, **named: target(
                features, mask.argmax(1), *rest, **named
            ),
        ),
    ),
)  # fmt: skip

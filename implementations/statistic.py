"""Statistics: the contract, and codings that are sufficient, family by family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .contract import Axis, Call, Contract, ContractError, Input, Option
from .statistic_defects import DEFECTS
from .statistic_training import trained
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ANOTHER_FAMILY", "STATISTIC"]


# -- codings --------------------------------------------------------------------------------------


def two_sums(x: Tensor) -> Tensor:
    """For a normal law of unknown mean and variance."""
    return torch.stack([x.sum(), (x * x).sum()])


def mean_and_deviation(x: np.ndarray) -> tuple[Any, Any]:
    """The same in other coordinates, in NumPy."""
    x = np.asarray(x)
    return x.mean(), x.std(ddof=1)


def in_order(x: Tensor) -> Tensor:
    """All of the data but their order: sufficient for every law of independent observations."""
    return torch.sort(x).values


def total(x: Tensor) -> Tensor:
    return x.sum()


def logs_and_total(x: Tensor) -> Tensor:
    return torch.stack([x.log().sum(), x.sum()])


def largest(x: Tensor) -> Tensor:
    return x.max()


def both_ends(x: Tensor) -> Tensor:
    return torch.stack([x.min(), x.max()])


ANOTHER_FAMILY = (
    "if the data are of another family, declare it: convention={'family': ...} "
    "(--convention family=NAME); else mend the statistic there"
)


# -- calling and reading --------------------------------------------------------------------------


def _as_array(x: np.ndarray) -> np.ndarray:
    return x.copy()


def _as_tensor(x: np.ndarray) -> Tensor:
    return torch.from_numpy(x.copy())


def _in_single_precision(x: np.ndarray) -> Tensor:
    return torch.tensor(x, dtype=torch.float32)


WATCHED = 16  # calls
FORMS = (_as_tensor, _as_array, _in_single_precision)  # in this order, until the code takes one


def invoke(target: Any, call: Call) -> Callable[[np.ndarray], np.ndarray]:
    """The statistic as a function of NumPy arrays, to be asked on many samples."""
    (x,) = call.inputs
    try:
        form, first = _taken(target, x)
    except (ArithmeticError, ValueError) as error:
        raise _told(error, x.numpy()) from error
    numbers(first)
    watched = iter(range(WATCHED))  # what writes into its input does so at once, or never

    def asked(values: np.ndarray) -> np.ndarray:
        data = form(values)
        try:
            returned = numbers(target(data))
        except (ArithmeticError, ValueError) as error:
            raise _told(error, values) from error
        if next(watched, None) is not None and _changed(data, values):
            raise ContractError(
                "a callable that leaves its input as it is",
                f"one that changes x = {values.tolist()} in place",
                "work on a copy: x = x.clone(), or use the operation without the trailing "
                "underscore",
            )
        return returned

    return asked


def _changed(data: Any, values: np.ndarray) -> bool:
    left = np.asarray(data)
    return not np.array_equal(left, values.astype(left.dtype))


def _told(error: Exception, x: np.ndarray) -> Exception:
    """A value that does not exist, as what is asked for; any other error as it is."""
    if not isinstance(error, ArithmeticError) and "domain" not in str(error):
        return error
    return ContractError(
        "a finite number on the whole sample space",
        f"{type(error).__name__}: {error}, at x = {x.tolist()}", ANOTHER_FAMILY,
    )  # fmt: skip


def _taken(target: Any, x: Tensor) -> tuple[Callable[[np.ndarray], Any], Any]:
    """The first form of the data that the code takes, and what it returned; raises what it raised
    on the first."""
    array = x.numpy()
    try:
        return _as_tensor, target(x)
    except Exception as error:
        for form in FORMS[1:]:
            try:
                return form, target(form(array))
            except Exception:  # noqa: BLE001  the first error is the one to be told
                continue
        raise error


def numbers(returned: Any) -> np.ndarray:
    """The entries of a number, a tensor, an array, or a tuple of them, in float64."""
    if isinstance(returned, (tuple, list)) and returned:
        return np.concatenate([numbers(part) for part in returned])
    if isinstance(returned, Mapping) or returned is None or isinstance(returned, str):
        raise _not_numbers(returned)
    if hasattr(returned, "detach") and not returned.is_complex():
        returned = returned.detach()
        if returned.dtype is not torch.float64 or returned.is_cuda:
            returned = returned.cpu().to(torch.float64)
        returned = returned.numpy()
    try:
        array = np.asarray(returned)
        if array.dtype.kind not in "biuf":
            raise _not_numbers(returned)
        return array.astype(float).ravel()
    except (TypeError, ValueError) as error:
        if isinstance(error, ContractError):
            raise
        raise _not_numbers(returned) from error


def _not_numbers(returned: Any) -> ContractError:
    received = type(returned).__name__
    if isinstance(returned, Mapping):
        received = f"a dict with keys {', '.join(map(str, returned))}"
    return ContractError(
        "a real number, a tensor or an array, or a tuple of them", received,
        "return the statistic's values themselves, such as (x.sum(), (x**2).sum())",
    )  # fmt: skip


def read(returned: Any, call: Call) -> Any:
    """Already a function of samples: it is asked by the pairing."""
    return returned


# -- conventions ----------------------------------------------------------------------------------


def _sufficient(coding: Callable[..., Any]) -> Callable[[Any], Callable[..., Any]]:
    return lambda target: coding


FAMILY = Axis(
    name="family",
    variant=True,
    plural=True,
    options=(
        Option(name="normal", words="normal, mean and variance unknown"),
        Option(
            name="normal-mean", words="normal, the variance known", write=_sufficient(total)
        ),
        Option(
            name="curved-normal", words="normal, mean theta and variance theta squared",
            write=_sufficient(two_sums),
        ),
        Option(name="bernoulli", words="zeros and ones", write=_sufficient(total)),
        Option(name="poisson", words="counts of a Poisson law", write=_sufficient(total)),
        Option(name="exponential", words="exponential", write=_sufficient(total)),
        Option(
            name="gamma", words="gamma, shape and rate unknown",
            write=_sufficient(logs_and_total),
        ),
        Option(name="uniform", words="uniform from 0 to theta", write=_sufficient(largest)),
        Option(
            name="uniform-shift", words="uniform from theta to theta + 1",
            write=_sufficient(both_ends),
        ),
    ),
)  # fmt: skip

MINIMAL = Axis(
    name="minimal",
    variant=True,
    promise=True,
    options=(
        Option(name="no", words="sufficient, and perhaps more than is needed"),
        Option(
            name="yes", words="minimal: a function of every sufficient statistic",
            write=_sufficient(two_sums),
            instead={
                f"family={option.name}": Option(name="yes", words="minimal: its closed form")
                for option in FAMILY.options[1:]
            },
        ),
    ),
)  # fmt: skip

STATISTIC = Contract(
    name="statistic",
    title="a sufficient statistic",
    inputs=(Input(name="x", shape="n", differentiable=False),),
    returns="number or tensor, or a tuple of them: a function of n independent observations, "
    "for every n from 2 to 8; x is a tensor, or a NumPy array for code that takes none",
    axes=(FAMILY, MINIMAL),
    read=read,
    invoke=invoke,
    references={
        "sum and sum of squares": two_sums,
        "mean and deviation, NumPy": mean_and_deviation,
        "the data in order": in_order,
        "trained network": trained,
    },
    defects=DEFECTS,
)

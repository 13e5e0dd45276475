"""Dictionary learning: the contract, and how other people's conventions are brought to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .contract import Axis, Call, Contract, ContractError, Input, Option, plain
from .dictionary_defects import DEFECTS
from .dictionary_training import by_blocks, by_sparse_autoencoder, codes_alone

__all__ = ["DICTIONARY"]


# -- calling and reading --------------------------------------------------------------------------


def invoke(target: Any, call: Call) -> Any:
    """A function is called; what an estimator means by its attributes is for its user to say."""
    if not callable(target) and hasattr(target, "fit"):
        raise ContractError(
            "a function (x, k, penalty) -> dict(dictionary=..., codes=..., loss=...)",
            f"an estimator, {type(target).__name__}",
            "wrap it: build it with k and penalty, codes = model.fit_transform(x), and return "
            "dict(dictionary=model.components_.T, codes=codes, loss=...)",
        )
    return target(*call.inputs, **call.parameters)


REQUIRED = ("dictionary", "codes", "loss")


def read(returned: Any, call: Call) -> dict[str, Any]:
    """The dictionary, the codes, the loss, and what is said of convergence."""
    if not isinstance(returned, Mapping) or not set(REQUIRED) <= set(returned):
        received = (
            f"a dict with keys {', '.join(map(str, returned))}"
            if isinstance(returned, Mapping)
            else type(returned).__name__
        )
        raise ContractError(
            f"a dict with the keys {', '.join(REQUIRED)}", received,
            "wrap the code in a function that returns dict(dictionary=..., codes=..., loss=...), "
            "with converged=True if it is at an optimum",
        )  # fmt: skip
    found = {name: plain(returned[name]) for name in REQUIRED}
    n, k = len(call.inputs[0]), int(call.parameters["k"])
    for name, wanted in (("codes", (n, k)), ("loss", ())):
        if tuple(found[name].shape) != wanted:
            raise ContractError(
                f"{name} of shape {wanted} for n={n}, k={k}", f"shape {tuple(found[name].shape)}",
                "transpose them: one row of codes per row of data" if name == "codes"
                else "return one number",
            )  # fmt: skip
    tolerance = float(returned.get("tolerance") or 0.0)
    if not 0 <= tolerance < 1:
        raise ContractError(
            "a tolerance from 0 to 1: the share of the mean of half the squared length of a row",
            f"{tolerance:g}", "leave it out where the optimum is reached to rounding",
        )  # fmt: skip
    return found | {"converged": bool(returned.get("converged", False)), "tolerance": tolerance}


# -- conventions ----------------------------------------------------------------------------------


def _laid_out(returned: dict[str, Any], call: Call, *, rows: bool) -> dict[str, Any]:
    d, k = call.inputs[0].shape[1], int(call.parameters["k"])
    wanted, shape = (k, d) if rows else (d, k), tuple(returned["dictionary"].shape)
    if shape != wanted:
        raise ContractError(
            f"a dictionary of shape {wanted} for d={d}, k={k}", f"shape {shape}",
            f"declare atoms={'columns' if rows else 'rows'}" if shape == wanted[::-1]
            else "return one atom of length d for each of the k",
        )  # fmt: skip
    return returned | {"dictionary": returned["dictionary"].T} if rows else returned


def _changed(
    of_loss: Callable[[tuple[int, int]], float], of_penalty: Callable[[tuple[int, int]], float]
) -> dict[str, Any]:
    """A convention in which the loss, and the penalty that goes with it, are multiplied by what
    depends on the data's shape."""

    def handed(call: Call) -> Call:
        penalty = call.parameters["penalty"] * of_penalty(call.inputs[0].shape)
        return call._replace(parameters={**call.parameters, "penalty": penalty})

    def back(returned: dict[str, Any], call: Call) -> dict[str, Any]:
        return returned | {"loss": returned["loss"] / of_loss(call.inputs[0].shape)}

    def write(target: Callable[..., Any]) -> Callable[..., Any]:
        def written(x: Any, k: int, penalty: float) -> dict[str, Any]:
            returned: dict[str, Any] = target(x, k, penalty / of_penalty(x.shape))
            return returned | {"loss": returned["loss"] * of_loss(x.shape)}

        return written

    return {"call": handed, "output": back, "write": write}


def _in_rows(target: Callable[..., Any]) -> Callable[..., Any]:
    def rows(x: Any, k: int, penalty: float) -> dict[str, Any]:
        returned: dict[str, Any] = target(x, k, penalty)
        return returned | {"dictionary": returned["dictionary"].T}

    return rows


ATOMS = Axis(
    name="atoms",
    options=(
        Option(
            name="columns", words="each column of the dictionary is an atom",
            output=lambda returned, call: _laid_out(returned, call, rows=False),
        ),
        Option(
            name="rows", words="each row is an atom, as in scikit-learn's components_",
            output=lambda returned, call: _laid_out(returned, call, rows=True), write=_in_rows,
        ),
    ),
)  # fmt: skip

BATCH = Axis(
    name="batch",
    options=(
        Option(name="mean", words="averaged over the rows of the data"),
        Option(
            name="sum", words="summed over the rows",
            **_changed(lambda shape: float(shape[0]), lambda shape: 1.0),
        ),
    ),
)  # fmt: skip

FACTOR = Axis(
    name="factor",
    options=(
        Option(name="half", words="half the squared error, and the penalty"),
        Option(
            name="one", words="the whole squared error, and the penalty",
            **_changed(lambda shape: 2.0, lambda shape: 2.0),
        ),
    ),
)  # fmt: skip

FEATURES = Axis(
    name="features",
    options=(
        Option(name="sum", words="squared errors are summed over features"),
        Option(
            name="mean", words="squared errors are averaged over features; codes are summed",
            **_changed(lambda shape: 1 / shape[1], lambda shape: 1 / shape[1]),
        ),
    ),
)  # fmt: skip

LEARNS = Axis(
    name="learns",
    variant=True,
    options=(
        Option(name="both", words="dictionary and codes are learnt"),
        Option(
            name="codes", words="the codes alone, for a dictionary that is given",
            write=lambda target: codes_alone,
        ),
    ),
)  # fmt: skip

DICTIONARY = Contract(
    name="dictionary",
    title="dictionary learning with an L1 penalty",
    inputs=(Input(name="x", shape="n,d", differentiable=False),),
    parameters=("k", "penalty"),
    returns="dict of dictionary[d,k], codes[n,k], loss, and optionally converged, tolerance: the "
    "loss is half the squared error plus penalty times the absolute codes, averaged over rows; "
    "`converged` says that codes and dictionary are each the best for the other, to rounding or "
    "to the `tolerance`, a share of the mean of half the squared length of a row",
    axes=(ATOMS, BATCH, FACTOR, FEATURES, LEARNS),
    read=read,
    invoke=invoke,
    references={
        "block by block": by_blocks,
        "a sparse autoencoder in float32": by_sparse_autoencoder,
    },
    ordinary=("a sparse autoencoder in float32",),
    defects=DEFECTS,
)

"""The corners of a simplex: the contract, and codings that meet it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .collapsed_features import frame
from .contract import Axis, Call, Contract, ContractError, Convention, Option, plain
from .simplex_etf_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SIMPLEX_ETF", "by_eigenvectors", "by_orthogonal_columns", "corner_by_corner"]
__all__ += ["refuse_crowds"]


def by_eigenvectors(K: int, d: int) -> Tensor:
    """The root of the Gram matrix, in K - 1 coordinates."""
    return math.sqrt(K / (K - 1)) * frame(K, d)


def corner_by_corner(K: int, d: int) -> Tensor:
    """Each corner has the products that it owes to those before, and what is left of its length."""
    rows = torch.zeros(K, max(d, K), dtype=torch.float64)
    for i in range(K):
        for j in range(i):
            if rows[j, j] > 0:
                owed = -1 / (K - 1) - rows[i, :j] @ rows[j, :j]
                rows[i, j] = owed / rows[j, j]
        left = 1 - (rows[i] ** 2).sum() if i < K - 1 else 0.0  # the last has none
        rows[i, i] = math.sqrt(left)
    return rows[:, :d].contiguous()


def by_orthogonal_columns(K: int, d: int) -> Tensor:
    """As classifiers are fixed in practice: centred one-hot rows, turned by random orthogonal
    columns, of which d dimensions must have room for K."""
    draw = torch.Generator().manual_seed(0)
    columns = torch.linalg.qr(torch.randn(d, K, generator=draw, dtype=torch.float64)).Q
    centring = torch.eye(K, dtype=torch.float64) - 1 / K
    return math.sqrt(K / (K - 1)) * centring @ columns.T


# -- conventions ----------------------------------------------------------------------------------


def read(returned: Any, call: Call) -> Any:
    """One array of corners, in rows or in columns."""
    K, d = int(call.parameters["K"]), int(call.parameters["d"])
    shape = tuple(getattr(returned, "shape", ()))
    if shape not in ((K, d), (d, K)):
        raise ContractError(
            f"an array of shape ({K}, {d}), a row for each corner",
            f"shape {shape}" if hasattr(returned, "shape") else type(returned).__name__,
            "return the corners in all d dimensions, zeros where they do not reach",
        )
    return plain(returned)


def _columns(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda K, d: target(K, d).T


def _centred_one_hot(target: Callable[..., Any]) -> Callable[..., Any]:
    return lambda K, d: target(K, d) * math.sqrt(1 - 1 / K)


def refuse_crowds(fixed: Mapping[str, float], short: int) -> None:
    """Complains by `ContractError` of a declared d in which no simplex of K corners has room, or of
    one beside which no K is declared, and of a single class; `short` is by how much d may be less
    than K."""
    if fixed.get("K", 2) < 2:
        raise ContractError(
            "two classes or more", f"K={fixed['K']:g}", "one class has nothing to be told from"
        )
    if "d" in fixed and fixed["d"] < fixed.get("K", math.inf) - short:
        received = ", ".join(f"{name}={int(fixed[name])}" for name in ("K", "d") if name in fixed)
        raise ContractError(
            f"d >= K{f' - {short}' if short else ''}, with both declared: that many dimensions "
            "have room for K classes",
            received,
            "declare a K that has room, such as --fixed K=3 beside --fixed d=3; more classes have "
            "no simplex to collapse to, and no theorem here says where they end",
        )


def refuse(fixed: Mapping[str, float], convention: Convention) -> None:
    refuse_crowds(fixed, int(convention["room"] == "K-1"))


LAYOUT = Axis(
    name="layout",
    options=(
        Option(name="rows", words="a row for each corner"),
        Option(
            name="columns", words="a column for each corner",
            output=lambda returned, call: returned.T, write=_columns,
        ),
    ),
)  # fmt: skip

LENGTH = Axis(
    name="length",
    options=(
        Option(name="one", words="corners have length one"),
        Option(
            name="centred", words="corners are as long as centred one-hot labels, the root of "
            "1 - 1/K",
            output=lambda returned, call: returned / math.sqrt(1 - 1 / call.parameters["K"]),
            write=_centred_one_hot,
        ),
    ),
)  # fmt: skip

ROOM = Axis(
    name="room",
    variant=True,
    options=(
        Option(name="K-1", words="K - 1 dimensions are enough"),
        Option(
            name="K", words="the coding asks for K dimensions, as random orthogonal columns do",
            write=lambda target: by_orthogonal_columns,
        ),
    ),
)  # fmt: skip

SIMPLEX_ETF = Contract(
    name="simplex-etf",
    title="the corners of a simplex",
    inputs=(),
    parameters=("K", "d"),
    returns="corners[K,d]: unit rows, the cosine of any two of which is -1/(K-1), in any rotation; "
    "K <= d + 1",
    axes=(LAYOUT, LENGTH, ROOM),
    read=read,
    shapes=lambda call: ((int(call.parameters["K"]), int(call.parameters["d"])),),
    references={
        "eigenvectors of the centring": by_eigenvectors,
        "corner by corner": corner_by_corner,
    },
    defects=DEFECTS,
    refuse=refuse,
)

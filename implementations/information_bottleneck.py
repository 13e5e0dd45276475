"""The information bottleneck of a table: contract and conventions.

The searches are in `information_bottleneck_search`, wrong ones in `information_bottleneck_defects`.
"""

from __future__ import annotations

from dataclasses import replace

from .contract import Axis, Contract, Input, Option
from .gaussian_ib import LAGRANGIAN, read
from .gaussian_kl import BASE
from .information import TABLE
from .information_bottleneck_defects import DEFECTS
from .information_bottleneck_search import alternating, by_gradients

__all__ = ["INFORMATION_BOTTLENECK"]

SEARCH = Axis(
    name="search",
    variant=True,
    options=(
        Option(name="no", words="a local search, or not said: the optimum is not claimed"),
        Option(name="yes", words="the search ended at the best description, to 1e-6 nats"),
    ),
)

# declared, and never inferred: a search that is misled keeps nothing, and says nothing wrong
PRICE, TABLES = replace(LAGRANGIAN, promise=True), replace(TABLE, promise=True)

INFORMATION_BOTTLENECK = Contract(
    name="information-bottleneck",
    title="the information bottleneck of a table of probabilities",
    inputs=(Input(name="p_xy", shape="m,n", differentiable=False, shares=True),),
    parameters=("beta",),
    returns="(I_x, I_y)",
    axes=(PRICE, TABLES, BASE, SEARCH),
    read=read,
    references={
        "alternating": alternating,
        "a softmax by L-BFGS": by_gradients,
    },
    defects=DEFECTS,
)

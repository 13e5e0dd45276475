"""The KL of a diagonal Gaussian from the standard normal: contract, honest codings, stabilisers.

The wrong ones are in `gaussian_kl_defects`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .contract import Axis, Call, Contract, Input, Option
from .gaussian import require_number, require_rows, require_table, second_argument
from .gaussian_kl_defects import DEFECTS
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["GAUSSIAN_KL", "closed_form", "stabilised", "through_distributions"]

LN2 = 0.6931471805599453


# -- honest codings -------------------------------------------------------------------------------


def closed_form(mu: Tensor, logvar: Tensor) -> Tensor:
    """As in the appendix that everybody copies from, with the sign in front."""
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(dim=-1)


def near_the_prior(mu: Tensor, logvar: Tensor) -> Tensor:
    """The same with the digits kept where variances are near one."""
    return 0.5 * (mu * mu + torch.expm1(logvar) - logvar).sum(dim=1)


def through_distributions(mu: Tensor, logvar: Tensor) -> Tensor:
    """Left to torch.distributions."""
    of = torch.distributions
    q = of.Independent(of.Normal(mu, (0.5 * logvar).exp()), 1)
    p = of.Independent(of.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    return of.kl_divergence(q, p)


def stabilised(
    mu: Tensor,
    logvar: Tensor,
    *,
    variance: float = 0.0,
    logarithm: float = 0.0,
    clamp: float = 0.0,
) -> Tensor:
    """The closed form with the small constants that people add, all zero by default."""
    if clamp:
        logvar = logvar.clamp(-1 / clamp, 1 / clamp)
    var = logvar.exp() + variance
    return 0.5 * (mu.pow(2) + var - 1 - (var + logarithm).log()).sum(dim=-1)


# -- conventions ----------------------------------------------------------------------------------


def _batch_size(call: Call) -> int:
    return len(call.inputs[0])


def _over_batch(target: Any, reduce: str) -> Any:
    return lambda *inputs, **named: getattr(target(*inputs, **named), reduce)()


LATENT = Axis(
    name="latent",
    options=(
        Option(name="sum", words="summed over latent coordinates"),
        Option(
            name="mean", words="averaged over latent coordinates",
            output=lambda returned, call: returned * call.inputs[0].shape[1],
            write=lambda target: lambda mu, *rest: target(mu, *rest) / mu.shape[1],
        ),
        Option(
            name="none", words="one number per latent coordinate",
            output=lambda returned, call: require_table(returned, call).sum(dim=1),
            write=lambda target: lambda mu, *rest: (
                (target(mu, *rest) / mu.shape[1])[:, None].expand_as(mu)
            ),
        ),
    ),
)  # fmt: skip

BATCH = Axis(
    name="batch",
    options=(
        Option(name="none", words="one number per row", output=require_rows),
        Option(
            name="mean", words="averaged over the rows",
            output=lambda returned, call: require_number(returned, call) * _batch_size(call),
            write=lambda target: _over_batch(target, "mean"),
        ),
        Option(
            name="sum", words="summed over the rows", output=require_number,
            write=lambda target: _over_batch(target, "sum"),
        ),
    ),
)  # fmt: skip


def in_bits(nats: Any) -> Any:
    """One number, or each of a pair."""
    return tuple(part / LN2 for part in nats) if isinstance(nats, tuple) else nats / LN2


BASE = Axis(
    name="base",
    options=(
        Option(name="e", words="in nats"),
        Option(
            name="2", words="in bits", output=lambda returned, call: returned * LN2,
            write=lambda target: lambda *inputs, **named: in_bits(target(*inputs, **named)),
        ),
    ),
)  # fmt: skip

GAUSSIAN_KL = Contract(
    name="gaussian-kl",
    title="the KL divergence of a diagonal Gaussian from the standard normal",
    inputs=(Input(name="mu", shape="n,k"), Input(name="logvar", shape="n,k")),
    returns="[n]",
    axes=(second_argument(1), LATENT, BATCH, BASE),
    shapes=lambda call: ((_batch_size(call),), ()),
    references={
        "closed form": closed_form,
        "closed form with expm1": near_the_prior,
        "torch.distributions": through_distributions,
    },
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "variance": "added to each variance",
        "logarithm": "added to each variance, under the logarithm",
        "clamp": "the reciprocal of the bound to which log-variances are clamped",
    },
)

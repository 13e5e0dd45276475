"""The negative ELBO of an autoencoder: contract, honest codings, and what is added to them.

The wrong ones are in `elbo_defects`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from .argument_order import ORDER
from .contract import Axis, Call, Contract, Input, Option
from .elbo_defects import DEFECTS
from .gaussian import second_argument
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ELBO", "by_hand", "by_monte_carlo", "stabilised", "through_distributions"]

Answer = Any  # a tensor [n, d], or, under reconstruction=sampled, a decoder: code -> tensor
LN_2_PI = 1.8378770664093453


# -- honest codings; the keywords are the variants ------------------------------------------------


def by_hand(
    x: Tensor,
    x_hat: Answer,
    mu: Tensor,
    logvar: Tensor,
    *,
    likelihood: str = "gaussian",
    reconstruction: str = "given",
    constant: str = "dropped",
    features: str = "sum",
    beta: float = 1.0,
    decoder_variance: float = 1.0,
) -> Tensor:
    """As most people write it: squared error or cross-entropy, plus the closed-form KL."""
    if reconstruction == "sampled":
        x_hat = x_hat(mu + torch.randn_like(mu) * (0.5 * logvar).exp())
    if likelihood == "bernoulli":
        terms = torch.nn.functional.binary_cross_entropy(x_hat, x, reduction="none")
    else:
        terms = (x - x_hat).pow(2) / (2 * decoder_variance)
        if constant == "kept":
            terms = terms + 0.5 * LN_2_PI + 0.5 * _log(decoder_variance)
    per_row = terms.mean(dim=1) if features == "mean" else terms.sum(dim=1)
    kl = -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum(dim=1)
    return (per_row + beta * kl).mean()


def through_distributions(
    x: Tensor,
    x_hat: Answer,
    mu: Tensor,
    logvar: Tensor,
    *,
    likelihood: str = "gaussian",
    reconstruction: str = "given",
    constant: str = "dropped",
    features: str = "sum",
    beta: float = 1.0,
    decoder_variance: float = 1.0,
) -> Tensor:
    """With torch.distributions for q, prior and likelihood."""
    of = torch.distributions
    q = of.Independent(of.Normal(mu, (0.5 * logvar).exp()), 1)
    prior = of.Independent(of.Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    if reconstruction == "sampled":
        x_hat = x_hat(q.rsample())
    if likelihood == "bernoulli":
        terms = of.Bernoulli(probs=x_hat).log_prob(x)
    else:
        deviation = decoder_variance**0.5
        terms = of.Normal(x_hat, deviation).log_prob(x)
        if constant == "dropped":
            terms = terms + 0.5 * LN_2_PI + _log(deviation)
    per_row = terms.mean(1) if features == "mean" else terms.sum(1)
    return -(per_row - beta * of.kl_divergence(q, prior)).mean()


def by_monte_carlo(x: Tensor, decoder: Answer, mu: Tensor, logvar: Tensor) -> Tensor:
    """Entirely sampled: log-likelihood, log prior and log q at one draw, all constants kept."""
    of = torch.distributions
    q = of.Normal(mu, (0.5 * logvar).exp())
    z = q.rsample()
    prior = of.Normal(torch.zeros_like(mu), torch.ones_like(mu))
    likelihood = of.Normal(decoder(z), 1.0).log_prob(x).sum(1)
    return -(likelihood + prior.log_prob(z).sum(1) - q.log_prob(z).sum(1)).mean()


def stabilised(
    x: Tensor,
    x_hat: Answer,
    mu: Tensor,
    logvar: Tensor,
    *,
    likelihood: str = "gaussian",
    reconstruction: str = "given",
    constant: str = "dropped",
    features: str = "sum",
    variance: float = 0.0,
    logarithm: float = 0.0,
    probability: float = 0.0,
    clamp: float = 0.0,
) -> Tensor:
    """The definition with the small constants that people add, all zero by default."""
    if clamp:
        logvar = logvar.clamp(-1 / clamp, 1 / clamp)
    var = logvar.exp() + variance
    if reconstruction == "sampled":
        x_hat = x_hat(mu + torch.randn_like(mu) * var.sqrt())
    if likelihood == "bernoulli":
        one, zero = (x_hat + probability).log(), (1 - x_hat + probability).log()
        terms = -(x * one + (1 - x) * zero)
    else:
        terms = 0.5 * (x - x_hat).pow(2) + (0.5 * LN_2_PI if constant == "kept" else 0.0)
    per_row = terms.mean(dim=1) if features == "mean" else terms.sum(dim=1)
    kl = 0.5 * (mu.pow(2) + var - 1 - (var + logarithm).log()).sum(dim=1)
    return (per_row + kl).mean()


def _log(number: float) -> float:
    return float(torch.tensor(number, dtype=torch.float64).log())


# -- conventions ----------------------------------------------------------------------------------


def _variant(name: str, *options: tuple[str, str]) -> Axis:
    """Another function: a canonical coding takes the option as a keyword."""

    def write(value: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return lambda target: partial(target, **{name: value})

    first, *others = options
    return Axis(
        name=name, variant=True,
        options=(
            Option(name=first[0], words=first[1]),
            *(Option(name=value, words=words, write=write(value)) for value, words in others),
        ),
    )  # fmt: skip


def _logits(call: Call) -> Call:
    x, x_hat, *rest = call.inputs
    if isinstance(x_hat, torch.Tensor):
        return call._replace(inputs=(x, x_hat.log() - (-x_hat).log1p(), *rest))
    return call._replace(inputs=(x, lambda z: torch.logit(x_hat(z)), *rest))


LIKELIHOOD = _variant(
    "likelihood",
    ("gaussian", "a Gaussian likelihood: half the squared error over the decoder's variance"),
    ("bernoulli", "a Bernoulli likelihood: the binary cross-entropy of probabilities"),
)
RECONSTRUCTION = _variant(
    "reconstruction",
    ("given", "the second argument is the reconstruction"),
    ("sampled", "the second argument is the decoder; the code draws from q itself"),
)
CONSTANT = _variant(
    "constant",
    ("dropped", "without the Gaussian likelihood's constant"),
    ("kept", "with the Gaussian likelihood's constant, (d/2) log(2 pi variance)"),
)
FEATURES = _variant(
    "features",
    ("sum", "the reconstruction term is summed over features"),
    ("mean", "the reconstruction term is averaged over features, the KL summed over latents"),
)

ANSWER = Axis(
    name="answer",
    options=(
        Option(name="mean", words="the reconstruction is the likelihood's mean"),
        Option(
            name="logits", words="the reconstruction is the logit of a probability", call=_logits,
            write=lambda target: lambda x, logits, *rest, **named: target(
                x, logits.sigmoid(), *rest, **named
            ),
        ),
    ),
)  # fmt: skip

BATCH = Axis(
    name="batch",
    options=(
        Option(name="mean", words="averaged over the rows"),
        Option(
            name="sum", words="summed over the rows",
            output=lambda returned, call: returned / len(call.inputs[0]),
            write=lambda target: lambda x, *rest, **named: target(x, *rest, **named) * len(x),
        ),
    ),
)  # fmt: skip

SIGN = Axis(
    name="sign",
    options=(
        Option(name="loss", words="the negative ELBO, to be minimised"),
        Option(
            name="bound", words="the ELBO, to be maximised",
            output=lambda returned, call: -returned,
            write=lambda target: lambda *inputs, **named: -target(*inputs, **named),
        ),
    ),
)  # fmt: skip

ELBO = Contract(
    name="elbo",
    title="the negative ELBO",
    inputs=(
        Input(name="x", shape="n,d", differentiable=False),
        Input(name="x_hat", shape="n,d"),
        Input(name="mu", shape="n,k"),
        Input(name="logvar", shape="n,k"),
    ),
    returns="float",
    axes=(
        *(LIKELIHOOD, RECONSTRUCTION, CONSTANT, FEATURES, second_argument(3), ANSWER, BATCH, SIGN),
        ORDER,  # last: the others know the inputs by their places
    ),
    hidden={"beta": 1.0, "decoder_variance": 1.0},
    shapes=lambda call: ((),),
    references={"by hand": by_hand, "torch.distributions": through_distributions},
    defects=DEFECTS,
    stabilised=stabilised,
    stabilisers={
        "variance": "added to each variance of q",
        "logarithm": "added to each variance of q, under the logarithm",
        "probability": "added to the decoder's probabilities, under the logarithm",
        "clamp": "the reciprocal of the bound to which log-variances are clamped",
    },
)

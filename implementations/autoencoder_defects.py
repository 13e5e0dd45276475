"""Errors that people make in autoencoders, each as the code that makes it, trained for a few steps.

Most let more than the code reach the decoder, or let rows meet that should not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .autoencoder_networks import NARROW, WIDE, Build, linear, multilayer, trained
from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

__all__ = ["DEFECTS"]

STEPS = 2


def few_steps(build: Build, x: Tensor, k: int) -> Module:
    return trained(build, x, k, steps=STEPS)


def halves(d: int, k: int) -> tuple[Module, Module]:
    """An encoder and a decoder to be put together wrongly."""
    nn = torch.nn
    encoder = nn.Sequential(nn.Linear(d, NARROW), nn.Tanh(), nn.Linear(NARROW, k))
    return encoder, nn.Sequential(nn.Linear(k, NARROW), nn.Tanh(), nn.Linear(NARROW, d))


def joined(parts: tuple[Module, ...], forward: Callable[..., Tensor]) -> Module:
    """A module of these parts; `forward(x, *parts)` says what it does with them."""

    class Joined(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = torch.nn.ModuleList(parts)

        def forward(self, x: Tensor) -> Tensor:
            return forward(x, *self.parts)

    return Joined()


# -- more than the code reaches the decoder -------------------------------------------------------


def skip_connection(x: Tensor, k: int) -> Any:
    def build(d: int, k: int) -> Module:
        return joined(halves(d, k), lambda x, encode, decode: x + decode(encode(x)))

    return few_steps(build, x, k)


def bottleneck_wider(x: Tensor, k: int) -> Any:
    return few_steps(multilayer, x, k + 1)


def input_returned(x: Tensor, k: int) -> Any:
    net = few_steps(linear, x, k)

    def reconstruct(rows: Tensor) -> Tensor:
        net(rows)
        return rows

    return reconstruct


def decoder_sees_the_row(x: Tensor, k: int) -> Any:
    def build(d: int, k: int) -> Module:
        nn = torch.nn
        encoder, _ = halves(d, k)
        decoder = nn.Sequential(nn.Linear(k + d, WIDE), nn.Tanh(), nn.Linear(WIDE, d))
        return joined(
            (encoder, decoder),
            lambda x, encode, decode: decode(torch.cat([encode(x), x], dim=1)),
        )

    return few_steps(build, x, k)


def own_mean_passed_round(x: Tensor, k: int) -> Any:
    def forward(x: Tensor, encode: Any, decode: Any) -> Tensor:
        mean = x.mean(dim=1, keepdim=True)
        return torch.as_tensor(decode(encode(x - mean)) + mean)

    return few_steps(lambda d, k: joined(halves(d, k), forward), x, k)


# -- rows meet ------------------------------------------------------------------------------------


def with_batch_norm(d: int, k: int) -> Module:
    nn = torch.nn
    return nn.Sequential(
        nn.Linear(d, NARROW), nn.BatchNorm1d(NARROW), nn.Tanh(), nn.Linear(NARROW, k),
        nn.Linear(k, d),
    )  # fmt: skip


def batch_statistics_left_on(x: Tensor, k: int) -> Any:
    return few_steps(with_batch_norm, x, k).train()


def normalised_by_the_batch(x: Tensor, k: int) -> Any:
    net = few_steps(linear, x - x.mean(dim=0), k)

    def reconstruct(rows: Tensor) -> Tensor:
        mean = rows.mean(dim=0)
        return torch.as_tensor(net(rows - mean) + mean)

    return reconstruct


def attention_over_the_batch(x: Tensor, k: int) -> Any:
    def build(d: int, k: int) -> Module:
        nn = torch.nn
        layer = nn.TransformerEncoderLayer(WIDE, 2, dim_feedforward=WIDE, dropout=0.0)
        parts = (nn.Linear(1, WIDE), layer, nn.Linear(WIDE, k), nn.Linear(k, d))

        def forward(x: Tensor, token: Any, attend: Any, encode: Any, decode: Any) -> Tensor:
            return torch.as_tensor(decode(encode(attend(token(x.unsqueeze(2))).mean(dim=1))))

        return joined(parts, forward)

    return few_steps(build, x, k)


# -- it is not the same the second time -----------------------------------------------------------


def dropout_left_on(x: Tensor, k: int) -> Any:
    def build(d: int, k: int) -> Module:
        nn = torch.nn
        return nn.Sequential(nn.Linear(d, k), nn.Dropout(0.5), nn.Linear(k, d))

    return few_steps(build, x, k).train()


def noise_left_on(x: Tensor, k: int) -> Any:
    net = few_steps(linear, x, k)
    return lambda rows: net(rows + 0.3 * torch.randn_like(rows))


def standardised_in_place(x: Tensor, k: int) -> Any:
    mean, spread = x.mean(dim=0), float(x.std()) or 1.0
    net = few_steps(linear, (x - mean) / spread, k)

    def reconstruct(rows: Tensor) -> Tensor:
        rows -= mean
        rows /= spread
        return torch.as_tensor(net(rows) * spread + mean)

    return reconstruct


# -- it is worse than a constant ------------------------------------------------------------------


def left_standardised(x: Tensor, k: int) -> Any:
    net = few_steps(linear, x, k)
    return lambda rows: net.net(((rows - net.mean) / x.std()).float()).to(rows.dtype)


def targets_shuffled(x: Tensor, k: int) -> Any:
    return trained(linear, x, k, steps=STEPS, targets=lambda z: z.roll(1, 0))


# -- it is not as linear as declared --------------------------------------------------------------


def activation_left_in(x: Tensor, k: int) -> Any:
    def build(d: int, k: int) -> Module:
        nn = torch.nn
        return nn.Sequential(nn.Linear(d, k), nn.Tanh(), nn.Linear(k, d))

    return few_steps(build, x, k)


DEFECTS = (
    Defect(
        name="skip connection round the bottleneck", call=skip_connection,
        why="residual blocks are wrapped around everything, the bottleneck too",
        changes="the row is added to what its code is decoded to",
    ),
    Defect(
        name="bottleneck wider than k", call=bottleneck_wider,
        why="a unit more than asked: a loop to k inclusive, or a class token beside the code",
        changes="k+1 numbers pass in place of k",
    ),
    Defect(
        name="input returned", call=input_returned,
        why="the loop's variable is returned in place of the output",
        changes="each row is its own reconstruction, without any loss",
    ),
    Defect(
        name="decoder sees the row", call=decoder_sees_the_row,
        why="a condition is concatenated to the code, and the condition is the row itself",
        changes="d numbers pass in place of k",
    ),
    Defect(
        name="own mean passed round", call=own_mean_passed_round,
        why="each row is normalised by its own mean, which is added back after decoding",
        changes="k+1 numbers pass: the mean of the row beside its code",
    ),
    Defect(
        name="batch statistics left on", call=batch_statistics_left_on,
        why="`eval()` is not called, so that batch normalisation uses the batch at hand",
        changes="each reconstruction depends on the other rows",
    ),
    Defect(
        name="normalised by the batch", call=normalised_by_the_batch,
        why="the mean is taken of the rows to be reconstructed, not of the training data",
        changes="each reconstruction depends on the other rows",
    ),
    Defect(
        name="attention over the batch", call=attention_over_the_batch,
        why="`batch_first=False` is torch's default: the first axis is taken for the sequence",
        changes="rows attend to each other in place of the entries of one row",
    ),
    Defect(
        name="dropout left on", call=dropout_left_on,
        why="`eval()` is not called, so that units are dropped at random",
        changes="another reconstruction in every call",
    ),
    Defect(
        name="noise left on", call=noise_left_on,
        why="a denoising autoencoder corrupts its input in use as in training",
        changes="another reconstruction in every call",
    ),
    Defect(
        name="standardised in place", call=standardised_in_place,
        why="`x -= mean` changes the caller's tensor",
        changes="the rows handed over are standardised; the second call standardises them again",
    ),
    Defect(
        name="left standardised", call=left_standardised, convention={"trained": "yes"},
        why="the data are standardised for training, and the output is not scaled back",
        changes="reconstructions of mean zero in other units than the data",
    ),
    Defect(
        name="targets shuffled", call=targets_shuffled, convention={"trained": "yes"},
        why="inputs and targets come from two loaders that shuffle differently",
        changes="each row is trained to be another one",
    ),
    Defect(
        name="activation left in", call=activation_left_in, convention={"kind": "linear"},
        why="the activation between encoder and decoder is not taken out",
        changes="a code that saturates in place of a linear one",
    ),
)  # fmt: skip

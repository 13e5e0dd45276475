"""Errors that people make in vector quantization, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]

Found = dict[str, "Tensor"]


def _index(z: Tensor, codebook: Tensor) -> Tensor:
    return (z[:, None] - codebook).pow(2).sum(dim=2).argmin(dim=1)


def _loss(z: Tensor, codes: Tensor, beta: float) -> Tensor:
    return (codes - z.detach()).pow(2).mean() + beta * (codes.detach() - z).pow(2).mean()


def _found(z: Tensor, codes: Tensor, index: Tensor, loss: Tensor) -> Found:
    return {"quantized": z + (codes - z).detach(), "index": index, "loss": loss}


def beta_on_the_codebook(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    loss = (codes.detach() - z).pow(2).mean() + beta * (codes - z.detach()).pow(2).mean()
    return _found(z, codes, index, loss)


def nothing_detached(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    return _found(z, codes, index, (1 + beta) * (codes - z).pow(2).mean())


def not_straight_through(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    return {"quantized": codes, "index": index, "loss": _loss(z, codes, beta)}


def straight_through_before_the_loss(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = z + (codebook[index] - z).detach()
    return {"quantized": codes, "index": index, "loss": _loss(z, codes, beta)}


def cut_off(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    return {"quantized": codes.detach(), "index": index, "loss": _loss(z, codes, beta)}


def rows_handed_on(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    through = codes + (z - codes).detach()
    return {"quantized": through, "index": index, "loss": _loss(z, codes, beta)}


def codebook_term_forgotten(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    return _found(z, codes, index, beta * (codes.detach() - z).pow(2).mean())


def commitment_forgotten(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = _index(z, codebook)
    codes = codebook[index]
    return _found(z, codes, index, (codes - z.detach()).pow(2).mean())


def furthest(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = torch.cdist(z, codebook).argmax(dim=1)
    codes = codebook[index]
    return _found(z, codes, index, _loss(z, codes, beta))


def largest_product(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = (z @ codebook.T).argmax(dim=1)
    codes = codebook[index]
    return _found(z, codes, index, _loss(z, codes, beta))


def smallest_angle(z: Tensor, codebook: Tensor, beta: float) -> Found:
    index = (z @ torch.nn.functional.normalize(codebook, dim=1).T).argmax(dim=1)
    codes = codebook[index]
    return _found(z, codes, index, _loss(z, codes, beta))


DEFECTS = (
    Defect(
        name="beta on the codebook's term", call=beta_on_the_codebook,
        why="the two terms differ by a detach: the values are equal, the gradients are not",
        changes=r"\nabla_z L \to \nabla_z L/\beta,\ \nabla_e L \to \beta\nabla_e L",
        seen_in=("CompVis/taming-transformers#57", "bytedance/1d-tokenizer#120"),
    ),
    Defect(
        name="nothing detached", call=nothing_detached,
        why="with equal values the two terms are written as one",
        changes=r"\nabla L \to (1 + \beta)\nabla",
    ),
    Defect(
        name="not straight through", call=not_straight_through,
        why="the codes themselves are handed on: the encoder hears nothing of the decoder",
        changes=r"\partial q/\partial z = 0",
    ),
    Defect(
        name="straight through before the loss", call=straight_through_before_the_loss,
        why="the estimate is put in place of the codes too early: the codebook learns nothing",
        changes=r"\nabla_e L = 0", seen_in=("andylolu2/jax-vqvae-gpt#2",),
    ),
    Defect(
        name="quantized cut off", call=cut_off,
        why="the codes are detached, and nothing added that carries the gradient",
        changes=r"\partial q/\partial z = 0,\ \partial q/\partial e = 0",
    ),
    Defect(
        name="straight through the wrong way", call=rows_handed_on,
        why="q + (z - q).detach() for z + (q - z).detach(): the rows themselves are handed on",
        changes=r"q_i \to z_i",
    ),
    Defect(
        name="codebook term forgotten", call=codebook_term_forgotten,
        why="it is left out where codes follow by moving averages, and they do not here",
        changes=r"\beta\lvert z - \bar q\rvert^2\text{ alone}",
    ),
    Defect(
        name="commitment forgotten", call=commitment_forgotten,
        why="the codes follow the rows, and nothing keeps the rows from running away",
        changes=r"\lvert\bar z - q\rvert^2\text{ alone}",
    ),
    Defect(
        name="furthest code", call=furthest,
        why="argmax, as of similarities, is taken of distances",
        changes=r"k(i) = \arg\max_k\lvert z_i - e_k\rvert",
    ),
    Defect(
        name="largest product", call=largest_product,
        why="the squares of the codes' lengths are left out of the distance",
        changes=r"k(i) = \arg\max_k z_i \cdot e_k",
    ),
    Defect(
        name="smallest angle", call=smallest_angle,
        why="codes are sought by cosines, and rows and codes are not divided by their lengths",
        changes=r"k(i) = \arg\max_k z_i \cdot e_k/\lvert e_k\rvert",
    ),
)  # fmt: skip

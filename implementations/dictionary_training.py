"""Dictionaries as people learn them: block by block, and as a sparse autoencoder.

Nothing here knows of a duality gap: code says that it has converged when nothing moves any more.
The same call always gives the same numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from .tensors import torch
from .training import one_thread

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["by_blocks", "by_sparse_autoencoder", "coded", "codes_alone", "lasso", "soft", "start"]

SWEEPS = 3000


def soft(value: np.ndarray, threshold: float) -> np.ndarray:
    """Towards zero by the threshold, and no further."""
    return np.asarray(np.sign(value) * np.maximum(np.abs(value) - threshold, 0))


def coded(
    x: np.ndarray, dictionary: np.ndarray, codes: np.ndarray, penalty: float, **changed: Any
) -> dict[str, Any]:
    """An honest report, but for what is `changed`."""
    error = ((x - codes @ dictionary.T) ** 2).sum(axis=1) / 2
    loss = float((error + penalty * np.abs(codes).sum(axis=1)).mean())
    return {"dictionary": dictionary, "codes": codes, "loss": loss, "converged": True} | changed


def start(x: np.ndarray, k: int) -> np.ndarray:
    """k unit columns: the longest row, then what is longest of the rest of the others; once nothing
    is left, the coordinate axes."""
    rest, atoms = x.astype(float), np.zeros((x.shape[1], k))
    least = 1e-12 * np.abs(x).max()
    for j in range(k):
        lengths = np.linalg.norm(rest, axis=1)
        longest = int(np.argmax(lengths))
        if lengths[longest] > least:
            atoms[:, j] = rest[longest] / lengths[longest]
            rest = rest - np.outer(rest @ atoms[:, j], atoms[:, j])
        else:
            atoms[j % x.shape[1], j] = 1.0
    return atoms


# -- block by block -------------------------------------------------------------------------------


def by_blocks(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    """One atom and its codes at a time, each the best for all others, until nothing moves."""
    rows = np.asarray(x, float)
    dictionary, codes, still = _blocks(rows.tobytes(), rows.shape, int(k), float(penalty))
    return coded(rows, dictionary.copy(), codes.copy(), penalty, converged=still)


@lru_cache(maxsize=256)  # every defect begins with what is learnt here
def _blocks(
    data: bytes, shape: tuple[int, int], k: int, penalty: float
) -> tuple[np.ndarray, np.ndarray, bool]:
    x = np.frombuffer(data).reshape(shape)
    dictionary, codes = start(x, k), np.zeros((len(x), k))
    still = 2e-15 * np.abs(x).max()
    for _ in range(SWEEPS):
        rest, moved = x - codes @ dictionary.T, 0.0
        for j in range(k):
            rest += np.outer(codes[:, j], dictionary[:, j])
            code = soft(rest @ dictionary[:, j], penalty)
            slope = rest.T @ code
            if np.any(slope):
                atom = slope / np.linalg.norm(slope)
                moved = max(moved, float(np.abs(atom - dictionary[:, j]).max() * np.abs(x).max()))
                dictionary[:, j] = atom
            moved = max(moved, float(np.abs(code - codes[:, j]).max()))
            codes[:, j] = code
            rest -= np.outer(code, dictionary[:, j])
        if moved <= still:
            return dictionary, codes, True
    return dictionary, codes, False


# -- codes for a dictionary that is given ---------------------------------------------------------


def codes_alone(x: Tensor, k: int, penalty: float) -> dict[str, Any]:
    """The variant that learns no dictionary: the codes for the one that learning starts from."""
    rows = np.asarray(x, float)
    dictionary = start(rows, int(k))
    codes, still = lasso(rows, dictionary, penalty)
    return coded(rows, dictionary, codes, penalty, converged=still)


def lasso(x: np.ndarray, dictionary: np.ndarray, penalty: float) -> tuple[np.ndarray, bool]:
    """Coordinate descent: one atom's codes at a time, of all rows together."""
    codes = np.zeros((len(x), dictionary.shape[1]))
    lengths, still = (dictionary**2).sum(axis=0), 2e-15 * np.abs(x).max()
    for _ in range(SWEEPS):
        before = codes.copy()
        for j in np.flatnonzero(lengths):
            rest = x - codes @ dictionary.T + np.outer(codes[:, j], dictionary[:, j])
            codes[:, j] = soft(rest @ dictionary[:, j], penalty) / lengths[j]
        if np.abs(codes - before).max() <= still:
            return codes, True
    return codes, False


# -- an ordinary network --------------------------------------------------------------------------


def by_sparse_autoencoder(x: Tensor, k: int, penalty: float, *, steps: int = 40) -> dict[str, Any]:
    """A linear encoder, rectified, and a linear decoder whose columns are brought back to length
    one after each step: gradient descent in float32, which claims no optimum."""
    data = x.float()
    with one_thread():
        draw = torch.Generator().manual_seed(0)
        decoder = torch.randn(x.shape[1], k, generator=draw)
        decoder = (decoder / decoder.norm(dim=0)).requires_grad_()
        encoder = decoder.detach().T.clone().requires_grad_()
        rate = 0.5 / float((data**2).sum(dim=1).mean() + 1)
        for _ in range(steps):
            loss, _ = _objective(data, encoder, decoder, penalty)
            slopes = torch.autograd.grad(loss, (encoder, decoder))
            with torch.no_grad():
                encoder -= rate * slopes[0]
                decoder -= rate * slopes[1]
                decoder /= decoder.norm(dim=0)
        loss, codes = _objective(data, encoder, decoder, penalty)
    return {"dictionary": decoder.detach(), "codes": codes.detach(), "loss": float(loss.detach())}


def _objective(
    data: Tensor, encoder: Tensor, decoder: Tensor, penalty: float
) -> tuple[Tensor, Tensor]:
    codes = torch.relu(data @ encoder.T)
    error = ((data - codes @ decoder.T) ** 2).sum(dim=1) / 2
    return (error + penalty * codes.sum(dim=1)).mean(), codes

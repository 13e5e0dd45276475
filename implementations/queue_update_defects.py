"""Errors that people make in the update of a queue, each as the code that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contract import Defect
from .tensors import torch

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DEFECTS"]


def _put(queue: Tensor, keys: Tensor, start: int) -> Tensor:
    return queue.index_copy(0, (torch.arange(len(keys)) + start) % len(queue), keys)


def moves_by_one(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys, pointer), (pointer + 1) % len(queue)


def not_moved(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys, pointer), pointer


def not_modulo(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys, pointer), pointer + len(keys)


def back_to_zero(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    after = pointer + len(keys)
    return _put(queue, keys, pointer), after if after < len(queue) else 0


def cut_at_the_end(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    m, n = len(queue), len(keys)
    return _put(queue, keys[: m - pointer], pointer), (pointer + n) % m


def starts_over(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    m, n = len(queue), len(keys)
    start = pointer if pointer + n <= m else 0
    return _put(queue, keys, start), (start + n) % m


def the_last_rows(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    m, n = len(queue), len(keys)
    if pointer + n < m:
        return _put(queue, keys, pointer), pointer + n
    return _put(queue, keys, m - n), 0


def in_reverse(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys.flip(0), pointer), (pointer + len(keys)) % len(queue)


def over_the_newest(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys, pointer - len(keys)), (pointer + len(keys)) % len(queue)


def pointer_ignored(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys, 0), (pointer + len(keys)) % len(queue)


def one_key_for_all(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    return _put(queue, keys[:1].expand_as(keys), pointer), (pointer + len(keys)) % len(queue)


DEFECTS = (
    Defect(
        name="pointer moves by one", call=moves_by_one,
        why="one row is counted where a batch was written",
        changes=r"p' \to p + 1",
        seen_in=("tfzhou/ContrastiveSeg#55",),
    ),
    Defect(
        name="pointer not moved", call=not_moved,
        why="the new pointer is computed and not kept", changes=r"p' \to p",
    ),
    Defect(
        name="pointer not taken modulo", call=not_modulo,
        why="it is expected that the caller wraps it, or that it never gets there",
        changes=r"p' \to p + n",
    ),
    Defect(
        name="pointer back to zero at the end", call=back_to_zero,
        why="the pointer is reset where it passes the end, though the keys went round it",
        changes=r"p' = 0\text{ for } p + n \ge m",
    ),
    Defect(
        name="keys cut off at the end", call=cut_at_the_end,
        why="a slice ends with the queue, and the keys that do not fit are dropped",
        changes=r"i < \min(n, m - p)",
    ),
    Defect(
        name="starts over where the batch does not fit", call=starts_over,
        why="the batch is kept in one piece: the last rows are never replaced",
        changes=r"p \to 0\text{ for } p + n > m",
    ),
    Defect(
        name="the last rows where the batch does not fit", call=the_last_rows,
        why="the batch is kept in one piece: at the end the newest keys are replaced",
        changes=r"p \to m - n,\ p' \to 0\text{ for } p + n \ge m",
        seen_in=("tfzhou/ContrastiveSeg#31",),
    ),
    Defect(
        name="keys in reverse", call=in_reverse,
        why="the newest key is put first, as in a stack", changes=r"k_i \to k_{n-1-i}",
    ),
    Defect(
        name="over the newest", call=over_the_newest,
        why="the pointer is taken for the end of the next batch: last in, first out",
        changes=r"Q'_{p-n+i} = k_i",
    ),
    Defect(
        name="pointer ignored", call=pointer_ignored,
        why="the batch is always written to the first rows", changes=r"Q'_i = k_i",
    ),
    Defect(
        name="one key for all rows", call=one_key_for_all,
        why="a single key is broadcast over the slice",
        changes=r"k_i \to k_0",
    ),
)  # fmt: skip

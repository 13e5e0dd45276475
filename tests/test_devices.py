"""Code that leaves the device of its inputs is told so, on a machine that has no such device."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.devices import DeviceFinding, DeviceOutcome
from tightframe.devices import on_cuda

LOSSES = """
import os
import torch
import torch.nn.functional as F

def scores(z1, z2, temperature):
    u = F.normalize(torch.cat([z1, z2]), dim=1)
    return u @ u.T / temperature

def mask(z1, z2, temperature):
    s = scores(z1, z2, temperature)
    itself = torch.eye(len(s), dtype=torch.bool)  # made: mask
    s = s.masked_fill(itself, -torch.inf)  # met: mask
    return (s.logsumexp(1) - s.diagonal(len(z1)).repeat(2)).mean()

def labels(z1, z2, temperature):
    s = scores(z1, z2, temperature).fill_diagonal_(-torch.inf)
    partners = torch.arange(len(s)).roll(len(z1))  # made: labels
    return F.cross_entropy(s, partners)  # met: labels

def constant(z1, z2, temperature):
    weights = torch.tensor([1.0] * z1.shape[1])  # made: constant
    return (z1 * weights).sum()  # met: constant

def cpu(z1, z2, temperature):
    mine = z1.cpu()  # made: cpu
    return (mine @ z2.T).sum()  # met: cpu

def assigned(z1, z2, temperature):
    s = scores(z1, z2, temperature)
    s[torch.arange(2, device=s.device)] = torch.zeros(len(s))  # met: assigned
    return s.sum()

class Attribute(torch.nn.Module):
    def __init__(self, temperature):
        super().__init__()
        self.weight = torch.ones(1)  # made: Attribute

    def forward(self, z1, z2):
        return (z1 * self.weight).sum()  # met: Attribute

class Buffer(Attribute):
    def __init__(self, temperature):
        super().__init__(temperature)
        del self.weight
        self.register_buffer("weight", torch.ones(1))

def item(z1, z2, temperature):
    return z2.sum() * z1.norm().item()  # left: .item()

def numpy(z1, z2, temperature):
    return torch.tensor(z1.detach().cpu().numpy().sum())  # left: .numpy()

def decision(z1, z2, temperature):
    return z1.sum() if z1.sum() > 0 else z2.sum()  # left: decision

def gradient(z1, z2, temperature):
    return torch.autograd.grad(z1.requires_grad_().sum(), z1)[0]  # left: .requires_grad_()

def count(z1, z2, temperature):
    s = scores(z1, z2, temperature)
    positive = torch.ones_like(s, dtype=torch.bool)
    positive.view(-1).logical_and_((s > 0).view(-1))  # whatever was known of it is not any more
    return s.sum() / int(positive.sum())  # left: .__int__()

def careful(z1, z2, temperature):
    print("what it prints is no answer")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    s = scores(z1, z2, temperature)
    s[~torch.ones(len(s), dtype=torch.bool)] = 0.0  # a mask may lie on the CPU
    kept = torch.eye(len(s), dtype=torch.bool, device=s.device)
    kept[0, 1] = True
    rows, columns = kept.nonzero(as_tuple=True)
    s = s + s[rows, columns].view(len(s) + 1, 1)[1:] / int(kept.sum())  # of no input: it is known
    others = s[~torch.eye(len(s), dtype=torch.bool).to(device)].view(len(s), -1)
    more = s[0, 1:].sum() + s[..., -1, None].mean() + s[[0, 1]].sum() + s[1:, 0][-1]
    return others.sum() * torch.ones(1).cuda()[0] + more * torch.tensor(2.0)

def dies(z1, z2, temperature):
    os.abort()

def sleeps(z1, z2, temperature):
    import time
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("losses") / "losses.py"
    path.write_text(LOSSES, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def examine(file: Path) -> Callable[[str], DeviceFinding]:
    """The finding on a loss of the file, handed over as a Python object."""
    from tightframe.target import load

    return lambda name: on_cuda(load(f"{file}:{name}"), "nt-xent")


def line(words: str) -> str:
    """Where LOSSES has these words, as a finding says it."""
    numbers = [i for i, text in enumerate(LOSSES.split("\n"), 1) if text.endswith(words)]
    return f"losses.py:{numbers[0]}"


FORMULAS = [
    (name, coding)
    for name, pairing in PAIRINGS.items() if pairing.kind == "formula"
    for coding in pairing.contract.references
]  # fmt: skip


NOT_FOLLOWED = {  # forward only, and on no numbers
    "by autograd": "gradients are recorded by .requires_grad_()",
    "one anchor at a time": "a decision needs the numbers themselves",
    "index": "how many a mask picks out is for the numbers to say",
}


@pytest.mark.parametrize(("contract", "coding"), FORMULAS)
def test_honest_codings_keep_to_the_device(contract: str, coding: str) -> None:
    asked = PAIRINGS[contract].contract
    how = {"convention": asked.followed_by(coding)}
    found = on_cuda(asked.references[coding], contract, how)
    if coding in NOT_FOLLOWED:
        assert NOT_FOLLOWED[coding] in str(found)
    else:
        assert found == DeviceFinding(outcome=DeviceOutcome.OK)


def test_labels_that_we_hand_over_lie_where_the_embeddings_do() -> None:
    asked = PAIRINGS["nt-xent"].contract
    labelled = asked.written(
        next(iter(asked.references.values())), asked.canonical | {"views": "labels"}
    )
    found = on_cuda(labelled, "nt-xent", {"convention": {"views": "labels"}})
    assert found.outcome is not DeviceOutcome.WRONG


@pytest.mark.parametrize(
    ("name", "operation", "maker"),
    [
        ("mask", "masked_fill", "eye"),
        ("labels", "nll_loss_forward", "arange"),
        ("constant", "mul", "tensor"),
        ("cpu", "mm", ".cpu()"),
        ("Attribute", "mul", "ones"),
    ],
)
def test_a_stray_tensor_is_told_where_it_was_made_and_where_it_met_another(
    examine: Callable[[str], DeviceFinding], name: str, operation: str, maker: str
) -> None:
    found = examine(name)
    assert found.outcome is DeviceOutcome.WRONG
    assert (found.operation, found.line) == (operation, line(f"# met: {name}"))
    assert set(found.devices) == {"cpu", "cuda:0"}
    if name != "Attribute":  # which was made before the run
        assert found.made == f"{maker} at {line(f'# made: {name}')}"
    if maker in ("eye", "arange", "tensor"):
        assert "device=x.device" in found.remedy


def test_a_tensor_from_the_wrong_device_may_not_be_assigned(
    examine: Callable[[str], DeviceFinding],
) -> None:
    found = examine("assigned")
    assert (found.outcome, found.line) == (DeviceOutcome.WRONG, line("# met: assigned"))


@pytest.mark.parametrize("name", ["careful", "Buffer"])
def test_what_works_on_a_gpu_is_no_finding(
    examine: Callable[[str], DeviceFinding], name: str
) -> None:
    assert examine(name) == DeviceFinding(outcome=DeviceOutcome.OK)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("item", ".item()"), ("numpy", ".numpy()"), ("decision", "decision"),
        ("gradient", ".requires_grad_()"), ("count", ".__int__()"),
    ],
)  # fmt: skip
def test_what_needs_numbers_is_not_run_by_name(
    examine: Callable[[str], DeviceFinding], name: str, what: str
) -> None:
    found = examine(name)
    assert found.outcome is DeviceOutcome.NOT_RUN
    assert what in found.reason
    assert line(f"# left: {what}") in found.reason


def test_a_process_that_dies_or_hangs_is_not_run(file: Path) -> None:
    died, hung = (
        on_cuda(f"{file}:dies", "nt-xent"), on_cuda(f"{file}:sleeps", "nt-xent", timeout=0.5)
    )  # fmt: skip
    assert died.reason == "its process died of SIGABRT"
    assert hung.reason == "it was stopped after 0.5 s"


def test_a_model_is_not_run() -> None:
    assert on_cuda(object, "pca").outcome is DeviceOutcome.NOT_RUN


def test_an_address_is_asked_in_a_fresh_interpreter(file: Path) -> None:
    found = on_cuda(f"{file}:labels", "nt-xent", {"budget": "quick", "key": None})
    assert (found.outcome, found.line) == (DeviceOutcome.WRONG, line("# met: labels"))
    assert on_cuda(f"{file}:nothing", "nt-xent").outcome is DeviceOutcome.NOT_RUN


LEAK = """
import sys, torch
before = {m for m in sys.modules}
from tightframe.devices import on_cuda
from tightframe.implementations.nt_xent import cross_entropy
from tightframe.checks.catalogue import PAIRINGS
from torch.overrides import _len_torch_function_stack
from torch.utils._python_dispatch import _get_current_dispatch_mode
print(on_cuda(cross_entropy, "nt-xent").outcome.value)
heavy = ("torch._dynamo", "torch._inductor", "torch._subclasses.fake_tensor", "torch.fx.experimental.symbolic_shapes")
print([m for m in heavy if m in sys.modules and m not in before])
print(_get_current_dispatch_mode(), _len_torch_function_stack(), torch.get_default_dtype())
print(torch.cuda.is_available.__module__, torch.is_grad_enabled())
"""  # noqa: E501


def test_nothing_leaks_into_this_process() -> None:
    run = subprocess.run(
        [sys.executable, "-P", "-c", LEAK], capture_output=True, text=True, check=False
    )
    assert run.stdout.splitlines() == [
        "ok", "[]", "None 0 torch.float32", "torch.cuda True",
    ], run.stdout + run.stderr  # fmt: skip


def test_modes_and_patches_end_with_the_run_in_process_too() -> None:
    import torch

    from tightframe.checks.fake_cuda import Mismatch, pretended

    with pytest.raises(Mismatch), pretended():
        torch.empty(2, device="cuda:0") + torch.ones(2)
    assert type(torch.ones(2) + 1) is torch.Tensor
    assert torch.cuda.is_available.__module__ == "torch.cuda"


def check(file: Path, *options: str) -> Any:
    command = [sys.executable, "-P", "-m", "tightframe", "check", f"{file}:labels"]
    return subprocess.run(
        [*command, "--as", "nt-xent", "--budget", "quick", *options],
        cwd=file.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_line_says_it_where_asked_and_it_breaks_no_theorem(file: Path) -> None:
    asked, unasked = check(file, "--devices"), check(file)
    assert asked.stdout.startswith("devices: wrong device: nll_loss_forward at losses.py:")
    assert "\nupheld: labels kept every claim of nt-xent" in asked.stdout
    assert asked.returncode == unasked.returncode == 0
    assert "devices" not in unasked.stdout

"""The shadow verdict: correct code to 1e-40, a defect of 1e-30 condemned, stabilisers located."""

from __future__ import annotations

import linecache
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import tightframe
from tightframe.checks.catalogue import PAIRINGS
from tightframe.checks.verdict import Ruling, ShadowOutcome, Strength
from tightframe.reports.result import Result

FORMULAS = [name for name, pairing in PAIRINGS.items() if pairing.kind == "formula"]
CODINGS = [(name, coding) for name in FORMULAS for coding in PAIRINGS[name].contract.references]


def value_of(result: Result) -> Any:
    return next(verdict for verdict in result.verdicts if verdict.claim == "value")


@pytest.mark.parametrize(("contract", "coding"), CODINGS, ids=[f"{c}-{n}" for c, n in CODINGS])
def test_correct_code_agrees_to_forty_digits_and_under_every_strength(
    contract: str, coding: str
) -> None:
    call = PAIRINGS[contract].contract.references[coding]
    for strength in ("shadow", "lifted", "native"):
        result = tightframe.check(call, contract, strength=strength, budget="quick")
        assert result.ruling is Ruling.UPHELD, str(result)
        assert value_of(result).strength is Strength(strength)


def off_by(call: Callable[..., Any], exponent: int) -> Callable[..., Any]:
    def wrong(*inputs: Any, **parameters: Any) -> Any:
        returned, more = call(*inputs, **parameters), 1 + torch.tensor(10.0).double() ** exponent
        if isinstance(returned, dict):
            return {**returned, "loss": returned["loss"] * more}
        return returned * more

    return wrong


WITH_PARAMETERS: dict[tuple[str, ...], Any] = {
    ("temperature",): lambda call: (
        lambda *inputs, temperature: call(*inputs, temperature=temperature)
    ),
    ("logit_scale",): lambda call: (
        lambda image, text, logit_scale: call(image, text, logit_scale=logit_scale)
    ),
    ("sigma",): lambda call: lambda *inputs, sigma: call(*inputs, sigma=sigma),
    ("beta",): lambda call: lambda *inputs, beta: call(*inputs, beta=beta),
    ("rate",): lambda call: lambda *inputs, rate: call(*inputs, rate=rate),
    ("rho",): lambda call: lambda activations, rho: call(activations, rho=rho),
}


@pytest.mark.parametrize("contract", [name for name in FORMULAS if name != "reparameterize"])
def test_a_defect_in_the_thirtieth_digit_is_condemned_by_the_shadow_alone(contract: str) -> None:
    spec = PAIRINGS[contract].contract
    call = off_by(next(iter(spec.references.values())), -30)
    target = WITH_PARAMETERS.get(spec.parameters, lambda call: call)(call)
    result = tightframe.check(target, contract, budget="quick")
    assert result.ruling is Ruling.VIOLATED, str(result)
    assert {v.strength for v in result.violations} == {Strength.SHADOW}
    assert tightframe.check(target, contract, budget="quick", strength="lifted").ok


# -- stabilisers ----------------------------------------------------------------------------------

NT_XENT = """
import torch
def loss(z1, z2, temperature):
    z = torch.cat([z1, z2])
    u = {u}
    cosines = {cosines}
    scores = cosines / temperature
    rows, n = len(z), len(z1)
    others = scores.masked_fill(torch.eye(rows, dtype=torch.bool), -torch.inf)
    top = others.amax(1, keepdim=True)
    total = {total}
    p = {p}
    return {loss}
"""
HONEST = {
    "u": "z / z.norm(dim=1, keepdim=True)",
    "cosines": "u @ u.T",
    "total": "(others - top).exp().sum(1, keepdim=True)",
    "p": "(scores.diagonal(n).repeat(2)[:, None] - top).exp() / total",
    "loss": "-p.log().mean()",
}
IN_NT_XENT = {
    "norm": ("u", "z / (z.norm(dim=1, keepdim=True) + {eps})"),
    "squared norm": ("u", "z / torch.sqrt((z * z).sum(1, keepdim=True) + {eps})"),
    "inverse root": ("u", "z * torch.rsqrt(z.pow(2).sum(1, keepdim=True) + {eps})"),
    "norm, subtracted": ("u", "z / (z.norm(dim=1, keepdim=True) - (-{eps}))"),
    "quotient": ("p", "(scores.diagonal(n).repeat(2)[:, None] - top).exp() / (total + {eps})"),
    "sum": ("total", "(others - top).exp().sum(1, keepdim=True) + {eps}"),
    "logarithm": ("loss", "-(p + {eps}).log().mean()"),
    "clamped cosine": ("cosines", "(u @ u.T).clamp(max=1 - {eps})"),
}
KL = """
import torch
def kl(mu, logvar):
    variance = logvar.exp()
    return 0.5 * (mu * mu + {variance} - 1 - {log}).sum(1)
"""
IN_KL = {
    "variance": {"variance": "(variance + {eps})", "log": "logvar"},
    "log of the variance": {"variance": "variance", "log": "torch.log(variance + {eps})"},
    "both": {"variance": "(variance + {eps})", "log": "torch.log(variance + {eps})"},
    "root": {"variance": "((variance + {eps}).sqrt() ** 2)", "log": "logvar"},
}
SIZES = tuple(10.0**-k for k in range(4, 13))


def compiled(source: str, name: str) -> Callable[..., Any]:
    """The function that the source defines, with lines that a traceback can show."""
    path = f"/subject/{abs(hash(source)):x}.py"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    found: dict[str, Any] = {}
    exec(compile(source, path, "exec"), found)
    return found[name]


def stabilised_nt_xent(place: str, eps: float) -> tuple[str, str]:
    line, code = IN_NT_XENT[place]
    return NT_XENT.format(**HONEST | {line: code.format(eps=eps)}), "loss"


def stabilised_kl(place: str, eps: float) -> tuple[str, str]:
    return KL.format(**{k: code.format(eps=eps) for k, code in IN_KL[place].items()}), "kl"


CASES = [
    *(("nt-xent", stabilised_nt_xent, place, eps) for place in IN_NT_XENT for eps in SIZES),
    *(("gaussian-kl", stabilised_kl, place, eps) for place in IN_KL for eps in SIZES),
]


def test_the_stabilisers_are_tried_in_enough_places_and_sizes() -> None:
    assert len(CASES) >= 100


@pytest.mark.parametrize(
    ("contract", "make", "place", "eps"), CASES, ids=[f"{c[0]}-{c[2]}-{c[3]:g}" for c in CASES]
)
def test_a_stabiliser_is_located_to_the_line_and_exonerated(
    contract: str, make: Callable[[str, float], tuple[str, str]], place: str, eps: float
) -> None:
    source, name = make(place, eps)
    result = tightframe.check(compiled(source, name), contract, budget="quick")
    assert value_of(result).ruling is Ruling.STABILISED, str(result)
    assert result.shadow is not None
    assert result.shadow.outcome is ShadowOutcome.AGREES
    at = {i for i, text in enumerate(source.splitlines(), 1) if f"{eps}" in text}
    shown = {int(line.partition(":")[2].partition(":")[0]) for line in result.shadow.lines}
    assert shown == at, (result.shadow, source)


def test_a_factor_a_little_off_one_is_no_stabiliser() -> None:
    def scaled(mu: Any, logvar: Any) -> Any:
        return 0.5 * (mu * mu + logvar.exp() - 1 - logvar).sum(1) * 1.00001

    assert tightframe.check(scaled, "gaussian-kl", budget="quick").ruling is Ruling.VIOLATED


# -- what cannot be carried on --------------------------------------------------------------------


def leaves_by_item(mu: Any, logvar: Any) -> Any:
    return (
        0.5
        * (mu * mu + logvar.exp() - 1 - logvar).sum(1)
        * (mu.sum().exp().item() + 1)
        / (mu.sum().exp() + 1)
    )


def leaves_by_numpy(mu: Any, logvar: Any) -> Any:
    variance = torch.from_numpy(logvar.exp().detach().numpy())
    return 0.5 * (mu * mu + variance - 1 - logvar).sum(1)


def python_s_logarithm(mu: Any, logvar: Any) -> Any:
    terms = mu * mu + logvar.exp() - 1 - logvar + math.log(3.0)
    return 0.5 * (terms - torch.log(torch.tensor(3.0).double())).sum(1)


@pytest.mark.parametrize("subject", [leaves_by_item, leaves_by_numpy, python_s_logarithm])
def test_numbers_that_were_rounded_outside_torch_lose_the_shadow_and_never_condemn(
    subject: Callable[..., Any],
) -> None:
    result = tightframe.check(subject, "gaussian-kl", budget="quick")
    assert result.shadow is not None
    assert result.shadow.outcome is ShadowOutcome.LOST
    assert value_of(result).ruling is Ruling.UPHELD
    assert value_of(result).strength is Strength.LIFTED
    forced = tightframe.check(subject, "gaussian-kl", budget="quick", strength="shadow")
    assert value_of(forced).ruling is Ruling.INCONCLUSIVE


def denoised_by_numpy(y: Any, weights: Any, means: Any, variances: Any, sigma: float) -> Any:
    y, w, m, v = (t.detach().numpy() for t in (y, weights, means, variances))
    total = v + sigma**2
    logits = np.log(w) - y.shape[1] / 2 * np.log(total)
    logits = logits - ((y[:, None] - m) ** 2).sum(-1) / (2 * total)
    shares = np.exp(logits - logits.max(1, keepdims=True))
    centres = (v[:, None] * y[:, None] + sigma**2 * m) / total[:, None]
    mean = (shares[:, :, None] * centres).sum(1) / shares.sum(1)[:, None]
    return torch.from_numpy(mean)


def test_numbers_of_numpy_are_not_condemned_for_their_rounding() -> None:
    """They carry no gradient: it is refused, and what it lacks is no deviation of the value."""
    result = tightframe.check(denoised_by_numpy, "denoiser", budget="quick")
    assert result.ruling is Ruling.REFUSED, str(result)
    assert result.shadow is not None
    assert result.shadow.outcome is ShadowOutcome.LOST
    assert value_of(result).ruling is Ruling.UPHELD


def test_a_factor_is_shown_at_its_line_by_taking_it_out() -> None:
    def doubled(mu: Any, logvar: Any) -> Any:
        half = 0.5 * (mu * mu + logvar.exp() - 1 - logvar).sum(1)
        return half * 2.0

    result = tightframe.check(doubled, "gaussian-kl", budget="quick")
    assert result.shadow is not None
    line = doubled.__code__.co_firstlineno + 2
    assert any(f":{line}: with 2 in mul taken out" in shown for shown in result.shadow.lines)


def test_a_violation_by_shadow_is_reproduced_by_shadow() -> None:
    from tightframe.checks.replay import replay

    wrong = off_by(PAIRINGS["gaussian-kl"].contract.references["closed form"], -30)
    result = tightframe.check(wrong, "gaussian-kl", budget="quick")
    again = replay(wrong, result, result.violations[0], {})
    assert again == result.violations[0].evidence

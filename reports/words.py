"""The sentences and numbers in which a result is told, the same on a page and in a terminal."""

from __future__ import annotations

import math
import re

from ..checks.verdict import Judgement, Ruling, Verdict
from .result import Result

__all__ = ["claims_run", "count", "duration", "headline", "missed", "not_shown", "number"]
__all__ += ["plain", "power_of_ten", "printable", "share", "sign", "tone"]

SIGNS = {
    Ruling.CRASHED: "!", Ruling.REFUSED: "⊘", Ruling.VIOLATED: "✗", Ruling.IDENTIFIED: "≈",
    Ruling.STABILISED: "✓", Ruling.UPHELD: "✓", Ruling.INCONCLUSIVE: "?",
    Ruling.NOT_APPLICABLE: "–",
}  # fmt: skip
LETTERS = (
    "alpha α beta β gamma γ delta δ epsilon ε eta η theta θ lambda λ mu μ pi π sigma σ tau τ phi φ "
    "Delta Δ Pi Π Sigma Σ partial ∂ nabla ∇ sum ∑ cdot · dots … to → le ≤ ge ≥ ne ≠ pm ± infty ∞ "
    "top ᵀ lVert ‖ rVert ‖ lvert | rvert | log log { { } }"
).split()
TEX = dict(zip(LETTERS[::2], LETTERS[1::2], strict=True)) | {",": " ", ";": " "}
TONES = {
    Ruling.CRASHED: "bad", Ruling.REFUSED: "wary", Ruling.VIOLATED: "bad",
    Ruling.IDENTIFIED: "wary", Ruling.STABILISED: "good", Ruling.UPHELD: "good",
    Ruling.INCONCLUSIVE: "wary", Ruling.NOT_APPLICABLE: "mute",
}  # fmt: skip


def sign(ruling: Ruling) -> str:
    """One character that tells rulings apart without colour."""
    return SIGNS[ruling]


def tone(ruling: Ruling) -> str:
    """good, wary, bad or mute."""
    return TONES[ruling]


def printable(text: str) -> str:
    """The text without control characters: code under audit chooses its own names and errors."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)


def plain(text: str) -> str:
    """Prose for where no formula can be set: printable, its TeX as near to it as letters come."""
    told = printable(text).replace(r"\$", "\0").replace("$", "").replace("\0", "$")
    return re.sub(r"\\([A-Za-z]+|.)", lambda found: TEX.get(found[1], found[0]), told)


def first_line(text: str) -> str:
    lines = printable(text).strip().splitlines()
    return lines[0] if lines else ""


def headline(result: Judgement) -> str:
    """The verdict, in one sentence; it begins with the ruling."""
    return f"{result.ruling.value}: {_what(result)}"


def _what(result: Judgement) -> str:
    name, contract, ruling = printable(result.subject), result.contract, result.ruling
    if ruling is Ruling.CRASHED:
        return f"{name} raised before it could be judged: {first_line(result.reason)}"
    if ruling is Ruling.REFUSED and result.verdicts:
        refused = [v.claim for v in result.verdicts if v.ruling is Ruling.REFUSED]
        return f"{_listed(refused)} of {name} could not be judged under {contract}"
    if ruling is Ruling.REFUSED:
        return f"{name} does not speak {contract}; no theorem was consulted"
    if ruling is Ruling.VIOLATED:
        broken = _listed([verdict.claim for verdict in result.violations])
        named = f": {plain(result.diagnosis.name)}" if result.diagnosis else ""
        return f"{name} breaks {broken or 'a claim'} of {contract}{named}"
    if ruling is Ruling.IDENTIFIED and result.identification:
        return plain(first_line(result.identification.sentence))
    if ruling is Ruling.STABILISED:
        constants = [f"{number(s.size)} {plain(s.words)}" for s in result.stabilisers]
        return f"{name} is {contract}, but for {_listed(constants) or 'a stabiliser'}"
    if ruling is Ruling.UPHELD:
        return f"{name} kept every claim of {contract} that was judged"
    return first_line(result.reason) or f"{name} was not judged under {contract}"


def _listed(words: list[str]) -> str:
    unique = list(dict.fromkeys(words))
    return " and ".join([", ".join(unique[:-1]), unique[-1]] if len(unique) > 1 else unique)


def claims_run(result: Result) -> str:
    """The last line of every report: what ran, what did not apply, what was not run, the time."""
    counts = result.counts
    were = "was" if counts.not_run == 1 else "were"
    return (
        f"{count(counts.ran, 'claim')} ran, {counts.not_applicable} did not apply, "
        f"{counts.not_run} {were} not run, in {duration(result.seconds)}"
    )


def not_shown(result: Result) -> list[str]:
    """What the verdict does not say, so that nobody takes comfort in it."""
    lines = []
    if result.identification is not None and not result.accepted:
        lines.append("Whether the convention that was identified is the one that was meant.")
    for verdict in result.verdicts:
        if verdict.ruling in (Ruling.INCONCLUSIVE, Ruling.NOT_APPLICABLE, Ruling.REFUSED):
            reason = f": {printable(verdict.reason)}" if verdict.reason else ""
            lines.append(f"{verdict.claim} was {verdict.ruling.value}{reason}.".replace("..", "."))
    if result.counts.not_run:
        lines.append(f"{count(result.counts.not_run, 'claim')} not run.")
    caught = {v.claim: v.detectable for v in result.verdicts if v.detectable is not None}
    if caught:
        sharp, blunt = min(caught, key=caught.__getitem__), max(caught, key=caught.__getitem__)
        least, most = number(caught[sharp]), number(caught[blunt])
        each = f"{least} for {sharp}, the sharpest, and {most} for {blunt}, the bluntest"
        lines.append(
            "Relative errors of the output below what the claims can detect: "
            f"{each if least != most else least}."
        )
    if result.provenance.budget == "quick" and result.shadow and result.ruling is Ruling.UPHELD:
        lines.append("A proof for all inputs: the quick budget seeks none.")
    lines.append("Inputs other than those probed: a test finds errors, and proves none absent.")
    return lines


def missed(verdict: Verdict) -> str:
    """By how much the smallest counterexample breaks its bound."""
    if verdict.evidence is None:
        return ""
    slack, noise = verdict.evidence.slack, verdict.evidence.noise
    if math.isnan(slack):
        return f"not a number, where the bound is {number(noise)}"
    return f"off by {number(abs(slack))}, where the bound is {number(noise)}"


def share(used: float | None) -> str:
    """The share of the noise budget that was used: a percentage, or the factor beyond it."""
    if used is None:
        return "–"
    if math.isnan(used):
        return "not a number"
    return f"{number(100 * used)} %" if used <= 1 else f"{number(used)} ×"


def number(value: float | None) -> str:
    """Three significant digits, written as people write them: 1.5e-16 becomes 1.5 × 10⁻¹⁶."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return {"inf": "∞", "-inf": "−∞"}.get(str(value), "not a number")
    digits = f"{value:.3g}".replace("-", "−")
    if "e" not in digits:
        return digits
    mantissa, exponent = digits.split("e")
    power = power_of_ten(int(exponent.replace("−", "-")))
    return power if mantissa == "1" else f"{mantissa} × {power}"


def power_of_ten(exponent: int) -> str:
    return "10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def duration(seconds: float) -> str:
    """Seconds, in the unit in which they are read."""
    if seconds < 0.9995:
        return f"{1000 * seconds:.3g} ms"
    if seconds < 120:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min"


def count(n: int, word: str) -> str:
    return f"{n} {word}" if n == 1 else f"{n} {word}s"

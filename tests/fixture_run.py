"""A run of the main job in miniature, made by hand: every ruling, every kind of step, no engine."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from tightframe.checks.pairing import Pairing
from tightframe.checks.shadow_record import (
    Compared,
    Followed,
    ShadowCase,
    ShadowExample,
    ShadowStep,
)
from tightframe.checks.verdict import (
    Counts,
    Diagnosis,
    Evidence,
    Identification,
    Ruling,
    ShadowFound,
    ShadowOutcome,
    StabiliserFound,
    Strength,
    Verdict,
)  # fmt: skip
from tightframe.implementations.contract import Axis, Call, Contract, Defect, Input, Option
from tightframe.reports.result import (
    DefectRow,
    Drawn,
    ErratumRow,
    Number,
    Piece,
    Proof,
    ProofStep,
    Provenance,
    Reference,
    Result,
    Run,
    Scattered,
)  # fmt: skip
from tightframe.theorems.theorem import Assumption, Claim, Family, Theorem

HOSTILE = '<script>document.title="pwned"</script><img src=x onerror=alert(1)>"\'{{ 7*7 }}\x1b[31m'


class Batch(NamedTuple):
    z1: tuple[tuple[float, ...], ...]
    z2: tuple[tuple[float, ...], ...]
    temperature: float


# -- a theorem, a contract, and their pairing ------------------------------------------------------


def _claim(name: str, tex: str, why: str, **more: Any) -> Claim:
    return Claim(name=name, tex=tex, why=why, slack=lambda *_: 0.0, unit=lambda *_: 1.0, **more)


CLAIMS = (
    _claim(
        "value",
        r"L = \frac{1}{2N}\sum_i\Bigl(\log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)}\Bigr)",
        "equal to the definition",
    ),
    _claim(
        "gradient",
        r"\nabla_{z_i} L = \frac{I - u_iu_i^\top}{2N\tau\lVert z_i\rVert}"
        r"\sum_j (G_{ij} + G_{ji})\,u_j",
        "the gradient is the definition's, in every input",
    ),
    _claim(
        "floor",
        r"L \ge \log\bigl(1 + 2(N-1)\,e^{-N/((N-1)\tau)}\bigr)",
        "no batch of unit vectors does better than a simplex",
        only={"positive_in_denominator": ("yes",)},
    ),
    _claim("tangency", r"\langle z_i, \nabla_{z_i} L\rangle = 0", "the loss sees directions only"),
    _claim("nearest", r"\lVert AB - P\rVert \le \sqrt{2\eta/\gamma}", "nearly the map",
           binds="at the optimum"),
)  # fmt: skip

FAMILY = Family(
    name="nt-xent", problem=Batch, design=tuple, problems=lambda: None,  # type: ignore[arg-type, return-value]
    simpler=lambda problem: iter(()), oracle=lambda problem: problem, claims=CLAIMS,
)  # fmt: skip

THEOREM = Theorem(
    id="nt-xent",
    title=r"NT-Xent: its definition, its gradient, and the floor at temperature $\tau$",
    intuition="Each embedding must pick its partner out of the batch, by angles only.\n\nSo long "
    "vectors cannot help: see `torch.nn.functional.normalize`, which costs \\$0.",
    statement=r"For $N \ge 2$ pairs of nonzero vectors and $\tau > 0$, with $u_i = z_i/\lVert z_i "
    r"\rVert$ and $s_{ij} = u_i \cdot u_j/\tau$, the loss"
    r"$$L = \frac{1}{2N}\sum_i \Bigl(\log\sum_{j \in D_i} e^{s_{ij}} - s_{ip(i)}\Bigr)$$"
    r"satisfies $L \ge \log(1 + 2(N-1)e^{-N/((N-1)\tau)}) \ge 0$ if $D_i = \{j \ne i\}$; and "
    r"$\lvert L - \log\lvert D_i\rvert\,\rvert \le 2/\tau$. In matrices,"
    r"$$\begin{aligned} S &= \frac{1}{\tau} U U^\top \\ P &= \begin{pmatrix} 0 & I \\ I & 0 "
    r"\end{pmatrix}\end{aligned}$$",
    proof_words="Jensen's inequality replaces each score gap by the mean gap.",
    assumptions=(
        Assumption(words=r"$\tau > 0$", fails="the band: its width would be negative"),
        Assumption(words="embeddings are divided by their norms", fails="floor"),
        Assumption(words="no embedding is zero", unknown="the loss is not defined at a zero row"),
    ),
    references=("T. Chen et al., A simple framework for contrastive learning, ICML 2020",),
    proof=lambda: iter(()),
    families=(FAMILY,),
    errata=(r"The floor is often given without its $(N-1)$.",),
    uses=("softmax",),
)


def _right(*inputs: Any, **parameters: Any) -> Any:
    return inputs


def _defect(name: str, changes: str, why: str, **more: Any) -> Defect:
    return Defect(name=name, call=_right, changes=changes, why=why, **more)


DEFECTS = (
    _defect(
        "self-similarity kept", "the denominator also sums $e^{1/\\tau}$",
        "the mask of the diagonal was forgotten", seen_in=("somebody/simclr#12", "other/ssl#345"),
    ),
    _defect("temperature squared", r"scores are divided by $\tau^2$", "it was applied twice"),
    _defect(
        "sum for mean", "the loss is $2N$ times too large", "a reduction was copied",
        convention={"reduction": "mean"}, equivalents=("scaled by the batch",),
    ),
    _defect("rows detached", "half of the gradient is missing", "a target was detached"),
)  # fmt: skip

CONTRACT = Contract(
    name="nt-xent",
    title="NT-Xent, the normalised temperature-scaled cross-entropy",
    inputs=(Input(name="z1", shape="N, d"), Input(name="z2", shape="N, d")),
    parameters=("temperature",),
    returns="a number",
    axes=(
        Axis(name="reduction", options=(
            Option(name="mean", words="the mean over the $2N$ terms"),
            Option(name="sum", words="their sum"),
            Option(name="none", words="one term per embedding"),
        )),
        Axis(name="positive_in_denominator", variant=True, options=(
            Option(name="yes", words="the positive is a term of the denominator"),
            Option(name="no", words="it is not: the decoupled loss"),
        )),
    ),
    hidden={"temperature": 0.5},
    references={"masked_log_sum_exp": _right},
    defects=DEFECTS,
    stabilisers={"norm": "added to every norm"},
)  # fmt: skip

PAIRING = Pairing(
    theorem=THEOREM, family=FAMILY, contract=CONTRACT, pose=lambda problem, convention: Call(())
)


# -- verdicts and results -------------------------------------------------------------------------

PROVENANCE = Provenance(
    date="2026-01-02T03:04:05+00:00", platform="Linux-6.1-x86_64", seed=0, budget="quick",
    versions={"python": "3.11.7", "tightframe": "0.1.0", "torch": "2.13.0", "sympy": "1.14.0"},
)  # fmt: skip
SHOWN = "Batch(z1=((1.0,), (1.0,)), z2=((1.0,), (-1.0,)), temperature=1.0)"
EVIDENCE = Evidence(
    problem={"z1": [[1.0], [1.0]], "z2": [[1.0], [-1.0]], "temperature": 1.0}, shown=SHOWN,
    ours="1.5514447139320511", theirs="1.9047832494", slack=-0.353338535, noise=2.1e-15,
    strength=Strength.LIFTED, dtype="float64",
)  # fmt: skip


def verdict(claim: Claim, ruling: Ruling, **more: Any) -> Verdict:
    start: dict[str, Any] = {
        "id": f"nt-xent/{claim.name}/3f2a", "theorem": "nt-xent", "claim": claim.name,
        "tex": claim.tex, "why": claim.why, "binds": claim.binds, "ruling": ruling,
        "problems": 24, "executions": 24, "seconds": 0.0123, "used": 0.31, "detectable": 3.2e-15,
    }  # fmt: skip
    return Verdict(**(start | more))


UPHELD = (
    verdict(CLAIMS[0], Ruling.UPHELD, evidence=EVIDENCE.model_copy(update={"slack": -1e-16})),
    verdict(CLAIMS[1], Ruling.UPHELD, used=0.04),
    verdict(CLAIMS[2], Ruling.NOT_APPLICABLE, used=None, detectable=None, problems=0,
            reason="the floor is a theorem only for positive_in_denominator=yes"),
    verdict(CLAIMS[3], Ruling.UPHELD, used=0.0, strength=Strength.NATIVE, dtype="float32"),
    verdict(CLAIMS[4], Ruling.INCONCLUSIVE, used=None, reason="training did not converge"),
)  # fmt: skip
BROKEN = (
    verdict(CLAIMS[0], Ruling.VIOLATED, used=1.7e14, evidence=EVIDENCE, executions=135),
    verdict(CLAIMS[1], Ruling.VIOLATED, used=math.inf, evidence=EVIDENCE.model_copy(
        update={"slack": math.nan, "theirs": "nan", "related": (SHOWN,)})),
    *UPHELD[2:],
)  # fmt: skip


def result(subject: str, ruling: Ruling, **more: Any) -> Result:
    start: dict[str, Any] = {
        "subject": subject, "contract": "nt-xent", "ruling": ruling, "seconds": 0.84,
        "convention": {"reduction": "mean", "positive_in_denominator": "yes"},
        "declared": {"reduction": "mean"}, "fixed": {"temperature": 0.5}, "verdicts": UPHELD,
        "counts": Counts(ran=3, not_applicable=1, not_run=1), "target": f"losses:{subject}",
        "provenance": PROVENANCE,
    }  # fmt: skip
    return Result(**(start | more))


VIOLATED = result("NTXentLoss", Ruling.VIOLATED, verdicts=BROKEN, diagnosis=Diagnosis(
    name="self-similarity kept", why="the mask of the diagonal was forgotten",
    changes=r"the denominator also sums $e^{1/\tau}$", seen_in=("somebody/simclr#12",),
    equivalents=("diagonal not masked",), residual=0.21,
))  # fmt: skip
IDENTIFIED = result("InfoNCE", Ruling.IDENTIFIED, identification=Identification(
    convention={"positive_in_denominator": "no"}, parameters={"temperature": 0.25},
    departures={"positive_in_denominator": "it is not: the decoupled loss"},
    sentence="behaves as NT-Xent with temperature 0.25, positive left out of the denominator",
))  # fmt: skip
STABILISED = result("SafeLoss", Ruling.STABILISED, stabilisers=(
    StabiliserFound(place="norm", words="added to every norm", size=1e-8, effect=3e-9),
))  # fmt: skip
NOTHING = {"verdicts": (), "counts": Counts(ran=0, not_applicable=0, not_run=5)}
CRASHED = result("Exploding", Ruling.CRASHED, **NOTHING, reason=(
    "RuntimeError: mat1 and mat2 shapes cannot be multiplied (4x3 and 4x3)\n  in forward, line 12"
))  # fmt: skip
REFUSED = result(HOSTILE, Ruling.REFUSED, **NOTHING, how={"with": HOSTILE}, reason=(
    f"expected: one tensor\nreceived: a dict with keys {HOSTILE}\nremedy:   key='loss'"
))  # fmt: skip
RESULTS = (VIOLATED, IDENTIFIED, STABILISED, CRASHED, REFUSED)

STEPS = (
    ProofStep(why=r"the gap is $\ge 0$ by Jensen's inequality", kind="inequality", seconds=0.041,
              tex=r"\log\frac{1}{N}\sum_i e^{x_i} \ge \frac{1}{N}\sum_i x_i", scope="every size",
              slip="the inequality turned round", outcome="checked: the line holds"),
    ProofStep(why="the simplex reaches it", kind="identity", seconds=0.17, scope="$N \\le 4$",
              tex=r"u_i \cdot u_j = -\frac{1}{N-1}", slip="$-1/N$", outcome="checked"),
    ProofStep(why="every labelling", kind="exhaustive enumeration", seconds=0.9, scope="$N = 3$",
              tex=r"\#\{p\} = 15", slip="16", outcome="checked"),
    ProofStep(why="a line that is wrong", kind="identity", seconds=0.01, scope="$N = 2$",
              tex=r"1 = 2", slip="$1 = 3$", outcome="refuted: false at a rational point"),
    ProofStep(why="compactness of the sphere", kind="cited", tex=r"S^{d-1}\ \text{is compact}",
              scope="Heine and Borel", slip="", outcome="cited", seconds=0.0),
)  # fmt: skip


# -- shadow execution, told in little -------------------------------------------------------------


def case(name: str, outcome: ShadowOutcome, **more: Any) -> ShadowCase:
    source = f"def {name}(z1, z2):\n    return (z1 + 1e-8).log() - z2  # {HOSTILE}"
    return ShadowCase(
        name=name, file="subjects.py", first_line=7, source=source, contract="nt-xent",
        convention={"reduction": "mean"}, problem=SHOWN, outcome=outcome,
        **({"words": ""} | more),
    )  # fmt: skip


THIRD = "0." + 50 * "3"
ENDS = (
    Compared(of="value", theorem=THIRD, twin=THIRD, held=1 / 3, apart=2.5e-59, rounding=5.6e-17),
    Compared(of="gradient by z1", theorem="-1", twin="-1", held=-1.0, apart=0.0, rounding=0.0),
)
OFF = ENDS[0].model_copy(update={"twin": "0.33333334" + 42 * "3", "apart": 3e-8})
SHADOW_STEPS = (
    ShadowStep(number=1, backward=False, operation="aten::gt", line="a/b.py:3", source=HOSTILE,
               shape=(2,), decided="[True, True]"),
    ShadowStep(number=2, backward=False, operation="aten::div.Tensor", line="torch/kl.py:469",
               source="ratio = p / q", shape=(1, 2), held=1 / 3, twin="0." + 40 * "3", units=0.33,
               most=671.25),
    ShadowStep(number=3, backward=True, operation="aten::neg", of=2, held=-0.5, twin="-0.5"),
    ShadowStep(number=4, backward=True, operation="aten::mul.Tensor", held=1e-5,
               twin="0.00001" + 36 * "0" + "7", units=41.5, most=41.5),
)  # fmt: skip
SHADOW = ShadowExample(
    twin_digits=61, theorem_digits=50, shown_digits=39, asked=1e-41,
    library=Followed(
        case=case("kl", ShadowOutcome.AGREES, compared=ENDS), steps=SHADOW_STEPS,
        proved=("proved at mu 2x2, for all inputs",), undecided=("at mu 1x2: no way known",),
    ),
    stabilised=case(
        "careful", ShadowOutcome.DIFFERS, compared=(OFF,), without=ENDS[:1],
        constants=(("subjects.py:8", 1e-8, "add"),),
    ),
    trifle=case("trifle", ShadowOutcome.DIFFERS, compared=(OFF,)),
    escaped=case("escaped", ShadowOutcome.LOST, words="numbers left at subjects.py:8, rounded"),
)  # fmt: skip

# -- errata ---------------------------------------------------------------------------------------


def erratum(id: str, **more: Any) -> ErratumRow:
    start: dict[str, Any] = {
        "id": id, "chapter": "Sums", "said": "The loss is always $> 1$", "believed": "So seen.",
        "claim": r"For all $N$ the loss exceeds $1$.", "corrected_to": r"It is at least $\log 2$.",
        "instance": "One pair, and `nothing` else.", "theorems": ("nt-xent", "softmax"),
        "references": ("A. Nobody, On nothing, 1901",), "cited": "", "seconds": 0.0021,
        "code": (
            Piece(file="errata.py", first_line=12, source=f"def loss():\n    1  # {HOSTILE}"),
        ),
        "claimed": Number(of="the loss minus $1$", value=-0.25, exact="-1/4"),
        "corrected": Number(of=r"the loss minus $\log 2$", value=0.0569),
        "numbers": (Number(of="pairs", value=1.0, exact="1"), Number(of="loss", value=0.75)),
    }  # fmt: skip
    return ErratumRow(**(start | more))


ERRATA = (
    erratum("loss-above-one", title="Loss", axes=("pairs", "loss"), series={
        "the loss": ((1.0, 0.75), (2.0, 1.5), (3.0, 1.75)), "one": ((1.0, 1.0), (3.0, 1.0)),
    }),
    erratum("loss-below-two", chapter="Bounds", said="The loss is below $2$", claimed=None,
            cited="A. Nobody, 1901"),
)  # fmt: skip

RUN = Run(
    provenance=PROVENANCE,
    proofs=(Proof(theorem="nt-xent", steps=STEPS, assumptions=(
        (r"$\tau > 0$", "the band: its width would be negative", "-2.69"),
        ("embeddings are divided by their norms", "floor", "-1.31"),
    ), picture=Drawn(
        title="The least loss of three pairs", axes=("temperature", "nats"),
        series={"least loss": ((0.1, 0.0), (0.5, 0.2), (1.0, 0.6))},
    )),),
    references=(
        Reference(
            result=result("masked_log_sum_exp", Ruling.UPHELD, shadow=ShadowFound(
                outcome=ShadowOutcome.AGREES, problems=3, words="to the last digit",
            )),
            axes=("temperature", "loss"),
            series={
                "the floor": tuple((0.05 * k, math.log1p(14 * math.exp(-8 / 7 / (0.05 * k))))
                                   for k in range(1, 41)),
                "trained": tuple((0.1 * k, math.log1p(14.05 * math.exp(-8 / 7 / (0.1 * k))))
                                 for k in range(1, 20, 2)) + ((2.0, math.nan),),
            },
            scatters=(Scattered(
                title="Along a plane: a map", axes=("one", "two"), told="It was measured.",
                marks={str(k): ((k, -k), (k / 2, 1), (math.nan, 0)) for k in range(10)},
                shares={str(k): k / 9 for k in range(10)},
            ),),
            data="nobody's",
        ),
        Reference(result=result("cross_entropy", Ruling.UPHELD)),
    ),
    defects=tuple(
        DefectRow(
            contract="nt-xent", name=defect.name, why=defect.why, changes=defect.changes,
            seen_in=defect.seen_in, equivalents=defect.equivalents,
            convention=dict(defect.convention), shown=SHOWN, problems=2 + k, milliseconds=3.1 * k,
            condemned_by=("value", "gradient")[: 2 - (k == 3)],
            named=(defect.name,) if k != 3 else (),
        )
        for k, defect in enumerate(DEFECTS)
    ),
    audits=RESULTS,
    shadow=SHADOW,
    errata=ERRATA,
    seconds=12.3,
)  # fmt: skip

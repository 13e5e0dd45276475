"""The proof of what mutual information is, what bounds it, and what processing does to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from .symbolic import sp
from .theorem import Step, identity, inequality

__all__ = ["proof"]


def proof() -> Iterator[Step]:
    yield from _entropies()
    yield from _ceiling()
    yield from _processing()
    yield from _gradient()
    yield from _gaussian()
    yield from _gaussian_maps()


def _entropies() -> Iterator[Step]:
    cells = list(product(range(2), range(3)))
    p = {c: sp.Symbol(f"p{c[0]}{c[1]}", positive=True) for c in cells}
    log = {c: sp.Symbol(f"l{c[0]}{c[1]}", real=True) for c in cells}
    rows, columns = sp.symbols("a0:2", real=True), sp.symbols("b0:3", real=True)
    information = sum(p[c] * (log[c] - rows[c[0]] - columns[c[1]]) for c in cells)
    marginals = sum(sum(p[i, j] for j in range(3)) * rows[i] for i in range(2))
    marginals += sum(sum(p[i, j] for i in range(2)) * columns[j] for j in range(3))
    own = sum(p[c] * log[c] for c in cells)
    yield identity(
        "the mean of the log-ratio is what the entropies of the two exceed that of the pair by",
        sp.expand(information), sp.expand(own - marginals),
        slip=sp.expand(own), slip_words="the joint entropy alone",
        tex=r"I = H(X) + H(Y) - H(X, Y)",
        scope="two rows and three columns, all logarithms free; others add further terms",
    )  # fmt: skip
    given = sum(p[c] * (log[c] - rows[c[0]]) for c in cells)  # -H(Y|X)
    less = sum(sum(p[i, j] for i in range(2)) * columns[j] for j in range(3))  # -H(Y)
    yield identity(
        "or what the entropy of Y falls by when X is known",
        sp.expand(information), sp.expand(given - less),
        slip=sp.expand(less - given), slip_words="H(Y|X) - H(Y), the sign turned",
        tex=r"I = H(Y) - H(Y \mid X)", scope="two rows and three columns, all logarithms free",
    )  # fmt: skip
    x, y, z = sp.symbols("x y z", positive=True)
    logs = sp.symbols("m0:4", real=True)  # of the ratios
    table = (x, y, z, 1 - x - y - z)
    apart = ((x + y) * (x + z), (x + y) * (1 - x - z), (1 - x - y) * (x + z),
             (1 - x - y) * (1 - x - z))  # fmt: skip
    means = list(zip(table, logs, apart, strict=True))
    yield identity(
        "both tables sum to one, so it is a mean under independence of t log t - t + 1, which by "
        "Gibbs' inequality is not negative, and zero at t = 1 only",
        sp.expand(sum(a * log for a, log, _ in means)),
        sp.expand(sum(a * log - a + q for a, log, q in means)),
        slip=sp.expand(sum(a * log - a for a, log, _ in means)),
        slip_words="t log t - t: the one that makes it vanish at t = 1 is forgotten",
        tex=r"I = \sum_{ij}p_{i\cdot}p_{\cdot j}\,\varphi(r_{ij}) \ge 0,\quad "
        r"\varphi(t) = t\log t - t + 1",
        scope="two rows and two columns, all logarithms free",
    )  # fmt: skip


def _ceiling() -> Iterator[Step]:
    g = sp.Symbol("g", nonnegative=True)
    p = 1 / (1 + g)
    yield inequality(
        "no outcome of Y, given X, has a negative share of the entropy: so I is at most H(Y)",
        sp.Integer(0), -p * sp.expand_log(sp.log(p), force=True), because=[p * sp.log(1 + g)],
        slip=p * sp.log(2 + g), slip_words="the logarithm of 1 + 1/p",
        tex=r"-p\log p \ge 0,\quad I \le H(Y)", scope="every p in (0, 1], as 1/(1 + g)",
    )  # fmt: skip
    a, b = sp.symbols("a b", positive=True)
    c = 1 - a - b
    logs = sp.symbols("la lb lc", real=True)
    n = sp.Symbol("L", real=True)  # log 3
    shares = list(zip((a, b, c), logs, strict=True))
    entropy = -sum(x * log for x, log in shares)
    yield identity(
        "and H(Y) falls short of log n by a divergence from the uniform law",
        sp.expand(n - entropy), sp.expand(sum(x * (log + n) for x, log in shares)),
        slip=sp.expand(sum(x * (log - n) for x, log in shares)),
        slip_words="multiplied by 1/n in place of divided",
        tex=r"\log n - H(Y) = KL(p\,\|\,\tfrac1n) \ge 0", scope="n = 3, all logarithms free",
    )  # fmt: skip


def _processing() -> Iterator[Step]:
    a, b = sp.symbols("a0:2", positive=True), sp.symbols("b0:2", positive=True)
    c = sp.symbols("c0:2", positive=True)  # columns' own shares
    A, B = sum(a), sum(b)

    def row(cells: tuple[sp.Expr, ...], total: sp.Expr) -> sp.Expr:
        return sum(
            x * (sp.log(x) - sp.log(total) - sp.log(y)) for x, y in zip(cells, c, strict=True)
        )  # fmt: skip

    both = tuple(x + y for x, y in zip(a, b, strict=True))
    lost = row(a, A) + row(b, B) - row(both, A + B)
    told = sum(
        x * (sp.log(x) - sp.log(x + y) - sp.log(A) + sp.log(A + B))
        + y * (sp.log(y) - sp.log(x + y) - sp.log(B) + sp.log(A + B))
        for x, y in zip(a, b, strict=True)
    )
    yield identity(
        "two outcomes of X told apart no more: what is lost is a divergence, what Y says of which "
        "of the two it was",
        sp.expand(lost), sp.expand(told),
        slip=sp.expand(row(a, A) + row(b, B)), slip_words="what the merged outcome tells forgotten",
        tex=r"I(X;Y) - I(f(X);Y) = I(X;Y \mid f(X)) \ge 0",
        scope="two outcomes merged, two columns; further columns add further terms",
    )  # fmt: skip
    s, x, y = sp.symbols("s x y", positive=True)
    yield identity(
        "split by a coin, both parts have the log-ratio of the whole: nothing is gained",
        sp.expand_log(sp.log(s * x / (s * (x + y)))), sp.log(x) - sp.log(x + y),
        slip=sp.log(x) - sp.log(x + s * y), slip_words="one cell split, and not the row",
        tex=r"\frac{s\,p_{ij}}{s\,p_{i\cdot}\,p_{\cdot j}} = "
        r"\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}}",
        scope="one row of two cells, every share s",
    )  # fmt: skip


def _gradient() -> Iterator[Step]:
    a, b, c, d = sp.symbols("a b c d", positive=True)

    def information(a: sp.Expr, b: sp.Expr, c: sp.Expr, d: sp.Expr) -> sp.Expr:
        own = sum(x * sp.log(x) for x in (a, b, c, d))
        return own - sum(x * sp.log(x) for x in (a + b, c + d, a + c, b + d))

    yield identity(
        "the slope in a cell is its log-ratio, less a number that all cells share",
        sp.diff(information(a, b, c, d), a), sp.log(a) - sp.log(a + b) - sp.log(a + c) - 1,
        slip=sp.log(a) - sp.log(a + b) - sp.log(a + c) + 1,
        slip_words="the marginals held fast: d(p log p) alone",
        tex=r"\partial I/\partial p_{ij} = \log\frac{p_{ij}}{p_{i\cdot}\,p_{\cdot j}} - 1",
        scope="two rows and two columns",
    )  # fmt: skip


def _gaussian() -> Iterator[Step]:
    x, y = sp.symbols("s t", positive=True)
    c = sp.Symbol("c", real=True)
    S, apart = sp.Matrix([[x, c], [c, y]]), sp.diag(x, y)
    yield identity(
        "the log-ratio of the densities is a quadratic form whose mean cancels",
        sp.together(((S.inv() - apart.inv()) * S).trace()), sp.Integer(0),
        slip=sp.together((S.inv() * S).trace()), slip_words="the product density's form forgotten",
        tex=r"\mathbb{E}\bigl[z^\top S^{-1}z - x^\top S_x^{-1}x - y^\top S_y^{-1}y\bigr] = 0",
        scope="p = q = 1",
    )  # fmt: skip
    entries = sp.symbols("s11 s12 s22 c1 c2", real=True)
    X = sp.Matrix([[entries[0], entries[1]], [entries[1], entries[2]]])
    k = sp.Matrix(entries[3:])
    whole = X.row_join(k).col_join(k.T.row_join(sp.Matrix([[y]])))
    yield identity(
        "what is left are the volumes, whose ratio is the determinant of what x leaves of y",
        sp.together(whole.det() / X.det()), sp.together(y - (k.T * X.inv() * k)[0]),
        slip=sp.together(y - (k.T * X * k)[0]),
        slip_words="the covariance of x in place of its inverse",
        tex=r"\det S = \det S_x\,\det(S_y - S_{yx}S_x^{-1}S_{xy})", scope="p = 2, q = 1",
    )  # fmt: skip
    yield identity(
        "in one coordinate each, the correlation is all that enters",
        sp.together(S.det() / (x * y)), sp.together(1 - c**2 / (x * y)),
        slip=sp.together(1 - c / sp.sqrt(x * y)), slip_words="the correlation not squared",
        tex=r"I = -\tfrac12\log(1 - \rho^2)", scope="p = q = 1",
    )  # fmt: skip
    yield identity(
        "the slope in the covariance is an entry of the precision",
        sp.together(sp.diff(-sp.log(x * y - c**2) / 2, c)), sp.together(-S.inv()[0, 1]),
        slip=sp.together(-S.inv()[0, 1] / 2), slip_words="half of it: both blocks move",
        tex=r"\nabla_{S_{xy}}I = -[S^{-1}]_{xy}", scope="p = q = 1",
    )  # fmt: skip


def _gaussian_maps() -> Iterator[Step]:
    A = sp.Matrix(2, 2, sp.symbols("a11 a12 a21 a22", real=True))
    s11, s12, s22 = sp.symbols("s11 s12 s22", real=True)
    X = sp.Matrix([[s11, s12], [s12, s22]])
    yield identity(
        "a linear map multiplies both volumes by the square of its determinant, which cancels",
        sp.expand((A * X * A.T).det()), sp.expand(A.det() ** 2 * X.det()),
        slip=sp.expand(A.det() * X.det()), slip_words="the determinant not squared",
        tex=r"\det(AS_xA^\top) = (\det A)^2\det S_x", scope="p = 2",
    )  # fmt: skip
    x, y, noise = sp.symbols("s t n", positive=True)
    c = sp.Symbol("c", real=True)
    yield inequality(
        "noise added to x lowers the correlation",
        c**2 / ((x + noise) * y), c**2 / (x * y), because=[c**2 * noise / (x * y * (x + noise))],
        slip=c**2 / (x * y) - c**2 * noise / (x * y), slip_words="the wrong side of the quotient",
        tex=r"\rho(x + \varepsilon, y)^2 \le \rho(x, y)^2", scope="p = q = 1",
    )  # fmt: skip

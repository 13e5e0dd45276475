"""Statements, proofs, oracles and claims.  Needs NumPy, SymPy and Hypothesis; never PyTorch."""

if not __name__.startswith("tightframe."):
    raise ImportError("import tightframe.theorems, not theorems: there must be only one copy")

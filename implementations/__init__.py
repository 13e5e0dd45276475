"""Contracts, known defects, and the PyTorch code that meets the contracts.  Never a theorem."""

if not __name__.startswith("tightframe."):
    raise ImportError("import tightframe.implementations, not implementations")

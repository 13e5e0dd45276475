"""Where theorems meet code: pairing, measuring, noise, diagnosis, verdict."""

if not __name__.startswith("tightframe."):
    raise ImportError("import tightframe.checks, not checks")

"""What people read: result records, and their pages, files and lines."""

if not __name__.startswith("tightframe."):
    raise ImportError("import tightframe.reports, not reports")

"""Use cases of this slice; the public door."""

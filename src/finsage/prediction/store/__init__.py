"""All SQL of this slice, a file per notion."""

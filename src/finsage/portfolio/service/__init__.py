"""The door of the slice: one file per use case, one function per thing a caller can ask."""

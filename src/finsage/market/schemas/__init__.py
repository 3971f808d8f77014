"""The wire shapes of the slice."""

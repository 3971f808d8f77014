"""The wire shapes of the slice, by what they describe."""

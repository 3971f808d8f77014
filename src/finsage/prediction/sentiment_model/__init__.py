"""The sentiment model: how a headline reads, as three probabilities, explained by its words. Text is only text."""

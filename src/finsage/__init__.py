"""FinSage: one exact ledger, returns that can be explained, odds that are scored."""

__version__ = "0.1.0"

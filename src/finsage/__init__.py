"""FinSage: one exact ledger and returns that can be explained."""

__version__ = "0.1.0"

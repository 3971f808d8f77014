"""Portfolios and their books: transactions and postings are the truth, lots, holdings and valuations are derived.

Others enter by ``service``, ``events`` and ``errors``. Market data comes through the door of ``market``.
"""

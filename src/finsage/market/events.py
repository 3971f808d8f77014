"""What the market lets others know, as names of queued jobs that whoever wants to know registers."""

from __future__ import annotations

NEWS_STORED = "market.news_stored"
"""New headlines are kept and nobody has read them yet. Says nothing else: whoever takes it looks for itself."""

HISTORY_STORED = "market.history_stored"
"""Closes of many days came at once: the demo, a file, the back-fill of an asset. Says nothing else either."""

"""Work of this slice that no request waits for."""

from __future__ import annotations

from finsage.market import events
from finsage.platform.jobs import JobRegistry
from finsage.prediction.service import news_reading

jobs = JobRegistry()
jobs.job(events.NEWS_STORED)(news_reading.read_news)

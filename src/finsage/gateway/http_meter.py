"""Counts and times of requests, kept as plain numbers because every request pays for them.

The event loop is the only writer, so no lock is needed; the scrape turns the numbers into metric families.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from finsage.platform.telemetry import REGISTRY

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the duration buckets, seconds; 0.25 is the limit of the latency alert."""

_Route = tuple[str, str, str]


class _Duration:
    __slots__ = ("buckets", "sum_seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS) + 1)
        self.sum_seconds = 0.0


class HttpMeter(Collector):
    """The metrics of operations.md that every request moves."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, str, int], int] = defaultdict(int)
        self._durations: dict[_Route, _Duration] = defaultdict(_Duration)
        self._in_flight: dict[str, int] = defaultdict(int)

    def begin(self, role: str) -> None:
        """One more request is being answered."""
        self._in_flight[role] += 1

    def end(self, role: str, method: str, route: str, status: int, seconds: float) -> None:
        """It has been answered, or given up."""
        self._in_flight[role] -= 1
        self._requests[role, method, route, status] += 1
        duration = self._durations[role, method, route]
        duration.buckets[bisect_left(BOUNDS, seconds)] += 1
        duration.sum_seconds += seconds

    def collect(self) -> Iterable[Metric]:
        requests = CounterMetricFamily(
            "finsage_http_requests", "Requests answered", labels=["role", "method", "route", "status"]
        )
        for (*labels, status), count in self._requests.items():
            requests.add_metric([*labels, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "finsage_http_request_duration_seconds",
            "Time from a request's headers to the last byte of its answer",
            labels=["role", "method", "route"],
        )
        for route, duration in self._durations.items():
            durations.add_metric(list(route), _cumulative(duration.buckets), duration.sum_seconds)
        yield durations
        in_flight = GaugeMetricFamily("finsage_http_requests_in_flight", "Requests being answered", labels=["role"])
        for role, count in self._in_flight.items():
            in_flight.add_metric([role], count)
        yield in_flight


def _cumulative(buckets: list[int]) -> list[tuple[str, float]]:
    total = 0
    pairs = []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), buckets, strict=True):
        total += count
        pairs.append((bound, float(total)))
    return pairs


METER = HttpMeter()
REGISTRY.register(METER)

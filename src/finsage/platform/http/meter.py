"""What the operator sees of the services outside. ``upstream`` is a provider's name, never a host a user typed."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

from finsage.platform.telemetry import REGISTRY

_BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUESTS = Counter(
    "finsage_upstream_requests",
    "Requests to services outside by how they ended; cached ones did not leave the house",
    ("upstream", "outcome"),
    registry=REGISTRY,
)
DURATION = Histogram(
    "finsage_upstream_request_duration_seconds",
    "Time from sending a request to the last byte of its answer",
    ("upstream",),
    buckets=_BOUNDS,
    registry=REGISTRY,
)
CIRCUIT_OPEN = Gauge(
    "finsage_upstream_circuit_open", "Hosts left alone after failing repeatedly", ("upstream",), registry=REGISTRY
)
BUDGET = Gauge("finsage_upstream_budget_remaining", "Retries that may be made", ("upstream",), registry=REGISTRY)

"""The metrics of the shared store, there whether or not its client is installed."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

from finsage.platform.telemetry import REGISTRY

CIRCUIT_OPEN = Gauge("finsage_redis_circuit_open", "Whether Redis is left alone after it failed", registry=REGISTRY)
FAILURES = Counter("finsage_redis_failures", "Operations on Redis that failed, by how", ("reason",), registry=REGISTRY)
SECONDS = Counter("finsage_redis_seconds", "Seconds spent waiting for Redis", registry=REGISTRY)

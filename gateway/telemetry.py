"""Logs as one JSON line an event on standard error, and the figures that /metrics tells."""

import logging
import sys

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
OPERATIONS = Counter("gateway_operations_total", "Executed GraphQL operations", ["kind", "outcome"], registry=REGISTRY)
OPERATION_SECONDS = Histogram(
    "gateway_operation_seconds",
    "Time of one GraphQL operation",
    ["kind"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
VIEW_LAG = Gauge("gateway_view_lag_seconds", "How far the view of positions is behind the ledger", registry=REGISTRY)
VIEW_POSITIONS = Gauge("gateway_view_positions", "Positions in the view", registry=REGISTRY)
VIEW_REBUILDS = Gauge("gateway_view_rebuilds", "Times that the view was filled anew after its stream was lost", registry=REGISTRY)
DATABASE_ANSWERS = Gauge("gateway_database_answers", "1: the database's own figures are told; 0: it did not answer", registry=REGISTRY)
FEED_FAILURES = Gauge("gateway_feed_failures", "Failed tries in a row of a feed", ["source", "feed"], registry=REGISTRY)
QUARANTINES = Gauge(
    "gateway_quarantined", "Places whose last figures look like garbage and are not believed", ["source"], registry=REGISTRY
)
SHORTFALLS = Gauge("gateway_shortfalls", "Positions of which more is promised than there is", registry=REGISTRY)
DRIFTS = Gauge("gateway_audit_drifts", "Drifts that the last round of the running audit found in its sample", ["kind"], registry=REGISTRY)
LOOP_FAILURES = Counter("gateway_loop_failures_total", "Failed steps of a loop, and of single orders in it", ["loop"], registry=REGISTRY)
HAND_OVERS = Gauge("gateway_hand_overs", "Messages by source and state", ["source", "state"], registry=REGISTRY)
OPERATIONS_RUNNING = Gauge("gateway_operations_running", "GraphQL operations under way", registry=REGISTRY)
TURNED_AWAY = Gauge("gateway_turned_away", "Requests refused for want of time or room, by urgency", ["urgency"], registry=REGISTRY)
CIRCUITS = Gauge(
    "gateway_circuits", "Circuits as this process sees them: 0 closed, 1 half open, 2 open", ["source", "operation"], registry=REGISTRY
)
DOCUMENT_CACHE = Gauge("gateway_document_cache", "Hits and misses of the document cache", ["outcome"], registry=REGISTRY)


def configure_logs(level: str = "INFO") -> None:
    """Send structured logs to standard error; standard output belongs to what a command prints."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )

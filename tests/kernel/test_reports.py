"""Reports of bugs, as they leave for Sentry: what broke and where, nothing of whom it broke for."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport
from tests.lines import logging_restored

from studyspot.kernel import logs
from studyspot.kernel.logs import configure_logs
from studyspot.kernel.telemetry.reports import start_reporting

NUMBER = "+919876543210"


class Kept(Transport):
    """Sends nothing anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.events += [item.payload.json for item in envelope.items]


@pytest.fixture
def kept() -> Iterator[Kept]:
    report = start_reporting("https://key@sentry.invalid/1", "9.9")
    kept = sentry_sdk.get_client().transport = Kept()
    with logging_restored():
        configure_logs(level="info", form="json", report=report)
        yield kept
    sentry_sdk.get_global_scope().set_client(None)


def fail(phone: str) -> None:
    raise ValueError(f"{phone} is no number")


@pytest.mark.parametrize("logger", [structlog.get_logger, lambda: logging.getLogger("procrastinate.worker")])
def test_a_bug_is_reported_with_its_place_and_without_values(kept: Kept, logger: Any):
    logs.bind(request_id="trace-0001")
    try:
        fail(NUMBER)
    except ValueError:
        logger().exception("failed")

    (event,) = kept.events
    (problem,) = event["exception"]["values"]
    assert (problem["type"], problem["value"], event["release"]) == ("ValueError", "", "9.9")
    assert problem["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"]["request_id"] == "trace-0001"
    assert NUMBER not in str(event)
    assert not event.keys() & {"server_name", "user", "request", "extra"}


def test_what_is_no_bug_is_not_reported(kept: Kept):
    structlog.get_logger().warning("announcements_lost", problem="expected now and then")

    assert kept.events == []

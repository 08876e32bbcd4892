"""Bugs reported to Sentry, when an address is set: what broke and where, nothing of whom it broke for."""

from typing import Any

import structlog

from studyspot.kernel.settings import RefusedSettings


def start_reporting(dsn: str, release: str) -> structlog.typing.Processor:
    """A step for the log's chain, which reports each error that is logged with its stack.

    :raises RefusedSettings: when the package is installed without what this needs.
    """
    try:
        import sentry_sdk  # noqa: PLC0415 - an extra
    except ImportError:
        raise RefusedSettings("STUDYSPOT_SENTRY_DSN: needs pip install 'studyspot[observability]'") from None
    sentry_sdk.init(
        dsn,
        release=release,
        include_local_variables=False,
        max_breadcrumbs=0,
        default_integrations=False,
        before_send=without_values,
    )

    def report(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if event.get("exc_info"):
            problem = event["exc_info"] if event["exc_info"] is not True else None
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("request_id", event.get("request_id", ""))
                sentry_sdk.capture_exception(problem)
        return event

    return report


def without_values(event: Any, _: Any) -> Any:
    """Messages of errors quote what they are about; their class and place are enough."""
    for one in event.get("exception", {}).get("values", ()):
        one["value"] = ""
    event.pop("server_name", None)
    return event

"""Traces of OpenTelemetry, from the gateway through doors to statements, when somebody is there to take them.

A span has a name that stands in the code and its times; that of a request its status and id, too. No values,
no SQL, no messages of errors: those hold people's data.
"""

import contextlib
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from studyspot.kernel.settings import RefusedSettings

TRACE_CONTEXT = frozenset({b"traceparent", b"tracestate"})  # https://www.w3.org/TR/trace-context/
Headers = Iterable[tuple[bytes, bytes]]
_NOTHING: "AbstractContextManager[Span | None]" = contextlib.nullcontext()
_tracer: Any = None


def start_tracing(service: str, url: str, share: float) -> None:
    """Sends `share` of all traces to an OTLP/HTTP collector.

    :raises RefusedSettings: when the package is installed without what this needs.
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra, and slow to import
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415
    except ImportError:
        raise RefusedSettings("STUDYSPOT_TRACES_URL: needs pip install 'studyspot[observability]'") from None
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(share),
        resource=Resource.create({"service.name": f"studyspot-{service}"}),
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    use_tracer(provider.get_tracer("studyspot"))


def use_tracer(tracer: Any) -> None:
    """From now on; None ends it."""
    global _tracer  # noqa: PLW0603 - one per process, as what it measures
    _tracer = tracer


def span(name: str, received: Headers | None = None) -> "AbstractContextManager[Span | None]":
    """What happens inside, as part of what happens around it, or of what a request's headers name. None when
    nobody takes it.
    """
    return _NOTHING if _tracer is None else Span(name, received)


def pass_on(headers: MutableMapping[str, str]) -> None:
    """Adds to a request's headers which span it belongs to (W3C Trace Context)."""
    if _tracer is not None:
        from opentelemetry.propagate import inject  # noqa: PLC0415

        inject(headers)


class Span(AbstractContextManager["Span"]):
    def __init__(self, name: str, received: Headers | None) -> None:
        from opentelemetry.propagate import extract  # noqa: PLC0415

        context = None
        if received is not None:
            named = {key.decode(): value.decode("latin-1") for key, value in received if key in TRACE_CONTEXT}
            context = extract(named)
        self._running = _tracer.start_as_current_span(
            name, context=context, record_exception=False, set_status_on_exception=False
        )

    def describe(self, name: str, attributes: Mapping[str, str | int]) -> None:
        """Gives it a better name, and what else is known of it in the end."""
        self._span.update_name(name)
        self._span.set_attributes(attributes)

    def __enter__(self) -> Self:
        self._span = self._running.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._span.set_attribute("error.type", kind.__name__)
        self._running.__exit__(kind, problem, traceback)

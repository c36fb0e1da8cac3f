"""Traces, where they are switched on; only then are their packages imported."""

from typing import TYPE_CHECKING

from mobart import __version__
from mobart.app.clock import SystemClock
from mobart.core.ports import Observer
from mobart.settings import Settings, secret_value

if TYPE_CHECKING:
    from mobart.tracing.export import Tracing

MISSING = (
    "OTEL_EXPORTER_OTLP_ENDPOINT: tracing is switched on, but the package {} is not installed:"
    " `pip install -r requirements-otel.txt`, or OTEL_SDK_DISABLED=true"
)


def build_tracing(
    settings: Settings, name: str, clock: SystemClock, observer: Observer
) -> "Tracing | None":
    """Build what makes traces and sends them; None if that is switched off."""
    if not settings.traces_address:
        return None
    from mobart.tracing.export import build_exporting  # noqa: PLC0415 - may not be installed

    return build_exporting(
        endpoint=settings.traces_address,
        headers=secret_value(settings.otel_exporter_otlp_headers) or "",
        service=settings.otel_service_name,
        version=__version__,
        worker=name,
        namespace=settings.mobart_namespace,
        clock=clock,
        observer=observer,
    )


def tracing_problem(settings: Settings) -> str:
    """Return why traces cannot be made although they are switched on; "" if they can."""
    if settings.traces_address:
        try:
            import mobart.tracing.export  # noqa: F401, PLC0415 - as above
        except ModuleNotFoundError as missing:
            return MISSING.format(missing.name)
    return ""

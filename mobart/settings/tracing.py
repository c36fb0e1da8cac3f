"""Traces for OpenTelemetry, under the names that its SDKs share."""

from typing import Literal

from pydantic import Field, SecretStr

from mobart.core.setting_types import HttpUrl, SettingsGroup, WholeUrl


class TracingSettings(SettingsGroup):
    """Where traces go; nowhere without an address."""

    otel_exporter_otlp_endpoint: HttpUrl | None = Field(
        None,
        description="Where traces go, such as http://collector:4318: OTLP over HTTP, at /v1/traces"
        " below it; switches tracing on; needs the packages of requirements-otel.txt",
    )
    otel_exporter_otlp_traces_endpoint: WholeUrl | None = Field(
        None, description="The whole address for traces, where it is another one; wins over it"
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        None, description="Headers for it, such as authorization=Bearer%20KEY, with commas"
    )
    otel_exporter_otlp_protocol: Literal["http/protobuf"] = Field(
        "http/protobuf", description="The one that is spoken; not gRPC, whose port is 4317"
    )
    otel_service_name: str = Field("mobart", description="The name of this service in traces")
    otel_traces_exporter: Literal["otlp", "none"] = Field(
        "otlp", description="none: no traces, whatever the addresses"
    )
    otel_sdk_disabled: bool = Field(False, description="The same")

    @property
    def traces_address(self) -> str:
        """The whole address that traces are sent to; "" if there are none."""
        if self.otel_sdk_disabled or self.otel_traces_exporter == "none":
            return ""
        if self.otel_exporter_otlp_traces_endpoint:
            return self.otel_exporter_otlp_traces_endpoint
        base = self.otel_exporter_otlp_endpoint
        return f"{base.rstrip('/')}/v1/traces" if base else ""

"""Traces of requests for OpenTelemetry, made of events; needs the packages of `requirements-otel.txt`."""

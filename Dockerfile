# Everything is fetched, built and compiled in the first stage; what is shipped has no installer's traces.
# The last stage is the worker; `--target standin` builds the stand-in of the providers, for a backend's tests.
# Another Python, or the same by its digest: --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:...
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
# --build-arg TRACING=1: with what OpenTelemetry's traces need.
ARG TRACING=
COPY requirements.txt requirements-otel.txt ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir -r requirements.txt \
        ${TRACING:+-r requirements-otel.txt}
COPY main.py LICENSE ./
COPY mobart ./mobart
# The file system is read-only at run time, so what Python would cache on first use is made here.
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash mobart

FROM build AS build-standin
COPY mobart_local ./mobart_local
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash mobart_local

FROM ${PYTHON_IMAGE} AS base
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1
RUN groupadd --gid 10001 mobart \
    && useradd --uid 10001 --gid mobart --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mobart
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
STOPSIGNAL SIGTERM

FROM base AS standin
LABEL org.opencontainers.image.title="Mobart's stand-in of image providers" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build-standin /app /app
USER 10001:10001
EXPOSE 8400
HEALTHCHECK --interval=5s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8400/_standin/ledger', timeout=2)"]
ENTRYPOINT ["python", "-m", "mobart_local.standin", "--host", "0.0.0.0"]

FROM base AS worker
LABEL org.opencontainers.image.title="Mobart" \
      org.opencontainers.image.description="Turns a game backend's requests for pictures into finished game assets" \
      org.opencontainers.image.licenses="MIT"
ENV MOBART_HTTP_HOST=0.0.0.0 \
    LOG_FILE=/var/log/mobart/mobart.log
# A volume that is mounted on the log directory takes over its owner.
RUN install --directory --owner mobart --group mobart --mode 0750 /var/log/mobart
COPY --from=build /app /app
USER 10001:10001
EXPOSE 8081
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "main.py", "health"]
ENTRYPOINT ["python", "main.py"]

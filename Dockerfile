# Everything is fetched, built and compiled in the first stage; the second has no installer's traces.
# Another Python, or the same by its digest: --build-arg PYTHON_IMAGE=python:3.12-slim@sha256:...
ARG PYTHON_IMAGE=python:3.12-slim

FROM ${PYTHON_IMAGE} AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv --without-pip /opt/venv \
    && pip --python /opt/venv/bin/python install --no-cache-dir -r requirements.txt
COPY main.py LICENSE ./
COPY mobart ./mobart
# The file system is read-only at run time, so what Python would cache on first use is made here.
RUN /opt/venv/bin/python -m compileall -q --invalidation-mode unchecked-hash mobart

FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Mobart" \
      org.opencontainers.image.description="Turns a game backend's requests for pictures into finished game assets" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/opt/venv/bin:$PATH \
    MOBART_HTTP_HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONUTF8=1 \
    LOG_FILE=/var/log/mobart/mobart.log
# A volume that is mounted on the log directory takes over its owner.
RUN groupadd --gid 10001 mobart \
    && useradd --uid 10001 --gid mobart --no-create-home --home-dir /tmp --shell /usr/sbin/nologin mobart \
    && install --directory --owner mobart --group mobart --mode 0750 /var/log/mobart
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
EXPOSE 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "main.py", "health"]
ENTRYPOINT ["python", "main.py"]

"""The HTTP API under /v1: what the status page shows and does, for programs."""

"""The life of a request and of a worker: decides, and does no I/O itself."""

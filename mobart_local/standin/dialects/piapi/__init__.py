"""PiAPI's unified API, and LegNext's, which is of its family."""

"""Midjourney through PiAPI's unified API, and through its successor, LegNext."""

"""Midjourney through PiAPI's unified API."""

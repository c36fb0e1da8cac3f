"""Midjourney through a midjourney-proxy, or another server with its API."""

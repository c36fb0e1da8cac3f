"""Midjourney through a midjourney-proxy, and whoever speaks its API."""

"""Midjourney through GoAPI's `mj/v2` API."""

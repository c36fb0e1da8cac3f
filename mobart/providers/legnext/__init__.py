"""Midjourney through LegNext."""

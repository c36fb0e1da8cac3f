"""LegNext's API for Midjourney."""

"""GoAPI's `mj/v2` API for Midjourney."""

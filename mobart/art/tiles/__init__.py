"""The four pictures of a 2x2 result: where they are, which is the best."""

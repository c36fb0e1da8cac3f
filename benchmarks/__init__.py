"""Benchmarks: ratios against peers and limits, never timed tests."""

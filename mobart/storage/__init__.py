"""Stores finished pictures in S3 or an S3-compatible store."""

"""Fetching generated pictures from addresses that a third party chose."""

"""The status page: what operators and artists see of requests, workers and pictures."""

"""Everything the worker needs to run on one laptop: Redis, S3 and a stand-in for every provider."""

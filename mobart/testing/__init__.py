"""In-memory doubles of every port, for tests of Mobart and of code that uses it.

A worker's view of one `InMemoryRedis`, and its three ports over that view:

    redis = InMemoryRedis()
    view = MemoryView(redis, clock=clock, consumer="worker-1", lease=30.0)
    intake, queue, journal = MemoryIntake(view), MemoryQueue(view), MemoryJournal(view)

`redis.announced` lists the completions that a subscriber would have received, as JSON bytes, and
`redis.completions` what the completions stream holds.  Several views of one `InMemoryRedis` are
several workers.  The same contract tests run over these doubles and over a real Redis.
"""

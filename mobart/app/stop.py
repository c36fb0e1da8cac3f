"""How a worker stops, in order, and the seconds that each step may take.

| after SIGTERM | step | at most |
|---|---|---|
| 1 | the subscription ends; messages that were received already are accepted | 5 s |
| 1 | no job is claimed any more; those in progress may finish | `MOBART_SHUTDOWN_GRACE_SECONDS` |
| 1 | the backend's webhooks that are being posted may finish, the rest is left to other workers | 5 s |
| 2 | what is not finished is cancelled and released; a submit under way is never cut, so that its answer can be stored | `RELEASE_SECONDS` and the longest submit timeout |
| 3 | HTTP port, picture processes, S3, providers and Redis are closed | a few seconds |

The steps 1 begin together.  A second signal ends the process at once, which is safe at any moment:
what counts is in Redis, and another worker goes on from there.  A supervisor must wait longer than
all of it: with the defaults 20 + 15 + 15 seconds, so 60 with some room.
"""

RELEASE_SECONDS = 15.0
"""Seconds, after the grace time and beside the longest submit, for releasing jobs in Redis."""

"""What LegNext answers, well and badly; its troubles are PiAPI's, without the envelope."""

import json

from mobart_local.standin.answers import TASK, AcceptedAnswer, Table, submit_answers
from mobart_local.standin.dialects.piapi.answers import (
    envelopes,
    finished,
    flat,
    job,
    odd_ids,
    polls,
)
from mobart_local.standin.replies import Reply

SUBMITS: Table = submit_answers(
    AcceptedAnswer(body=TASK, broken='{"job_id": "$task_id'),
    flat,
    **odd_ids(job),
    **envelopes(flat),
    **{
        "task-id-missing": Reply(
            about="a job without an id", body='{"status": "pending"}', accepts=True
        ),
        "wrapped": Reply(
            about="the job in an envelope",
            body=f'{{"code": 200, "data": {job(chr(34) + "$task_id" + chr(34))}}}',
            accepts=True,
        ),
    },
)
"""Answers to LegNext's `POST /diffusion`."""

POLLS: Table = polls(flat, json.dumps(finished("job_id")))
"""Answers to `GET /job/{job_id}`."""

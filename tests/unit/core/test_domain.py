"""What a log or a traceback shows of the nouns."""

from mobart.core.domain import GenerationRequest, Job, Stage, Ticket
from mobart.core.orders import Order
from mobart.core.ports import Claim

SECRET = "a secret of the game"
REQUEST = GenerationRequest("r-1", "u-1", SECRET, options={"palette": SECRET})


def test_no_representation_shows_a_prompt() -> None:
    """They end up in logs and tracebacks."""
    order = Order("r-1", "u-1", SECRET, negative=SECRET)
    job = Job(REQUEST)
    for value in (REQUEST, order, job, Claim(job, "1-1", claimed_at=0.0)):
        assert SECRET not in repr(value)
        assert "r-1" in repr(value)


def test_a_job_shows_where_it_stands() -> None:
    """In one line."""
    job = Job(REQUEST, stage=Stage.PAID, epoch=3, ticket=Ticket("goapi", "task-7"))
    assert repr(job) == "<Job r-1 paid epoch 3 goapi:task-7>"

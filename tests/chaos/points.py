"""The named points in the life of a job at which a rigged worker can be made to die or freeze.

A request called like a point meets its trap there, once; every other request passes unharmed.
"""

ALL = (
    "accept.before",
    "accept.after",
    "claim.before",
    "claim.after",
    "payment_started.before",
    "payment_started.after",
    "submit.before",
    "submit.sent",
    "submit.after",
    "ticket_received.after",
    "poll.before",
    "fetch.before",
    "fetch.after",
    "render.after",
    "put.after",
    "outcome_settled.before",
    "outcome_settled.after",
)
"""In the order in which a job passes them."""

HOLD = "HOLD"
"""What a trap does that is no signal: the job stays where it is until its worker is killed."""

SENT = "submit.sent"
"""The provider has the order and has not answered."""
UNHEARD = "accept.before"
"""A message that was heard and not yet accepted: pub/sub does not say it again."""

IN_DOUBT = frozenset({"payment_started.after", "submit.before", SENT, "submit.after"})
"""Between the right to pay and the stored ticket: a worker that finds such a job cannot know."""
KEEPING = frozenset({"keep.before", "keep.after"})
"""Passed too, between the order and the ticket, where a provider hands over the picture at once."""
ORDERED = frozenset(ALL[ALL.index(SENT) :])
"""Where the provider was paid before the worker died."""

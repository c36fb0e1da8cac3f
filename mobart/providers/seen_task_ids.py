"""Task ids that an API has given out."""

from dataclasses import dataclass, field

from mobart.core.errors import Code, InDoubt

REMEMBERED = 10_000
"""Ids that are watched for being given out twice."""


@dataclass(slots=True)
class SeenTaskIds:
    """Watches over the ids that one client was given."""

    known: dict[str, str] = field(default_factory=dict)
    """By id, whose it is."""

    def new(self, reference: str, *, owner: str = "") -> str:
        """Return *reference*, unless it was given out before: it shows another user's picture.

        An API that recognises a repeated submit gives the same *owner*, a request, the same id.

        Raises:
            InDoubt: it was.
        """
        if reference in self.known and not (owner and self.known[reference] == owner):
            raise InDoubt("a task id given out before", code=Code.PROVIDER_BAD_RESPONSE)
        self.known[reference] = owner
        if len(self.known) > REMEMBERED:
            del self.known[next(iter(self.known))]
        return reference

"""What operators can do: the list of actions, when each is possible, and what it is called.

None of them pays a second time by itself: a request that may have been paid is resolved first, and
running one again is a request of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, Protocol

from mobart.core.domain import GenerationRequest, Stage
from mobart.core.errors import Code
from mobart.core.views import RequestView


class Action(StrEnum):
    """What can be done."""

    SUBMIT = "submit"
    RETRY = "retry"
    CANCEL = "cancel"
    REPROCESS = "reprocess"
    ADOPT = "adopt"
    DECLARE_UNPAID = "declare-unpaid"
    GIVE_UP = "give-up"
    ANNOUNCE = "announce"
    RESEND = "resend"
    PAUSE = "pause"
    RESUME = "resume"
    LIFT = "lift"


NOT_TAKEN = "The image provider did not take the request."
PICTURELESS = frozenset({Code.MODERATION_BLOCKED, Code.PROMPT_REJECTED})
"""Failures, paid or not, after which a provider never has a picture that could be processed."""
Target = Literal["request", "user", "deployment"]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """What an action works on, its button, and what it does in one sentence."""

    target: Target
    label: str
    about: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Names of what must be given, with their meaning; an optional one begins with "Optional"."""
    sure: str = ""
    """A question to ask first."""


ACTIONS: Mapping[Action, ActionRow] = {
    Action.SUBMIT: ActionRow(
        "deployment",
        "Ask for a picture",
        "Ask for a picture, as a backend does; it costs the same.",
        {
            "prompt": "What the picture shows",
            "user_id": "Who it is for",
            "request_id": "Optional: its id; made up if it is not given",
            "preset": "Optional: how it is processed",
        },
    ),
    Action.RETRY: ActionRow(
        "request",
        "Run again",
        "Run it again as a new request, linked to this one. The new request is paid for.",
        sure="The new request is paid for. Run it again?",
    ),
    Action.CANCEL: ActionRow(
        "request",
        "Cancel",
        "Cancel it: it is settled as failed (cancelled) and announced. What is paid stays paid.",
        sure="Cancel this request? What is paid stays paid.",
    ),
    Action.REPROCESS: ActionRow(
        "request",
        "Process again",
        "Process the paid picture again with another preset, as a new request. Nothing is paid.",
        {"preset": "How it is processed"},
    ),
    Action.ADOPT: ActionRow(
        "request",
        "Adopt this task",
        "The provider's page lists the task: give its id. The picture is fetched, and announced as a correction.",
        {"task_id": "The provider's id of the task that was bought"},
    ),
    Action.DECLARE_UNPAID: ActionRow(
        "request",
        "Nothing was bought",
        "The provider's page shows that nothing was bought. That is announced as a correction; the"
        " request can then be run again.",
        sure="Declare that nothing was bought? Running it again then pays.",
    ),
    Action.GIVE_UP: ActionRow(
        "request",
        "Give up",
        "Leave it as it is: nobody will know. It is taken out of the list of doubts.",
        sure="Give this doubt up? It is taken off the list.",
    ),
    Action.ANNOUNCE: ActionRow(
        "request",
        "Announce again",
        "Send the stored completion again, marked as a duplicate: on the channel, in the stream and as a webhook.",
    ),
    Action.RESEND: ActionRow(
        "deployment",
        "Send them again",
        "Announce again every completion that the backend never took as a webhook, a thousand at once.",
    ),
    Action.PAUSE: ActionRow(
        "deployment",
        "Stop all spending",
        "Have all workers begin and buy nothing new; what is paid is finished.",
    ),
    Action.RESUME: ActionRow("deployment", "Resume", "Have all workers go on."),
    Action.LIFT: ActionRow("user", "Lift", "Lift the suspension of a user."),
}


@dataclass(frozen=True, slots=True)
class Command:
    """An action with what it works on: an id of a request or of a user, or "" for the deployment."""

    action: Action
    target: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)

    def given(self, name: str) -> str:
        """Return a field without white space around it; "" if it is not given."""
        return self.fields.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in a sentence, and the request that it was about or that was made."""

    sentence: str
    request_id: str = ""


class NotPossible(Exception):
    """The action makes no sense here; the text says why, for people."""


class NoSuchRequest(NotPossible):
    """There is no such request, or it is forgotten."""


class Operations(Protocol):
    """Does what operators want."""

    async def perform(self, command: Command, *, actor: str) -> Done:
        """Do it, and have *actor* in the log.  Raises NotPossible or Unavailable."""


class Resolutions(Protocol):
    """Changes to records that only operators make, each one step of the journal.

    All methods raise Unavailable.
    """

    async def announce_again(self, request_id: str) -> bool:
        """Send the stored outcome again, marked as a duplicate; False if there is none."""

    async def resolve(self, request: GenerationRequest, *, unpaid: bool) -> bool:
        """Take a request out of doubt; False if it is not in doubt (any more).

        If it was *unpaid*, that is announced as a correction, and it no longer counts as bought.
        A ticket that turns up later all the same is still adopted.
        """

    async def derive(
        self,
        request: GenerationRequest,
        *,
        made_from: str,
        reuses: bool = False,
        raw_key: str = "",
        grid: bool = False,
    ) -> bool | None:
        """Make *request* from a settled one; making it again changes nothing.

        If it *reuses* that one's payment it begins paid, so that nothing can be bought for it; its
        picture is at *raw_key* in the raw store, or where that one's ticket leads.  False if the
        other is not settled, is in doubt, or was not paid; None if something else has the new id.
        """

    async def lift(self, user_id: str) -> bool:
        """End a user's suspension; False if there was none."""


class KillSwitch(Protocol):
    """Whether anything new begins."""

    async def switch(self, *, paused: bool) -> None:
        """Have all workers begin nothing new, or go on.  Raises Unavailable."""


def offers(view: RequestView) -> Mapping[Action, ActionRow]:
    """Return the rows of what can be done with a request."""
    return {
        action: row
        for action, row in ACTIONS.items()
        if row.target == "request" and is_possible(action, view)
    }


def is_possible(action: Action, view: RequestView) -> bool:
    """Whether *action* makes sense for a request as it stands."""
    settled = view.stage is Stage.SETTLED
    known = bool(view.request.prompt)
    if action is Action.CANCEL:
        return not settled and not view.cancelled and view.taken_in
    if action is Action.RETRY:
        return settled and known and view.status == "failed"
    if action is Action.REPROCESS:
        return settled and bool(view.ticket) and view.told("error_code") not in PICTURELESS
    if action is Action.ADOPT:
        return view.in_doubt
    if action in {Action.DECLARE_UNPAID, Action.GIVE_UP}:
        return view.in_doubt
    return action is Action.ANNOUNCE and settled and known

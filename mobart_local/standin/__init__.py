"""A stand-in for all providers: it speaks their HTTP APIs, and can be set to misbehave.

    async with StandIn(default=Script(seconds=0.1)) as standin:
        standin.play(Script(submit="429", retry_after="1"), times=2)
        standin.play(Script(submit="accepted-drop"), marker="unlucky")
        ...  # a worker runs against standin.url (GoAPI) or another dialect
        assert standin.ledger.paid_twice() == []

Over HTTP the same is at `/_standin/script` (PUT), `/_standin/ledger`, `/_standin/reset` (POST), and
`/_standin/faults` lists every name that a script may use.
"""

from mobart_local.standin.ledger import Ledger
from mobart_local.standin.script import Rule, Script
from mobart_local.standin.server import StandIn

__all__ = ["Ledger", "Rule", "Script", "StandIn"]

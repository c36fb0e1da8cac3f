"""A stand-in for Midjourney that speaks the GoAPI `mj/v2` HTTP API and can be told to misbehave.

    async with StandIn(default=Script(seconds=0.1)) as midjourney:
        midjourney.play(Script(submit="429", retry_after="1"), times=2)
        midjourney.play(Script(submit="accepted-drop"), marker="unlucky")
        ...  # a worker runs against midjourney.url
        assert midjourney.ledger.paid_twice() == []

Over HTTP the same is at `/_standin/script` (PUT), `/_standin/ledger`, `/_standin/reset` (POST), and
`/_standin/faults` lists every name that a script may use.
"""

from mobart_local.standin.ledger import Ledger
from mobart_local.standin.script import Rule, Script
from mobart_local.standin.server import StandIn

__all__ = ["Ledger", "Rule", "Script", "StandIn"]

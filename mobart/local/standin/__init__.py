"""A stand-in for Midjourney that speaks the GoAPI `mj/v2` HTTP API and can be told to misbehave."""

from mobart.local.standin.ledger import Ledger
from mobart.local.standin.script import Rule, Script
from mobart.local.standin.server import StandIn

__all__ = ["Ledger", "Rule", "Script", "StandIn"]

"""What a worker must be allowed to do, for a Redis with access control lists."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from mobart.journal.keys import GROUP, Keys
from mobart.journal.scripts import script

Command = tuple[str, ...]
CONTAINERS = frozenset({"CLIENT", "CLUSTER", "PUBSUB", "SCRIPT", "XGROUP", "XINFO"})
"""Commands that are allowed by their second word."""
CONNECTING: tuple[Command, ...] = (("CLIENT", "SETNAME"),)
"""What the client library runs on each new connection, and cannot do without."""
WISHED: tuple[Command, ...] = (("PUBSUB", "CHANNELS"), ("CLUSTER", "SLOTS"))
"""What a worker can do without, and says so; without the second, in a cluster only."""
PLAIN: tuple[Command, ...] = (
    ("PING",),
    ("INFO",),
    ("TIME",),
    ("MULTI",),
    ("EXEC",),
    ("EVALSHA", "x", "0"),
    ("SCRIPT", "LOAD", "x"),
)
ON_KEYS = """
EXISTS job / TYPE job / PERSIST job / EXPIRE job 1
HGET job f / HMGET job f / HSET job f v / HSETNX job f v / HINCRBY job f 1 / HDEL job f
XADD requests * f v / XLEN requests / XRANGE requests - + / XDEL requests 0-1
XACK requests group 0-1 / XCLAIM requests group x 0 0-1 / XAUTOCLAIM requests group x 0 0-0
XPENDING requests group - + 1 / XREADGROUP GROUP group x STREAMS requests >
XINFO CONSUMERS requests group / XINFO GROUPS requests
XGROUP CREATE requests group 0 / XGROUP DELCONSUMER requests group x
XADD done * f v / XTRIM done MAXLEN 1
GET counter / SET counter 1 / INCR counter / DECR counter / DEL counter
PEXPIREAT counter 1 / PTTL counter
ZADD busy 1 x / ZCARD busy / ZREM busy x / ZREMRANGEBYSCORE busy 0 1 / PEXPIRE busy 1
RPUSH trail v / LTRIM trail 0 1 / LRANGE trail 0 1
ZCOUNT index 0 1 / ZREVRANGE index 0 1 / ZREVRANK index x / ZREMRANGEBYRANK index 0 1
ZINCRBY index 1 x
HGETALL stats / HINCRBYFLOAT stats f 1 / MGET worker
"""
"""Every command on keys, as it may look; names of keys in small letters, see `on_keys`.

XAUTOCLAIM is for workers of the version before, which may run beside these as the same user.
"""


@dataclass(frozen=True, slots=True)
class Permissions:
    """The keys of a namespace, and the channels that a worker *subscribes* to and *publishes* on."""

    keys: Keys
    subscribes: Sequence[str]
    publishes: Sequence[str]

    @property
    def rules(self) -> list[str]:
        """Return every ACL rule that the user of a worker should have."""
        channels = [self._channel(name) for name in (*self.subscribes, *self.publishes)]
        commands = [
            _allowing(command) for command in (*CONNECTING, *PLAIN, *WISHED, *on_keys(self.keys))
        ]
        named = [
            f"~{{{self.keys.namespace}}}:*",
            *channels,
            "+subscribe",
            "+unsubscribe",
            "+publish",
        ]
        return list(dict.fromkeys([*named, *commands]))

    async def missing(self, redis: Redis) -> list[str]:
        """Return the ACL rules that the user of *redis* lacks.

        Redis before 7 cannot be asked.  While no key may be touched at all, commands on keys are
        not judged.
        """
        plain = [([_allowing(command)], command) for command in PLAIN]
        subscribed = [
            ([self._channel(name), "+subscribe"], ("SUBSCRIBE", name)) for name in self.subscribes
        ]
        published = [
            ([self._channel(name), "+publish"], ("PUBLISH", name, "x")) for name in self.publishes
        ]
        keyed = [([_allowing(command)], command) for command in on_keys(self.keys)]
        everything = [*plain, *subscribed, *published, *keyed]
        asked = [json.dumps(command) for _, command in everything]
        numbers: list[int] = await script(redis, "allowed")([], asked)
        refused = [everything[number - 1] for number in numbers]
        on_no_key = all(one in refused for one in keyed)
        rules = [rule for one in refused if not (on_no_key and one in keyed) for rule in one[0]]
        pattern = [f"~{{{self.keys.namespace}}}:*"] if any(one in keyed for one in refused) else []
        return list(dict.fromkeys([*pattern, *rules]))

    def _channel(self, name: str) -> str:
        """Return the rule for a channel; those of the namespace have names of their own a worker."""
        own = f"{{{self.keys.namespace}}}:"
        return f"&{own}*" if name.startswith(own) else f"&{name}"


def on_keys(keys: Keys) -> list[Command]:
    """List every command that the queue, the journal and its scripts run, as it may look."""
    names = {
        "job": keys.job("x"),
        "requests": keys.requests,
        "done": keys.completions,
        "counter": keys.spent_by("x"),
        "busy": keys.busy("x"),
        "group": GROUP,
        "trail": keys.trail("x"),
        "index": keys.index("x"),
        "worker": keys.worker("x"),
        "stats": f"{keys.stats}m:1",
    }
    commands = (line.split() for line in ON_KEYS.replace(" / ", "\n").splitlines() if line)
    return [tuple(names.get(word, word) for word in command) for command in commands]


def _allowing(command: Command) -> str:
    name, *rest = command
    return f"+{name}|{rest[0]}".lower() if name in CONTAINERS else f"+{name}".lower()

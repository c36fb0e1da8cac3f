"""`deploy/redis/users.acl`: who may do what in Redis, written by `make docs`."""

from collections.abc import Mapping, Sequence

from mobart.app.redis import permissions_of
from mobart.journal.keys import Keys
from mobart.settings import Settings

CONNECTING = "+ping +select +client|setname"
PROGRAM = f"{CONNECTING} +info +cluster|slots"
"""The command line also asks what kind of server it is, and a cluster where the keys are."""
READING = (
    "+time +exists +get +mget +hget +hmget +hgetall +lrange +zrevrange +zrevrank +zcard +zcount"
    " +xlen +xrange +xpending +xinfo|groups +xinfo|consumers"
)
BACKEND = (
    f"{CONNECTING} %W~{{mobart}}:requests +xadd"
    " %R~{mobart}:completions %R~{mobart}:job:* %R~{mobart}:refused:*"
    " +xread +xrange +xrevrange +xlen +hget +hmget +get"
    " (+publish &image_generation_requests &image_generation_cancel)"
    " (+subscribe +unsubscribe &image_generation_complete &image_generation_progress)"
)
OPERATOR = (
    f"{PROGRAM} ~{{mobart}}:* {READING} +evalsha +script|load +set +del +type"
    " +xadd +xack +xdel +xtrim +hset +hsetnx +hincrby +hincrbyfloat +hdel +persist +expire +pexpire"
    " +pexpireat +pttl +incr +decr +rpush +ltrim +zadd +zrem +zincrby +zremrangebyrank"
    " +zremrangebyscore +publish &image_generation_complete &image_generation_cancel &{mobart}:bell"
)
VIEWER = f"{PROGRAM} %R~{{mobart}}:* {READING}"


def worker() -> Sequence[str]:
    """Return the rules of a worker with the default settings, callbacks and progress switched on."""
    needed = Settings.model_construct(
        mobart_public_url="https://mobart.example", mobart_progress=True
    )
    return permissions_of(needed, Keys(), "{mobart}:echo:x").rules


def users() -> Mapping[str, str]:
    """Return the rules of each user; their passwords are to be put in."""
    given = {
        "mobart-worker": " ".join(worker()),
        "mobart-backend": BACKEND,
        "mobart-operator": OPERATOR,
        "mobart-viewer": VIEWER,
    }
    return {name: f"resetchannels {rules}" for name, rules in given.items()}


def text() -> str:
    """Write the file; Redis allows no comments in it."""
    lines = ["user default on >ADMIN_PASSWORD ~* &* +@all"]
    for name, rules in users().items():
        password = f"{name.removeprefix('mobart-').upper()}_PASSWORD"
        lines.append(f"user {name} on >{password} {rules}")
    return "\n".join(lines) + "\n"

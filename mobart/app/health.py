"""Whether this worker should be sent traffic."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from mobart.core.errors import MobartError

Question = Callable[[], Awaitable[object]]


async def problems(
    *,
    draining: bool,
    hearing: bool,
    dependencies: Mapping[str, Question],
) -> Sequence[str]:
    """Return why not, one short line each; *dependencies* raise MobartError if they are away."""
    found = ["draining"] if draining else []
    found += [] if hearing else ["Redis: the requests channel is not heard"]
    for name, ask in dependencies.items():
        try:
            await ask()
        except MobartError:
            found.append(f"{name}: no answer")
    return found

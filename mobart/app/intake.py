"""How requests come in: the subscription, and what every request is judged by."""

from dataclasses import dataclass
from pathlib import Path

from mobart.app.base import Base
from mobart.app.providers import ProviderParts
from mobart.core.limits import SuspensionPolicy
from mobart.jobs.admission import Admission
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.references import ReferenceRules
from mobart.jobs.spec import SpecResolver
from mobart.jobs.wakeups import NoWakeups, PubSubWakeups
from mobart.journal.intake import RedisIntake
from mobart.journal.listener import Listener
from mobart.journal.subscription import Surroundings
from mobart.prompts.blocklist import Blocklist
from mobart.prompts.rules import PromptRules
from mobart.settings import Settings
from mobart.settings.pictures import parts_of


@dataclass(frozen=True, slots=True)
class IntakeParts:
    """From a message on the channel to a job in the queue."""

    admission: Admission
    listener: Listener
    resolver: SpecResolver
    wakeups: PubSubWakeups | NoWakeups
    """Wakes a job whose provider called back, on whichever worker it is."""


def build_intake(base: Base, presets: PresetLibrary, providers: ProviderParts) -> IntakeParts:
    """Build it."""
    settings = base.settings
    used = providers.router.providers
    takers = [name for name, one in used.items() if one.capabilities.references]
    references = ReferenceRules(takers, [*used], parts_of(settings.mobart_reference_prefixes))
    rules = PromptRules(settings.mobart_prompt_flags, max_chars=settings.mobart_max_prompt_chars)
    resolver = SpecResolver(presets, rules, blocklist_of(settings), references)
    called_back = bool(settings.mobart_public_url)
    wakeups = PubSubWakeups(base.clock) if called_back else NoWakeups(base.clock)
    admission = Admission(
        RedisIntake(
            base.redis.commands,
            keys=base.redis.keys,
            clock=base.clock,
            recent=base.redis.recent,
            suspension=suspension_of(settings),
        ),
        base.observer,
        resolver,
        providers.cancellations,
        base.clock,
        max_bytes=settings.mobart_max_message_bytes,
        max_prompt_chars=settings.mobart_max_prompt_chars,
        begin_trace=base.tracing.traces.begin if base.tracing else None,
    )
    return IntakeParts(admission, _listener(base, admission, wakeups), resolver, wakeups)


def _listener(base: Base, admission: Admission, wakeups: PubSubWakeups | NoWakeups) -> Listener:
    urgent = {base.settings.mobart_cancel_channel: admission.on_cancellation}
    if isinstance(wakeups, PubSubWakeups):
        urgent[base.redis.keys.wakeups] = wakeups.on_message
    around = Surroundings(
        connect=base.redis.subscribe,
        publisher=base.redis.commands,
        heartbeat_channel=base.redis.heartbeat_channel,
        observer=base.observer,
        clock=base.clock,
        retrier=base.retrier,
    )
    requests = {base.settings.mobart_requests_channel: admission.on_messages}
    return Listener(around, handlers=requests, urgent=urgent)


def suspension_of(settings: Settings) -> SuspensionPolicy:
    """Return when a user is suspended, and for how long."""
    minutes = settings.mobart_user_suspension_minutes
    return SuspensionPolicy(settings.mobart_user_strikes, minutes * 60)


def blocklist_of(settings: Settings) -> Blocklist:
    """Read the operator's blocked words.  Raises ValueError or OSError."""
    path = settings.mobart_blocked_words_file
    return Blocklist.read(Path(path).read_text("utf-8-sig")) if path else Blocklist()

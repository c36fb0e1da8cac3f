"""Which providers generate the pictures."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from mobart.core.setting_types import HttpUrl, SettingsGroup, chosen
from mobart.providers.registry import PROVIDERS

NAMES: tuple[str, ...] = tuple(PROVIDERS)


def _known(value: str | None) -> str | None:
    names = chosen({"mobart_providers": value})
    # Named by position, because the text may be a secret: a key that was pasted here by mistake.
    if unknown := [place for place, name in enumerate(names, 1) if name not in NAMES]:
        raise ValueError(f"name {unknown[0]} of {len(names)} is none of: {', '.join(NAMES)}")
    if value is not None and not names:
        raise ValueError("names no provider")
    if len(set(names)) != len(names):
        raise ValueError("names a provider twice")
    return value


def _one_of_them(value: str) -> str:
    if value not in NAMES:
        raise ValueError(f"is none of: {', '.join(NAMES)}")
    return value


class ChoiceSettings(SettingsGroup):
    """Which providers are used; their own settings are in their own groups."""

    mobart_provider: Annotated[str, AfterValidator(_one_of_them)] = Field(
        "midjourney", description=f"Who makes the pictures: {', '.join(NAMES)}"
    )
    mobart_providers: Annotated[str | None, AfterValidator(_known)] = Field(
        None,
        description="Several of them, separated by commas; wins over the one above. The next is"
        " asked where it is proven that nothing was bought at the one before",
    )
    mobart_public_url: HttpUrl | None = Field(
        None,
        description="Where providers reach this worker's HTTP port; those that can then call back,"
        " which saves waiting, and a submit whose answer was lost can still be found",
    )
    mobart_callback_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="Secret that proves these callbacks, the same for all workers; without it one is"
        " derived from each provider's key",
    )

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers in use, in the order in which they are tried."""
        return tuple(chosen(self.model_dump(include={"mobart_provider", "mobart_providers"})))

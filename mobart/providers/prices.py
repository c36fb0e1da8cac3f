"""What a picture costs, as data: by provider and model, as documented at the time that is named.

An operator's own prices (`MOBART_PRICES`) go before these; what an answer of a provider tells goes before
both.  A provider that is not here has no price that is documented: resellers, proxies.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one picture in USD, and the month in which it was read; *model* "" is any."""

    provider: str
    model: str
    usd: float
    read: str


PRICES: tuple[Price, ...] = (
    Price("automatic1111", "", 0.0, "2026-11"),
    Price("comfyui", "", 0.0, "2026-11"),
    Price("openai", "gpt-image-2.5-flare", 0.053, "2026-09"),
    Price("stability", "core", 0.03, "2026-06"),
    Price("stability", "ultra", 0.08, "2026-06"),
    Price("stability", "sd3", 0.065, "2026-06"),
    Price("stability", "sd3.5-large", 0.065, "2026-06"),
    Price("stability", "sd3.5-large-turbo", 0.04, "2026-06"),
    Price("stability", "sd3.5-medium", 0.035, "2026-06"),
    Price("google", "gemini-nano-banana-2.1", 0.0336, "2026-11"),
    Price("ideogram", "ideogram-4-5", 0.1, "2026-11"),
    Price("ideogram", "ideogram-4-transparent", 0.1, "2026-11"),
    Price("replicate", "black-forest-labs/flux-schnell", 0.003, "2026-05"),
    Price("fal", "fal-ai/flux/schnell", 0.003, "2026-05"),
    Price("pixellab", "pixflux", 0.00793, "2026-07"),
    Price("pixellab", "pixen", 0.00718, "2026-07"),
    Price("pixellab", "bitforge", 0.008, "2026-07"),
    Price("pixellab", "pro", 0.185, "2026-07"),
)
"""Where a price depends on size or quality, that of the usual ones: OpenAI's and Ideogram's `high`, PixelLab's
64x64 and, for `pro`, its largest."""
DEFAULTS: Mapping[str, float] = {f"{row.provider}/{row.model}": row.usd for row in PRICES}


def find_price(own: Mapping[str, float], provider: str, model: str) -> float | None:
    """Return the price of a model of a provider in USD; None where nobody knows it.

    *own* are the operator's, by `provider/model` or `provider`.
    """
    names = (f"{provider}/{model}", provider)
    known = (table[name] for table in (own, DEFAULTS) for name in names if name in table)
    return next(known, None)


def table() -> str:
    """Write `PRICES` as a Markdown table."""
    lines = ["| provider | model | USD | read |", "|---|---|---|---|"]
    for row in PRICES:
        model = f"`{row.model}`" if row.model else "any"
        lines.append(f"| `{row.provider}` | {model} | {row.usd:g} | {row.read} |")
    return "\n".join(lines)

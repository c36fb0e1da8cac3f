"""Where a finished task says that its pictures are."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SIGNATURE = "ex=658a4c45&is=6577d745&hm=ab12&"
"""The query of a signed address; its last ampersand belongs to it."""

TILES = ("0", "1", "2", "3")

ADDRESSES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "grid": {"image_url": "{origin}/mj/{task_id}.png"},
        "tiles": {
            "image_url": "{origin}/mj/{task_id}.png",
            "temporary_image_urls": [f"{{origin}}/mj/{{task_id}}_{tile}.png" for tile in TILES],
        },
        "tiles-only": {"image_urls": [f"{{origin}}/mj/{{task_id}}_{tile}.png" for tile in TILES]},
        "signed": {
            "image_url": "{origin}/mj/{task_id}.png",
            "discord_image_url": "{origin}/attachments/1/2/{task_id}.png?" + SIGNATURE,
        },
        "signed-only": {"discord_image_url": "{origin}/attachments/1/2/{task_id}.png?" + SIGNATURE},
    }
)
"""Rows of `task_result` fields; blanks are `{origin}` and `{task_id}`."""


def addresses(row: str, *, origin: str, task_id: str) -> dict[str, Any]:
    """Fill the blanks of one row of `ADDRESSES`."""

    def fill(value: Any) -> Any:
        if isinstance(value, list):
            return [fill(item) for item in value]
        return str(value).format(origin=origin, task_id=task_id)

    return {name: fill(value) for name, value in ADDRESSES[row].items()}

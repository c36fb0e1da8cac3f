"""What in the settings no part could work with."""

from mobart.app.edges import blocklist_of, cookbook_of, location_of
from mobart.providers.registry import PROVIDERS
from mobart.settings import Settings
from mobart.storage.location import find_problems
from mobart.webhooks.endpoint import signers


def problems_of(settings: Settings) -> list[str]:
    """Return what no part could work with, one readable line each."""
    found = find_problems(location_of(settings))
    try:
        cookbook_of(settings)
    except (ValueError, OSError) as error:
        found.append(f"MOBART_PRESET, MOBART_PRESETS_FOLDER: {error}")
    try:
        blocklist_of(settings)
    except UnicodeDecodeError:
        found.append("MOBART_BLOCKED_WORDS_FILE: the file is not UTF-8")
    except OSError as error:
        found.append(f"MOBART_BLOCKED_WORDS_FILE: the file cannot be read: {error.strerror}")
    except ValueError as error:
        found.append(f"MOBART_BLOCKED_WORDS_FILE: {error}")
    for name in settings.providers:
        found += PROVIDERS[name].problems(settings)
    if settings.mobart_webhook_secret is not None:
        try:
            signers(settings.mobart_webhook_secret.get_secret_value())
        except ValueError:
            found.append("MOBART_WEBHOOK_SECRET: must be whsec_ and base64")
        if settings.go_backend_url is None:
            found.append("GO_BACKEND_URL: is needed by MOBART_WEBHOOK_SECRET")
    return found

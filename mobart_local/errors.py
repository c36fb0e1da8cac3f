"""What goes wrong while local parts are brought up."""

from mobart.core.errors import MobartError


class LocalTrouble(MobartError):
    """A local part cannot run; the text says what to do about it."""


def not_installed(package: str) -> LocalTrouble:
    """Say how to get a package that only the local mode needs."""
    return LocalTrouble(
        f"The local mode needs {package}, which is not installed here: "
        "pip install -r requirements-local.txt"
    )

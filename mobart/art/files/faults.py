"""What can be wrong with a picture, as errors."""

from mobart.core.errors import Code, Rejected


class BadPicture(Rejected):
    """The bytes cannot be made into a picture; asking for them again gives the same."""


class Truncated(BadPicture):
    """The bytes end too early: another download may bring the whole picture."""


def invalid(detail: str) -> BadPicture:
    """Say that the bytes are no picture Mobart can read."""
    return BadPicture(Code.IMAGE_INVALID, "The generated picture could not be read.", detail=detail)


def foreign(kind: str) -> BadPicture:
    """Say that nobody here reads files of that kind."""
    hint = f"The provider delivered {kind}, which cannot be read."
    return BadPicture(
        Code.IMAGE_INVALID, "The generated picture could not be read.", hint=hint, detail=hint
    )


def truncated(detail: str) -> Truncated:
    """Say that the picture is cut short."""
    return Truncated(Code.IMAGE_INVALID, "The generated picture arrived incomplete.", detail=detail)


def blank() -> BadPicture:
    """Say that there is nothing on the picture: another generation may well have something on it."""
    return BadPicture(
        Code.GENERATION_FAILED, "The generated picture is empty.", detail="it is blank"
    )


def too_large(width: int, height: int) -> BadPicture:
    """Say that the picture has more pixels than the settings allow."""
    detail = f"{width}x{height} pixels are more than allowed"
    return BadPicture(Code.IMAGE_TOO_LARGE, "The generated picture is too large.", detail=detail)


def failed(detail: str) -> BadPicture:
    """Say that a readable picture could not be processed."""
    return BadPicture(Code.PROCESSING_FAILED, "The picture could not be processed.", detail=detail)

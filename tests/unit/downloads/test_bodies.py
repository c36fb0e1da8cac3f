"""What is collected of an answer."""

from mobart.downloads.bodies import Body


def test_what_came_is_handed_on_without_a_copy() -> None:
    """Pictures are large, and several come in at a time."""
    body = Body("", 100)
    for part in (b"\x89PNG", b" and", b" more"):
        body.add(part)
    assert body.whole() == b"\x89PNG and more"
    assert body.whole() is body.whole()

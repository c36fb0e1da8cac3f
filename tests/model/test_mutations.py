"""The list of mutations is kept true; `make mutations` tries all of them."""

import pytest

from tests.model.mutations import MUTATIONS, ROOT, Mutation, first_failure, mutated


@pytest.mark.parametrize("mutation", [pytest.param(one, id=one.guard) for one in MUTATIONS])
def test_every_guard_that_can_be_taken_away_is_there(mutation: Mutation) -> None:
    """Each line once, and what is left is still a program."""
    text = mutated((ROOT / "mobart" / mutation.file).read_text(), mutation)
    if mutation.file.endswith(".py"):
        compile(text, mutation.file, "exec")


def test_the_first_failure_is_read_from_what_pytest_says() -> None:
    """Its name and its complaint."""
    said = "F\nFAILED tests/model/test_scenes.py::test_a[b-none] - assert 2 <= 1\n1 failed in 1s\n"
    assert first_failure(said) == ("test_a[b-none]", "assert 2 <= 1")
    assert first_failure("..\n2 passed in 1s\n") == ("", "")

"""Lets a play that ends badly say what was found, as in a test itself."""

import pytest

pytest.register_assert_rewrite("tests.model.harness", "tests.model.scenes", "tests.model.machine")

"""In-memory doubles of every port, for tests of Mobart and of code that uses it."""

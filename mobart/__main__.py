"""`python -m mobart` is the command `mobart`."""

from mobart.cli import entry

if __name__ == "__main__":
    entry()

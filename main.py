"""`python main.py` is the worker; `python main.py --help` tells the rest."""

import sys

from mobart.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

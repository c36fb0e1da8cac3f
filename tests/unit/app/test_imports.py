"""What a worker loads before it is ready: counted, since time depends on the machine."""

import os
import subprocess
import sys
from collections import Counter

MOST_MODULES = 850
"""Modules that are loaded when the parts are built: 779, of which Mobart has 240, and room for more."""
LATER = ("numpy", "PIL", "deflate", "jinja2", "boto3", "botocore", "aioboto3", "mobart_local")
"""Packages of which nothing is loaded by then: for children, for pages, or in the background."""
OPTIONAL = ("opentelemetry", "psutil", "typing_extensions", "coverage", "pytest")
"""What is loaded only because it is installed beside."""
WORKER = """
import sys
from mobart.app.build import build
from mobart.cli import commands, worker
from mobart.settings import load
from mobart.app import logs, problems, proxies, run
build(load())
print(*sys.modules)
"""


def loaded() -> list[str]:
    """Build a worker as `python main.py` does, in a process of its own; list its modules."""
    settings = {"S3_BUCKET_NAME": "assets", "MIDJOURNEY_API_KEY": "key", "LOG_FILE": ""}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", WORKER], env=kept | settings, capture_output=True, check=True
    )
    return done.stdout.decode().split()


def test_a_worker_loads_little_before_it_is_ready() -> None:
    """Each module is a file that is read and run; what pictures and pages need comes later."""
    packages = Counter(name.partition(".")[0] for name in loaded())
    assert not packages.keys() & set(LATER)
    count = sum(number for name, number in packages.items() if name not in OPTIONAL)
    assert count <= MOST_MODULES, packages.most_common(12)

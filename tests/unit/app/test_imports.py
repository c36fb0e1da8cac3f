"""What a worker loads before it is ready: counted, since time depends on the machine."""

import gc
import json
import os
import subprocess
import sys
from collections import Counter
from itertools import chain

from mobart.cli import worker
from mobart.settings import Settings

MOST_MODULES = 850
"""Modules that are loaded when the parts are built: 846, of which Mobart has 273, and some room."""
AWS = ("boto3", "aioboto3", "s3transfer", "botocore", "aiobotocore")
LATER = ("numpy", "PIL", "deflate", "jinja2", "click", "mobart_local", *AWS)
"""Packages of which nothing is loaded by then: for children, pages, other commands, or in the background."""
MOST_OF_AWS = 180
"""Modules of these packages that the client of S3 needs: 162, and room for more."""
OPTIONAL = ("opentelemetry", "psutil", "typing_extensions", "coverage", "pytest")
"""What is loaded only because it is installed beside."""
WORKER = """
import sys
from mobart.app.build import build
from mobart.cli import running, worker
from mobart.settings import load
from mobart.app import logs, problems, proxies, run
build(load())
print(*sys.modules)
"""
STORE = """
import sys
from mobart.storage.connection import _warm_session
_warm_session()
print(*sys.modules)
"""


def loaded(program: str) -> Counter[str]:
    """Run *program* in a process of its own; return how many modules of each package it has loaded."""
    settings = {"S3_BUCKET_NAME": "assets", "MIDJOURNEY_API_KEY": "key", "LOG_FILE": ""}
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", program], env=kept | settings, capture_output=True, check=True
    )
    return Counter(name.partition(".")[0] for name in done.stdout.decode().split())


def test_a_worker_loads_little_before_it_is_ready() -> None:
    """Each module is a file that is read and run; what pictures and pages need comes later."""
    packages = loaded(WORKER)
    assert not packages.keys() & set(LATER)
    count = sum(number for name, number in packages.items() if name not in OPTIONAL)
    assert count <= MOST_MODULES, packages.most_common(12)


def test_client_of_s3_loads_little() -> None:
    """It is made while the servers are checked, and readiness waits for it."""
    packages = loaded(STORE)
    assert 0 < sum(packages[name] for name in AWS) <= MOST_OF_AWS, packages.most_common(12)


def test_patterns_of_settings_are_of_plain_letters_and_digits() -> None:
    r"""`\w` and `\d` are of all scripts: to compile those, repeated, took a sixth of the start."""
    schema = Settings.model_json_schema()
    told = [schema["properties"], schema.get("$defs", {})]
    texts = [json.dumps(one) for one in chain.from_iterable(part.values() for part in told)]
    with_patterns = [text for text in texts if '"pattern"' in text]
    assert with_patterns
    assert not [text for text in with_patterns if "\\\\w" in text or "\\\\d" in text]


def test_no_garbage_is_looked_for_while_a_worker_is_imported() -> None:
    """There is none; what was imported is left alone later, too."""
    frozen = gc.get_freeze_count()
    with worker.uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > frozen
    gc.unfreeze()

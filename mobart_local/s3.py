"""An S3 over HTTP on loopback: moto's server, with one bucket.

As a program, `python -m mobart_local.s3 BUCKET PORT FOLDER`, it writes the address it got as one JSON
line and ends when its standard input does.
"""

import contextlib
import http.client
import json
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Self

from mobart_local.errors import LocalTrouble, not_installed
from mobart_local.persistence import PersistentS3

LOOPBACK = "127.0.0.1"


class S3Server:
    """moto's server in a thread of this process."""

    def __init__(
        self, bucket: str, *, host: str = LOOPBACK, port: int = 0, folder: Path | None = None
    ) -> None:
        """Nothing runs yet; a *port* that is 0, or taken, becomes a free one.

        Objects are kept in *folder*, else only in memory.
        """
        self.bucket = bucket
        self.host = host
        self.port = port
        self._folder = folder
        self._server: Any = None

    @property
    def endpoint(self) -> str:
        """Where it listens, fit for `AWS_ENDPOINT_URL_S3`.  Any credentials will do."""
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Listen, and make the bucket; raises LocalTrouble without moto."""
        try:
            from moto.server import ThreadedMotoServer  # noqa: PLC0415  # slow, and workers lack it
        except ImportError:
            raise not_installed("the package moto[s3,server]") from None
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self._server = ThreadedMotoServer(self.host, _free(self.host, self.port), verbose=False)
        self._server.start()
        _, self.port = self._server.get_host_and_port()
        try:
            self._make_bucket()
            if self._folder is not None:
                self._keep_objects(self._folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def reset(self) -> None:
        """Forget all objects; the bucket is there again."""
        self._ask("POST", "/moto-api/reset")
        self._make_bucket()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _keep_objects(self, folder: Path) -> None:
        """Keep objects in *folder* from now on; those of earlier runs are restored in the background."""
        wsgi_server = self._server._server  # noqa: SLF001  # it has no other way to its app
        persistent = PersistentS3(wsgi_server.app, folder)
        wsgi_server.app = persistent
        threading.Thread(target=persistent.restore, daemon=True).start()

    def _make_bucket(self) -> None:
        """Make the bucket, readable by anyone so that its pictures open in a browser."""
        resource = f"arn:aws:s3:::{self.bucket}/*"
        reading = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}
        policy = {"Version": "2012-10-17", "Statement": [{**reading, "Resource": resource}]}
        self._ask("PUT", f"/{self.bucket}")
        self._ask("PUT", f"/{self.bucket}?policy", json.dumps(policy))

    def _ask(self, method: str, path: str, body: str | None = None) -> None:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            answer = response.read()
        if response.status not in {http.HTTPStatus.OK, http.HTTPStatus.NO_CONTENT}:
            raise LocalTrouble(f"The local S3 refused {method} {path}: {answer[:300]!r}")


def _free(host: str, port: int) -> int:
    """Give *port* if nobody has it, else 0: moto's server would hang on a taken one."""
    try:
        socket.create_server((host, port)).close()
    except OSError:
        return 0
    return port


def main(bucket: str, port: int, folder: Path) -> None:
    """Serve until standard input ends."""
    try:
        with S3Server(bucket, port=port, folder=folder) as server:
            _tell({"port": server.port})
            sys.stdin.read()
    except LocalTrouble as trouble:
        _tell({"trouble": str(trouble)})


def _tell(news: dict[str, object]) -> None:
    """Write the one line of output; whatever else is printed goes to the log."""
    print(json.dumps(news), flush=True)  # noqa: T201  # this is what standard output is for
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

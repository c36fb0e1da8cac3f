"""Keeps the objects of the local S3 as plain files, so that they outlive its server."""

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

KEPT_HEADERS = ("Content-Type", "Cache-Control", "Content-Disposition", "Content-Encoding")
INDEX = "index.jsonl"


class PersistentS3:
    """A WSGI layer around an S3: `folder/BUCKET/KEY` is the object, an index has its headers.

    An object is written to disk before its PUT is answered.
    """

    def __init__(self, app: WSGIApplication, folder: Path) -> None:
        """Wrap *app*, which must let anyone read and create objects."""
        from werkzeug.test import Client  # noqa: PLC0415  # comes with moto, which workers lack

        self._app = app
        self._folder = folder.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._client = Client(app, use_cookies=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer as the wrapped S3 does, and keep what has changed."""
        statuses = []

        def note(status: str, *rest: Any) -> Any:
            statuses.append(status)
            return start_response(status, *rest)

        body = self._app(environ, note)
        file = self._file(environ["PATH_INFO"])
        if file is not None and statuses[0].startswith("2"):
            if environ["REQUEST_METHOD"] in {"PUT", "POST"}:
                self._keep(environ["PATH_INFO"], file)
            elif environ["REQUEST_METHOD"] == "DELETE":
                file.unlink(missing_ok=True)
        return body

    def restore(self) -> None:
        """Give the S3 all objects that are still there as files; buckets must exist."""
        for path, headers in self._headers().items():
            file = self._file(path)
            if file is not None and file.is_file():
                self._client.put(path, data=file.read_bytes(), headers=headers)

    def _file(self, path: str) -> Path | None:
        """Find the file of an object; None for addresses that name none."""
        file = (self._folder / path.lstrip("/")).resolve()
        within = file.is_relative_to(self._folder)
        return file if within and len(file.relative_to(self._folder).parts) > 1 else None

    def _keep(self, path: str, file: Path) -> None:
        with self._client.get(path) as response:
            if response.status_code != 200:  # noqa: PLR2004  # part of an upload, not an object
                return
            headers = {
                name: response.headers[name] for name in KEPT_HEADERS if name in response.headers
            }
            file.parent.mkdir(parents=True, exist_ok=True)
            draft = file.with_name(f".{file.name}")
            draft.write_bytes(response.data)
            draft.replace(file)
        with (self._folder / INDEX).open("a", encoding="utf-8") as index:
            index.write(f"\n{json.dumps([path, headers])}\n")  # apart from a line cut short

    def _headers(self) -> dict[str, dict[str, str]]:
        """Read the index; later lines win, and those that a kill cut short are passed over."""
        found: dict[str, dict[str, str]] = {}
        index = self._folder / INDEX
        for line in index.read_text(encoding="utf-8").splitlines() if index.exists() else ():
            with suppress(ValueError):
                path, headers = json.loads(line)
                found[path] = headers
        return found

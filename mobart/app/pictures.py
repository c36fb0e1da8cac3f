"""Presets, downloads, picture processes and the bucket."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from mobart.app.proxies import proxy_of
from mobart.art import Recipe
from mobart.core.domain import KEPT
from mobart.downloads.http import HttpDownloads
from mobart.downloads.stored import StoredDownloads
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.slots import pictures
from mobart.providers.goapi.settings import MidjourneySettings
from mobart.providers.registry import PROVIDERS
from mobart.rendering.named import NamedFunction
from mobart.rendering.renderer import ProcessRenderer
from mobart.settings import Settings, secret_value
from mobart.settings.infrastructure import S3Settings
from mobart.settings.pictures import parts_of
from mobart.storage.connection import ClientOptions, Credentials
from mobart.storage.location import Location
from mobart.storage.s3 import S3Store
from mobart.storage.uploads import UploadHeaders

REFERENCES = 4
"""Pictures that requests refer to which come in at a time."""


@dataclass(frozen=True, slots=True)
class PictureParts:
    """The way of a picture from its address to the bucket."""

    http: HttpDownloads
    """Fetches from the network; `downloads` uses it for all that is not in the bucket."""
    downloads: StoredDownloads
    renderer: ProcessRenderer[Recipe]
    store: S3Store
    referred: HttpDownloads
    """Fetches what requests refer to; it trusts no provider's private address."""

    @property
    def opened(self) -> tuple[AbstractAsyncContextManager[object], ...]:
        """What has to be entered before use."""
        return (self.store, self.http, self.referred, self.renderer)


def build_pictures(settings: Settings, store: S3Store, origins: Iterable[str]) -> PictureParts:
    """Build them; *origins* are the providers' own addresses, which may be private ones."""
    http = HttpDownloads(
        trusted_origins=origins,
        max_bytes=settings.mobart_max_source_bytes,
        timeout=settings.mobart_download_timeout_seconds,
        parallel=pictures(settings.mobart_max_concurrent_jobs),
    )
    renderer = ProcessRenderer(
        render_function=NamedFunction("mobart.art.pipeline", "render"),
        simplified=Recipe.simplified,
        processes=settings.mobart_render_processes,
        memory=settings.mobart_render_memory_mb * 2**20,
        timeout=settings.mobart_render_timeout_seconds,
    )
    downloads = StoredDownloads(KEPT, store.get_raw, elsewhere=http)
    referred = HttpDownloads(
        trusted_origins=parts_of(settings.mobart_reference_origins),
        max_bytes=settings.mobart_max_source_bytes,
        timeout=settings.mobart_download_timeout_seconds,
        parallel=REFERENCES,
    )
    return PictureParts(http, downloads, renderer, store, referred)


def build_store(
    settings: S3Settings, *, stores_raw: bool = False, reads_raw: bool = False
) -> S3Store:
    """Build the client of the bucket; nothing is connected yet."""
    location = location_of(settings)
    return S3Store(
        location,
        credentials=Credentials(
            access_key=secret_value(settings.aws_access_key_id),
            secret_key=secret_value(settings.aws_secret_access_key),
            session_token=secret_value(settings.aws_session_token),
        ),
        options=ClientOptions(
            checksums=settings.mobart_s3_checksums, proxy=proxy_of(location.bucket_url)
        ),
        uploads=UploadHeaders(
            encryption=settings.mobart_s3_encryption,
            kms_key_id=settings.mobart_s3_kms_key_id,
            acl=settings.mobart_s3_acl,
        ),
        stores_raw=stores_raw,
        reads_raw=reads_raw,
    )


def stores_raw(settings: Settings) -> bool:
    """Return whether pictures as their provider made them are stored."""
    return reads_raw(settings) or settings.mobart_keep_raw > 0


def reads_raw(settings: Settings) -> bool:
    """Return whether no picture comes to anything that cannot be read again under `raw/`."""
    return any(PROVIDERS[name].immediate for name in settings.providers)


def location_of(settings: S3Settings) -> Location:
    """Return where the bucket is."""
    return Location(
        bucket=settings.s3_bucket_name,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3,
        accelerate=settings.mobart_s3_accelerate,
        addressing=settings.mobart_s3_addressing,
        public_base_url=settings.mobart_s3_public_url,
    )


def presets_of(settings: Settings) -> PresetLibrary:
    """Read the presets and palettes.  Raises ValueError or OSError."""
    folder = settings.mobart_presets_folder
    return PresetLibrary.open(
        *([Path(folder)] if folder else []),
        basis=Recipe(
            tile=settings.group(MidjourneySettings).midjourney_tile,
            png=settings.mobart_png,
            max_pixels=settings.mobart_max_source_pixels,
        ),
        default=settings.mobart_preset,
        providers=PROVIDERS,
    )

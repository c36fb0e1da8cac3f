"""What is built from the settings alone: the edges towards S3, pictures, presets and words."""

from collections.abc import Iterable
from pathlib import Path

from mobart.art import Recipe, render
from mobart.downloads.http import HttpDownloads
from mobart.jobs.presets import PresetLibrary
from mobart.jobs.slots import pictures
from mobart.prompts.blocklist import Blocklist
from mobart.providers.registry import PROVIDERS
from mobart.rendering.renderer import ProcessRenderer
from mobart.settings import Settings, secret_value
from mobart.storage.connection import ClientOptions, Credentials
from mobart.storage.location import Location
from mobart.storage.s3 import S3Store
from mobart.storage.upload_headers import UploadHeaders


def store_of(settings: Settings) -> S3Store:
    """Build the store."""
    return S3Store(
        location_of(settings),
        credentials=Credentials(
            access_key=secret_value(settings.aws_access_key_id),
            secret_key=secret_value(settings.aws_secret_access_key),
            session_token=secret_value(settings.aws_session_token),
        ),
        options=ClientOptions(checksums=settings.mobart_s3_checksums),
        uploads=UploadHeaders(
            encryption=settings.mobart_s3_encryption,
            kms_key_id=settings.mobart_s3_kms_key_id,
            acl=settings.mobart_s3_acl,
        ),
        stores_raw=any(PROVIDERS[name].immediate for name in settings.providers),
    )


def location_of(settings: Settings) -> Location:
    """Tell where the bucket is."""
    return Location(
        bucket=settings.s3_bucket_name,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url_s3,
        accelerate=settings.mobart_s3_accelerate,
        addressing=settings.mobart_s3_addressing,
        public_base_url=settings.mobart_s3_public_url,
    )


def downloads_of(settings: Settings, *, origins: Iterable[str]) -> HttpDownloads:
    """Build the way to pictures, those from the providers' own *origins* included."""
    return HttpDownloads(
        trusted_origins=origins,
        max_bytes=settings.mobart_max_source_bytes,
        timeout=settings.mobart_download_timeout_seconds,
        parallel=pictures(settings.mobart_max_concurrent_jobs),
    )


def renderer_of(settings: Settings) -> ProcessRenderer[Recipe]:
    """Build the pool of processes that pictures are rendered in."""
    return ProcessRenderer(
        render_function=render,
        processes=settings.mobart_render_processes,
        memory=settings.mobart_render_memory_mb * 2**20,
        timeout=settings.mobart_render_timeout_seconds,
    )


def cookbook_of(settings: Settings) -> PresetLibrary:
    """Read the presets and palettes.  Raises ValueError."""
    folder = settings.mobart_presets_folder
    return PresetLibrary.open(
        *([Path(folder)] if folder else []),
        basis=Recipe(
            tile=settings.midjourney_tile,
            png=settings.mobart_png,
            max_pixels=settings.mobart_max_source_pixels,
        ),
        default=settings.mobart_preset,
        providers=PROVIDERS,
    )


def blocklist_of(settings: Settings) -> Blocklist:
    """Read the operator's own words.  Raises ValueError or OSError."""
    path = settings.mobart_blocked_words_file
    return Blocklist.read(Path(path).read_text("utf-8-sig")) if path else Blocklist()

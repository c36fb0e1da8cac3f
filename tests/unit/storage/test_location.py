"""Where objects are found; botocore's own opinion is the yardstick."""

from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import botocore.session
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from mobart.storage.location import Location, find_problems

PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b")
KEY = "generated/a@b/r:1.png"
ENCODED = "generated/a%40b/r%3A1.png"
SESSION = botocore.session.get_session()
REGIONS = [r for p in PARTITIONS for r in SESSION.get_available_regions("s3", p)]


def botocore_url(location: Location) -> str:
    """Return where botocore would fetch KEY, without the signature."""
    client: Any = SESSION.create_client(
        "s3",
        region_name=location.region,
        endpoint_url=location.endpoint_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(
            signature_version="s3v4",
            s3={
                "addressing_style": location.style,
                "use_accelerate_endpoint": location.accelerate,
                "us_east_1_regional_endpoint": "regional",
            },
        ),
    )
    params = {"Bucket": location.bucket, "Key": KEY}
    return str(client.generate_presigned_url("get_object", Params=params)).partition("?")[0]


CASES = [
    (Location(bucket="game", region="eu-central-1"), "https://game.s3.eu-central-1.amazonaws.com"),
    (
        Location(bucket="game.assets", region="eu-central-1"),
        "https://s3.eu-central-1.amazonaws.com/game.assets",
    ),
    (
        Location(bucket="game", region="us-east-1", addressing="path"),
        "https://s3.us-east-1.amazonaws.com/game",
    ),
    (Location(bucket="game", region="cn-north-1"), "https://game.s3.cn-north-1.amazonaws.com.cn"),
    (
        Location(bucket="game", region="eu-west-1", accelerate=True),
        "https://game.s3-accelerate.amazonaws.com",
    ),
    (
        Location(bucket="game", region="us-east-1", endpoint_url="http://localhost:9000/"),
        "http://localhost:9000/game",
    ),
    (
        Location(
            bucket="game",
            region="auto",
            endpoint_url="https://acc.r2.example",
            addressing="virtual",
        ),
        "https://game.acc.r2.example",
    ),
]


@pytest.mark.parametrize(("location", "base"), CASES)
def test_an_object_is_addressed_as_its_bucket_is(location: Location, base: str) -> None:
    """Key and base make the address, and botocore agrees."""
    assert location.object_url(KEY) == f"{base}/{ENCODED}"
    assert unquote(botocore_url(location)) == unquote(location.object_url(KEY))


@pytest.mark.parametrize("region", REGIONS)
def test_the_address_is_right_in_every_region(region: str) -> None:
    """China and the closed partitions have domains of their own."""
    location = Location(bucket="game", region=region)
    assert unquote(botocore_url(location)) == unquote(location.object_url(KEY))


@pytest.mark.parametrize("base", ["https://cdn.example/art", "https://cdn.example/art/"])
def test_a_public_base_replaces_all_but_the_key(base: str) -> None:
    """Uploads still go to the bucket."""
    location = Location(bucket="game", region="eu-west-1", public_base_url=base)
    assert location.object_url(KEY) == f"https://cdn.example/art/{ENCODED}"
    assert location.bucket_url == "https://game.s3.eu-west-1.amazonaws.com"


@given(st.text(st.characters(codec="utf-8"), min_size=1))
def test_a_key_survives_its_address(key: str) -> None:
    """Whatever the key, its address has no query, no fragment and the same path."""
    location = Location(bucket="game", region="eu-west-1")
    parts = urlsplit(location.object_url(key))
    assert (unquote(parts.path), parts.query, parts.fragment) == (f"/{key}", "", "")


@pytest.mark.parametrize("location", [location for location, _ in CASES])
def test_what_works_has_no_problems(location: Location) -> None:
    """Nothing is said where nothing is wrong."""
    assert find_problems(location) == []


GOOD = Location(bucket="game", region="eu-west-1")
MINIO = replace(GOOD, endpoint_url="http://127.0.0.1:9000")
FAST = replace(GOOD, accelerate=True)
PROBLEMS = [
    (replace(FAST, bucket="game.art"), "Acceleration does not work with a dot"),
    (replace(FAST, endpoint_url="http://h:1"), "cannot be combined with AWS_ENDPOINT_URL_S3"),
    (replace(FAST, addressing="path"), "with path-style addressing"),
    (replace(FAST, region="cn-north-1"), "does not exist in AWS_REGION cn-north-1"),
    (replace(GOOD, bucket="game.art", addressing="virtual"), "a dot in S3_BUCKET_NAME"),
    (replace(MINIO, addressing="virtual"), "an IP address"),
    (replace(GOOD, endpoint_url="http://[::1]:1", addressing="virtual"), "an IP address"),
    (replace(GOOD, endpoint_url="https://game.h"), "must not contain the bucket"),
    (replace(GOOD, endpoint_url="https://h/game/"), "must not contain the bucket"),
    (replace(GOOD, endpoint_url="h:9000"), "not a plain http or https address"),
    (replace(GOOD, endpoint_url="http://h:port"), "not a plain http or https address"),
    (replace(GOOD, endpoint_url="http://key:secret@h"), "not a plain http or https address"),
    (replace(GOOD, bucket="Game"), "S3_BUCKET_NAME is not the name"),
    (replace(GOOD, bucket=""), "S3_BUCKET_NAME is not the name"),
    (replace(MINIO, bucket="s3://game"), "S3_BUCKET_NAME is not the name"),
    (replace(GOOD, region="EU West"), "AWS_REGION is not the name"),
    (replace(GOOD, public_base_url="cdn"), "the public base URL"),
    (replace(GOOD, public_base_url="https://c/?secret=1"), "the public base URL"),
]


@pytest.mark.parametrize(("location", "problem"), PROBLEMS)
def test_what_cannot_work_is_said_in_one_sentence(location: Location, problem: str) -> None:
    """It names the setting, and never repeats a password."""
    (said,) = find_problems(location)
    assert problem in said
    assert "secret" not in said


def test_all_problems_are_told_at_once() -> None:
    """Nobody mends a setting to be told about the next one."""
    location = replace(FAST, bucket="game.art", region="Moon", public_base_url="cdn")
    assert len(find_problems(location)) == 3

"""What operators asked, and found on no page: it stands in the documents."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
OPERATING = (ROOT / "docs" / "operating.md").read_text()
ANSWERS = {
    "an authority of one's own for Redis": r"\?ssl_ca_certs=",
    "one for S3": "AWS_CA_BUNDLE=",
    "one for everything else": "SSL_CERT_FILE=",
    "a policy for the bucket": r'"Action": \["s3:PutObject"',
    "MinIO": r"MinIO \| `AWS_ENDPOINT_URL_S3=http",
    "R2": r"R2 \| `AWS_ENDPOINT_URL_S3=https",
    "the rights of Redis's users": r"deploy/redis/users\.acl",
    "how a webhook's secret is made": r"token_bytes\(32\)",
    "how it is changed": "set both, separated by a space",
    "when a webhook is posted again": "repeated after 5 s, 5 min, 30 min",
    "how a completion is sent again": "posted again when it repeats the request",
}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_page_for_operators_answers(question: str) -> None:
    """With something to copy, where that helps."""
    assert re.search(ANSWERS[question], OPERATING)

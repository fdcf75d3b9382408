"""Uploads in somebody else's S3-compatible storage, which signs, checks and keeps by its own clock.

boto3 reads the credentials, the region and the endpoint as it always does: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_REGION, AWS_ENDPOINT_URL_S3 and so on.
"""

from collections.abc import Callable
from typing import Any

from .model import Account, UploadOrder
from .service import Service
from .storage import Bucket, Presigner

SCHEME = "s3://"


class RemotePresigner(Presigner):
    """URLs that the storage checks by itself."""

    client: Any
    bucket: str

    def url(self, key: str, order: UploadOrder) -> str:
        """The documentation, upload: the URL is good for five minutes."""
        params = {"Bucket": self.bucket, "Key": key, "ContentLength": order.size, "ContentType": order.content_type}
        url: str = self.client.generate_presigned_url("put_object", params, ExpiresIn=self.rules.presign_seconds)
        return url


class RemoteBucket(Bucket):
    """Knows whose keys they are; the bytes are in the storage."""

    client: Any
    bucket: str

    def content(self, account: Account, key: str) -> bytes | None:
        """The bytes put under a key of the account; None when there are none, or they are not the account's."""
        upload = self.uploads.get(key)
        if upload is None or upload.account != account:
            return None
        try:
            found: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.client.exceptions.NoSuchKey:
            return None
        return found


def stored_in(place: str) -> Callable[[Service], None]:
    """Keeps what is uploaded in this bucket ("s3://BUCKET"), which must exist.

    Raises ValueError for what names none, ImportError without boto3, and OSError where the bucket cannot be reached.
    """
    bucket = place.removeprefix(SCHEME)
    if not place.startswith(SCHEME) or not bucket or "/" in bucket:
        raise ValueError(place)
    client = _client(bucket)

    def applied(service: Service) -> None:
        parts = service.parts
        parts.presigner = RemotePresigner(parts.rules, parts.clock, parts.base_url)
        parts.bucket = RemoteBucket(parts.ids)
        for part in (parts.presigner, parts.bucket):
            part.client, part.bucket = client, bucket

    return applied


def _client(bucket: str) -> Any:
    import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra, which nobody needs but for this
    from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - as above
    from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        client = boto3.client("s3", config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}))
        client.head_bucket(Bucket=bucket)
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"{type(error).__name__}: {error}") from None
    return client

"""Objects in an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from gitiam.config import S3Store
from gitiam.errors import GitiamError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = ("NoSuchKey", "404")


class S3Objects:
    """Objects below the store's prefix. `client` carries region, endpoint and credentials."""

    def __init__(self, store: S3Store, client: S3Client) -> None:
        self.store = store
        self.client = client
        self.prefix = f"{store.prefix.strip('/')}/" if store.prefix.strip("/") else ""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, a page of 1,000 a call."""
        try:
            pages = self.client.get_paginator("list_objects_v2").paginate(
                Bucket=self.store.bucket, Prefix=self.prefix + prefix
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    yield item["Key"].removeprefix(self.prefix)
        except (ClientError, BotoCoreError) as error:
            raise self._unusable(error) from error

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when there is none."""
        try:
            answer = self.client.get_object(Bucket=self.store.bucket, Key=self.prefix + key)
            return answer["Body"].read()
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise self._unusable(error) from error
        except BotoCoreError as error:
            raise self._unusable(error) from error

    def put(self, key: str, data: bytes) -> None:
        """Create or replace, encrypted."""
        extra: dict[str, Any] = {"ServerSideEncryption": "AES256"}
        if self.store.kms_key_id:
            extra = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.store.kms_key_id}
        try:
            self.client.put_object(
                Bucket=self.store.bucket, Key=self.prefix + key, Body=data, **extra
            )
        except (ClientError, BotoCoreError) as error:
            raise self._unusable(error) from error

    def delete(self, key: str) -> None:
        """Remove; a bucket with versions keeps the old one."""
        try:
            self.client.delete_object(Bucket=self.store.bucket, Key=self.prefix + key)
        except (ClientError, BotoCoreError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> GitiamError:
        return GitiamError(
            f"the bucket {self.store.bucket} cannot be used: {error}",
            hint="State and ledger live there; see `store` in gitiam.yaml, and whether the"
            " credentials at hand may list, read and write below the prefix",
        )

"""Objects in an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from gitiam.config import S3Store
from gitiam.errors import GitiamError
from gitiam.sync.faults.aws_errors import told
from gitiam.sync.store.objects import Held

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

#: There was no answer, or none that could be read.
_BROKEN = (BotoCoreError, ResponseParserError)
_ABSENT = ("NoSuchKey", "404")
#: It was not what we said it would be, or somebody else was changing it at the same moment.
_NOT_SO = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409", *_ABSENT)


class S3Objects:
    """Objects below the store's prefix. `client` carries region, endpoint and credentials."""

    is_distant = True

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
        except (ClientError, *_BROKEN) as error:
            raise self._unusable(error) from error

    def get(self, key: str) -> bytes | None:
        """The object's bytes, or None when there is none."""
        held = self.read(key)
        return held.data if held else None

    def read(self, key: str) -> Held | None:
        """The object's bytes, and its entity tag as version."""
        try:
            answer = self.client.get_object(Bucket=self.store.bucket, Key=self.prefix + key)
            return Held(answer["Body"].read(), answer["ETag"])
        except ClientError as error:
            if error.response["Error"]["Code"] in _ABSENT:
                return None
            raise self._unusable(error) from error
        except _BROKEN as error:
            raise self._unusable(error) from error

    def put(self, key: str, data: bytes) -> None:
        """Create or replace, encrypted."""
        try:
            self._put(key, data)
        except (ClientError, *_BROKEN) as error:
            raise self._unusable(error) from error

    def create(self, key: str, data: bytes) -> str | None:
        """Put the object unless there is one."""
        return self._put_if(key, data, IfNoneMatch="*")

    def replace(self, key: str, data: bytes, version: str) -> str | None:
        """Put the object if it is still the one of this version."""
        return self._put_if(key, data, IfMatch=version)

    def remove(self, key: str, version: str) -> bool:
        """Remove the object if it is still the one of this version."""
        try:
            self.client.delete_object(
                Bucket=self.store.bucket, Key=self.prefix + key, IfMatch=version
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_SO:
                raise self._unusable(error) from error
            return self.read(key) is None
        except _BROKEN as error:
            raise self._unusable(error) from error
        return True

    def is_busy(self, key: str) -> bool:
        """Never: a bucket's locks are objects."""
        return False

    def _put_if(self, key: str, data: bytes, **condition: str) -> str | None:
        """Put if the condition holds: the new version, or None when it does not.

        An answer that is lost on the way makes botocore ask again, and the second answer then says
        that the condition no longer holds. So what is there is looked at before that is believed.
        """
        try:
            return self._put(key, data, **condition)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _NOT_SO:
                raise self._unusable(error) from error
        except _BROKEN as error:
            raise self._unusable(error) from error
        held = self.read(key)
        return held.version if held and held.data == data else None

    def _put(self, key: str, data: bytes, **condition: str) -> str:
        extra: dict[str, Any] = {"ServerSideEncryption": "AES256", **condition}
        if self.store.kms_key_id:
            extra |= {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.store.kms_key_id}
        answer = self.client.put_object(
            Bucket=self.store.bucket, Key=self.prefix + key, Body=data, **extra
        )
        return answer["ETag"]

    def delete(self, key: str) -> None:
        """Remove; a bucket with versions keeps the old one."""
        try:
            self.client.delete_object(Bucket=self.store.bucket, Key=self.prefix + key)
        except (ClientError, *_BROKEN) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: ClientError | BotoCoreError | ResponseParserError) -> GitiamError:
        return told(f"state and ledger, in the bucket {self.store.bucket}", error)

"""Opens the store that `gitiam.yaml` names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gitiam.config import LocalStore, Store
from gitiam.files import require_utf8
from gitiam.sync.store.objects import FolderObjects, Objects

_CONNECTIONS = 64


def open_objects(
    store: Store, root: Path, is_stopping: Callable[[], bool] = lambda: False
) -> Objects:
    """The folder or bucket with state and ledger. boto3 is imported for a bucket alone.

    `is_stopping` says whether the run was asked to stop, so that nothing is waited for for long.
    GitiamError for a folder of a name that Terraform could not be told.
    """
    if isinstance(store, LocalStore):
        require_utf8(root / store.folder, "the store's folder")
        return FolderObjects(root / store.folder, is_stopping)

    from boto3 import Session

    from gitiam.sync.aws.session import client_config
    from gitiam.sync.faults.aws_errors import explained
    from gitiam.sync.store.s3_objects import S3Objects

    # Several modules at a time, with several calls each; who finds no room opens a new connection.
    config = client_config()
    config = config.merge(type(config)(max_pool_connections=_CONNECTIONS))
    if store.path_style:
        config = config.merge(type(config)(s3={"addressing_style": "path"}))
    with explained(f"the bucket {store.bucket}"):
        client = Session().client(
            "s3", region_name=store.region, endpoint_url=store.endpoint, config=config
        )
    return S3Objects(store, client)

"""Desired state → Terraform module: a few templates, and policies as JSON files beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from gitiam.config import Account, Config, S3Store
from gitiam.desired.state import INLINE_NAME, OVERFLOW_PATH, Desired, DesiredState
from gitiam.errors import GitiamError
from gitiam.models import Declaration, Kind, ModuleKey, SharedPolicy
from gitiam.modules import Module
from gitiam.policy.statement import document_text
from gitiam.render.templates import Templates

ROOT_FILE = "terraform.tf"
MAIN_FILE = "main.tf"
LOCK_FILE = ".terraform.lock.hcl"


@dataclass(frozen=True)
class Renderer:
    """Renders the modules of one estate. `lock` is the text of its own lock file, if it has one."""

    config: Config
    templates: Templates
    lock: str | None = None

    def modules(self, state: DesiredState) -> dict[ModuleKey, Module]:
        """The module of every principal and shared policy, in the order of applying."""
        return {key: self.module(desired) for key, desired in state.modules.items()}

    def module(self, desired: Desired) -> Module:
        """One module. The same desired state gives the same bytes, on any machine."""
        files = self._root(desired.key, desired.account)
        files[MAIN_FILE] = self.templates.render(f"{desired.key.kind}.tf.j2", _values(desired))
        files.update(_policy_files(desired))
        return Module(
            key=desired.key,
            account=desired.account,
            files=files,
            digest=digest(files),
            origins=desired.origins,
            creates=desired.creates,
            imports=desired.imports,
            settings=_settings(desired),
        )

    def empty(self, key: ModuleKey) -> Module:
        """The module that takes away all that the module of `key` ever made."""
        account = self.config.accounts.get(key.account)
        if account is None:
            raise GitiamError(
                f"{key} was applied, but the account `{key.account}` is no longer in gitiam.yaml",
                hint="Put the account back until its modules are emptied, then remove it",
            )
        files = self._root(key, account)
        return Module(key=key, account=account, files=files, digest=digest(files), is_empty=True)

    def _root(self, key: ModuleKey, account: Account) -> dict[str, str]:
        values = {
            "provider_source": self.config.terraform.provider_source,
            "provider_version": self.config.terraform.provider_version,
            "region": account.region,
            "account_id": account.id,
            "backend": self._backend(key),
        }
        return {ROOT_FILE: self.templates.render("root.tf.j2", values), LOCK_FILE: self._lock_text}

    def _backend(self, key: ModuleKey) -> dict[str, Any] | None:
        """The S3 backend's settings; None for a local state, as its folder is known at run time."""
        store = self.config.store
        if not isinstance(store, S3Store):
            return None
        return {
            "bucket": store.bucket,
            "key": state_key(store, key),
            "region": store.region,
            "kms_key_id": store.kms_key_id,
            "path_style": store.path_style,
            "endpoint": store.endpoint,
        }

    @cached_property
    def _lock_text(self) -> str:
        if self.lock is not None:
            return self.lock
        text = self.templates.lock_text
        wanted = self.config.terraform
        if wanted.provider_source in text and f'"{wanted.provider_version}"' in text:
            return text
        raise GitiamError(
            f"gitiam's own lock file is not for {wanted.provider_source} {wanted.provider_version}",
            hint="Name your own in gitiam.yaml as terraform.lock_file;"
            " `terraform providers lock` writes one",
        )


def state_key(store: S3Store, key: ModuleKey) -> str:
    """Where a module's Terraform state lies in the bucket."""
    return "/".join(part for part in (store.prefix.strip("/"), "state", f"{key}.tfstate") if part)


def digest(files: Mapping[str, str]) -> str:
    """SHA-256, in hexadecimal, over every path and every byte."""
    total = sha256()
    for path in sorted(files):
        total.update(f"{path}\0{_text_digest(files[path])}\n".encode())
    return total.hexdigest()


@lru_cache(maxsize=64)
def _text_digest(text: str) -> str:
    """Cached, as the lock file is the largest file of every module and the same in all."""
    return sha256(text.encode()).hexdigest()


def _values(desired: Desired) -> dict[str, Any]:
    """What the template may print. Text from requests is here, and only here."""
    owner: Declaration | SharedPolicy | None = desired.declaration or desired.shared
    return {
        "name": desired.key.name,
        "declared": owner is not None,
        "path": owner.path if owner else "/",
        "description": owner.description if owner else "",
        "tags": dict(sorted(owner.tags.items())) if owner else {},
        "max_session": desired.declaration.max_session if desired.declaration else None,
        "boundary": desired.boundary,
        "inline_name": INLINE_NAME,
        "inline": bool(desired.inline),
        "overflow_path": OVERFLOW_PATH,
        "overflow": {str(policy.number): policy.name for policy in desired.overflow},
        "overflow_arns": {str(policy.number): policy.arn for policy in desired.overflow},
        "attachments": {item.label: item.arn for item in desired.attachments},
        "groups": list(desired.groups),
    }


def _settings(desired: Desired) -> dict[str, Any]:
    """What the templates set on the principal or policy itself, in Terraform's words."""
    values = _values(desired)
    if not values["declared"]:
        return {}
    kind = desired.key.kind
    found = {"name": values["name"], "path": values["path"]}
    if kind is not Kind.GROUP:
        found["tags"] = values["tags"]
    if kind in (Kind.ROLE, Kind.POLICY):
        found["description"] = values["description"]
    if kind in (Kind.ROLE, Kind.USER):
        found["permissions_boundary"] = values["boundary"]
    if kind is Kind.ROLE:
        found["max_session_duration"] = values["max_session"] or 3600
    return found


def _policy_files(desired: Desired) -> Iterator[tuple[str, str]]:
    if desired.trust:
        yield "policies/trust.json", document_text(desired.trust)
    if desired.inline:
        yield "policies/inline.json", document_text(desired.inline)
    for policy in desired.overflow:
        yield f"policies/overflow-{policy.number}.json", document_text(policy.document)

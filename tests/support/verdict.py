"""What must be so after each step of a history: in live IAM, and in how an apply has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gitiam.desired.state import INLINE_NAME, Desired
from gitiam.models import Kind, ModuleKey
from gitiam.modules import Standing
from gitiam.outcomes import Result
from gitiam.policy.statement import document_text
from tests.support.histories import FOREIGN, IDS, Die, Fail
from tests.support.memory_iam import Entity, MemoryIam, spot
from tests.support.sights import Run, Sight

_OWN_POLICY = "arn:aws:iam::aws:policy/job-function/Billing"


@dataclass
class Verdict:
    """Judges. `hurt` names the modules of which the ledger or the state has lost something."""

    iam: MemoryIam
    hurt: dict[ModuleKey, str] = field(default_factory=dict)

    def judge(self, run: Run, harm: Fail | Die | None = None) -> None:
        """Only what was harmed may have failed, or what has a good reason."""
        if run.died:
            return
        failed = {result.change.key for result in run.results if result.error}
        for result in run.results:
            if result.error is None:
                self.hurt.pop(result.change.key, None)
                continue
            text = str(result.error)
            is_harmed = isinstance(harm, Fail) and any(
                word in text for word in ("injected", "Throttling", "is locked by somebody")
            )
            if not is_harmed:
                why = f"{result.change.key}: {text}"
                assert self._has_reason(result, run, failed), why

    def _has_reason(self, result: Result, run: Run, failed: set[ModuleKey]) -> bool:
        text, key = str(result.error), result.change.key
        if "this would destroy" in text or "Instance cannot be destroyed" in text:
            # The second is Terraform's own refusal, where what is recorded does not foretell it: a
            # role that was kept, and is declared anew at another path after a run died.
            return not run.allow_destroy
        if "was not made by gitiam" in text or "EntityAlreadyExists" in text:
            home = spot(result.change.module.account.id, key.kind, key.name)
            return home in self.iam.released
        if "NoSuchEntity" in text or "DeleteConflict" in text:
            return self._depends(text, run, failed)
        return False

    def _depends(self, text: str, run: Run, failed: set[ModuleKey]) -> bool:
        """Whether something else has to come first, and did not: it failed, or was left out."""
        about = text.split(": ")[-1]
        done = {result.change.key for result in run.results} - failed
        if about.startswith("arn:"):
            return not any(
                key in done or key not in run.waiting
                for key in run.sight.modules
                if run.sight.modules[key].owns == about
            )
        if "NoSuchEntity" in text:
            return all(
                key not in done and key in run.waiting
                for key, module in run.sight.modules.items()
                if module.owns and spot(module.account.id, key.kind, key.name) == about
            )
        entity = self.iam.entities[about]
        users = [
            e
            for e in self.iam
            if entity.arn in e.attached or (entity.kind is Kind.GROUP and entity.name in e.groups)
        ]
        homes = {spot(IDS[k.account], k.kind, k.name): k for k in failed | run.waiting - done}
        wanted = {
            spot(IDS[key.account], Kind.GROUP, group)
            for key, desired in run.sight.state.modules.items()
            for group in desired.groups
        }
        return about in wanted or any(
            user.spot in homes or self._is_forgotten(user.spot) for user in users
        )

    def _is_forgotten(self, home: str) -> bool:
        """Whether the ledger's record was lost, and nobody can know any more what was made."""
        return any(
            spot(IDS[key.account], key.kind, key.name) == home
            for key, lost in self.hurt.items()
            if lost == "record"
        )

    def check(self, sight: Sight, standings: Mapping[ModuleKey, Standing]) -> None:
        """What the ledger holds to be applied is live just so; nothing else of gitiam's is."""
        explained: dict[str, ModuleKey] = {}
        for key in {*sight.state.modules, *standings}:
            explained[spot(IDS[key.account], key.kind, key.name)] = key
        for key, module in sight.modules.items():
            if standings.get(key, Standing()).digest == module.digest:
                self._assert_live(sight.state.modules[key])
        for entity in self.iam:
            self._assert_explained(entity, explained)
        self._assert_foreign()

    def _assert_live(self, desired: Desired) -> None:
        """One module's share of live IAM is as it is desired."""
        key, owner = desired.key, desired.shared or desired.declaration
        live = self.iam.find(desired.account.id, key.kind, key.name)
        assert live is not None, f"{key} is gone"
        if owner is not None:
            assert live.arn == desired.arn
            assert live.settings["path"] == owner.path
            if key.kind is not Kind.GROUP:
                assert live.settings["tags"] == dict(owner.tags)
        if desired.declaration and key.kind in (Kind.ROLE, Kind.USER):
            assert live.settings["permissions_boundary"] == desired.boundary
        text = document_text(desired.inline) if desired.inline else None
        if desired.shared:
            assert live.text == text, key
            return
        assert live.inline.get(INLINE_NAME) == text, key
        wanted = {a.arn for a in desired.attachments} | {p.arn for p in desired.overflow}
        own = _theirs(key)
        assert live.attached == wanted | own, key
        for policy in desired.overflow:
            found = self.iam.policy(policy.arn)
            assert found is not None
            assert found.text == document_text(policy.document)
        if key.kind is Kind.USER:
            assert live.groups == set(desired.groups), key

    def _assert_explained(
        self,
        entity: Entity,
        explained: Mapping[str, ModuleKey],
    ) -> None:
        home = entity.spot
        if entity.kind is Kind.POLICY and entity.name.startswith("gitiam-"):
            _, kind, name, _ = entity.name.split("-")
            home = spot(entity.account, Kind(kind), name)
        if home in explained:
            return
        if self._is_forgotten(home):
            return
        is_known = home in self.iam.released or home.split("/", 1)[1] in FOREIGN
        assert is_known, f"nobody knows of {entity.spot}"
        assert entity.kind is not Kind.POLICY or not entity.name.startswith("gitiam-")
        assert INLINE_NAME not in entity.inline, f"{home} keeps its access"
        own = {_OWN_POLICY} if home.split("/", 1)[1] in FOREIGN else set()
        assert entity.attached == own, f"{home} keeps its policies"
        assert not entity.groups, f"{home} keeps its groups"

    def _assert_foreign(self) -> None:
        for account in IDS.values():
            for principal in FOREIGN:
                kind, name = principal.split("/")
                found = self.iam.get(account, Kind(kind), name)
                before = foreign(account, principal)
                assert (found.arn, found.text, found.settings) == (
                    *(before.arn, before.text, before.settings),
                )
                assert found.inline.items() >= before.inline.items()
                assert found.attached >= before.attached


def _theirs(key: ModuleKey) -> set[str]:
    return {_OWN_POLICY} if key.principal in FOREIGN else set()


def foreign(account: str, principal: str) -> Entity:
    """One that was there before gitiam, with access of its own."""
    kind, name = principal.split("/")
    return Entity(
        f"arn:aws:iam::{account}:{principal}",
        Kind(kind),
        name,
        {"path": "/", "tags": {"team": "old"}},
        "theirs",
        {"own": "theirs"},
        {_OWN_POLICY},
    )

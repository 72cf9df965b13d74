"""What the rules about harmful actions have in common, as questions that each of them is asked."""

from __future__ import annotations

from dataclasses import dataclass

from gitiam.findings import Finding, Location, Risk, Severity
from tests.support.estates import Files, findings_of, request

_NEVER = "{StringEquals: {'aws:PrincipalAccount': '444455556666'}}"
_ALWAYS = "{StringEquals: {'aws:PrincipalAccount': '111122223333'}}"
_TAGGED = "{StringEquals: {'aws:ResourceTag/team': data}}"


@dataclass(frozen=True)
class Harm:
    """A rule, an action of its class that changes or shows something, and resources for it.

    `every` is a pattern of all resources of the kind, `named` an ARN of one. `scoped` is the risk
    on that one, None where it is not worth a word; `harmless` is an action near to the other.
    """

    rule: str
    says: str
    action: str
    every: str
    named: str
    harmless: str
    broad: Risk = Risk.HIGH
    scoped: Risk | None = None

    def found_in(self, files: Files | str, *proposed: str) -> tuple[Finding, ...]:
        """What the rule finds."""
        return findings_of(files, *proposed, rule=self.rule)

    def grant(self, resource: str = "*", conditions: str = "", action: str = "") -> str:
        """A grant of the action."""
        text = f"- actions: ['{action or self.action}']\n  resources: ['{resource}']\n"
        return text + (f"  conditions: {conditions}\n" if conditions else "")

    def is_wide(self, grants: str) -> bool:
        """Whether these grants leave open on what."""
        found = self.found_in(request(grants))
        return any(f.risk is self.broad and "anywhere" in f.message for f in found)

    def check_everything(self) -> None:
        """On everything it is a warning, at the action, that says who can do what."""
        for resource in ("*", self.every):
            (found,) = self.found_in(request(self.grant(resource)))
            assert (found.severity, found.risk) == (Severity.WARNING, self.broad)
            place = Location("requests/x.yaml", 6, 15, 6, 17 + len(self.action))
            assert found.location == place
            assert found.message == (
                f"with this, role/data-pipeline in prod can {self.says} anywhere ({self.action})"
            )
            assert found.fix is not None

    def check_disguises(self) -> None:
        """Case and wildcards hide nothing."""
        service, _, name = self.action.partition(":")
        for action in (self.action.swapcase(), f"{service}:{name[:-1]}?", f"{service}:*", "*"):
            found = self.found_in(request(self.grant(action=action)))
            assert found
            assert {(f.location.line, f.location.column) for f in found} == {(6, 15)}
        excepted = request("- not_actions: ['a4b:*']\n  resources: '*'")
        assert {f.location.column for f in self.found_in(excepted)} == {5}

    def check_named(self) -> None:
        """On what is named it is less, or nothing."""
        found = self.found_in(request(self.grant(self.named)))
        assert [f.risk for f in found] == ([] if self.scoped is None else [self.scoped])
        for one in found:
            assert f"can {self.says} on {self.named} ({self.action})" in one.message
            assert one.severity is (Severity.WARNING if self.scoped is Risk.HIGH else Severity.NOTE)
        assert self.found_in(request(self.grant(action=self.harmless))) == ()

    def check_conditions(self) -> None:
        """What never holds gives nothing; a tag of the resource says which is meant."""
        assert self.found_in(request(self.grant(conditions=_NEVER))) == ()
        assert self.is_wide(self.grant(conditions=_ALWAYS))
        assert self.is_wide(self.grant(conditions="{Bool: {'aws:MultiFactorAuthPresent': 'true'}}"))
        assert not self.is_wide(self.grant(conditions=_TAGGED))

    def check_denials(self) -> None:
        """A denial counts where it takes everything, whatever the request."""
        for denied, is_wide in (
            (self.grant(), False),
            (self.grant(conditions=_ALWAYS), False),
            (self.grant(self.named), True),
            (self.grant(conditions="{Bool: {'aws:MultiFactorAuthPresent': 'false'}}"), True),
            (self.grant(action=self.harmless), True),
        ):
            deny = denied.replace("- actions", "- effect: deny\n  actions")
            assert self.is_wide(self.grant() + deny) is is_wide, denied

    def check_where_it_comes_from(self) -> None:
        """The file that gives it is told: by itself, by a policy, by a group; each principal."""
        policy = (
            "kind: policy\naccount: prod\npolicy: p\nreason: For all pipelines\n"
            f"grants: [{{actions: ['{self.action}'], resources: ['*']}}]\n"
        )
        read = request("- actions: sqs:GetQueueUrl\n  resources: 'arn:aws:sqs:*:*:orders'")
        files = {
            "requests/group.yaml": (
                "kind: principal\naccount: prod\nprincipal: group/team\nreason: They run the shop\n"
            ),
            "requests/p.yaml": policy,
            "requests/g.yaml": request("- managed_policy: p", principal="group/team"),
            "requests/join.yaml": request("- group: team", principal="user/alice"),
            "requests/other.yaml": read,
        }
        found = self.found_in(files)
        assert [(f.location.path, f.location.line) for f in found] == [
            ("requests/g.yaml", 6),
            ("requests/join.yaml", 6),
            ("requests/p.yaml", 5),
        ]
        several = request(self.grant(), account="[dev, prod]", principal="[role/a, role/b]")
        whom = {f.message.split(" can ")[0] for f in self.found_in(several)}
        assert whom == {
            f"with this, role/{name} in {account}" for name in "ab" for account in ("dev", "prod")
        }

"""One tree of files at one instant: what each principal has, and by which file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from gitiam.catalog import Catalog
from gitiam.config import Account
from gitiam.desired.compute import resolver_of, sid_of
from gitiam.desired.grants import Access, GrantError, Resolver, until
from gitiam.desired.holdings import Shelf
from gitiam.desired.state import Attachment, Desired, DesiredState, iam_arn
from gitiam.load.estate import Estate, File
from gitiam.models import Declaration, GroupGrant, Kind, ModuleKey, Request, SharedPolicy
from gitiam.policy.piece import Piece
from gitiam.policy.statement import Document, Statement


@dataclass(frozen=True, slots=True)
class Given:
    """What one file gives one principal: statements, and what cannot be told.

    The pieces' origin is the file's path, whatever they come through.
    """

    pieces: tuple[Piece, ...] = ()
    unread: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass
class Side:
    """A tree, with what was asked about it once."""

    estate: Estate
    catalog: Catalog
    now: datetime
    state: DesiredState
    _given: dict[tuple[str, ModuleKey], Given] = field(default_factory=dict)

    @cached_property
    def resolver(self) -> Resolver:
        """What turns its grants into access."""
        return resolver_of(self.estate, self.catalog)

    @cached_property
    def shelf(self) -> Shelf:
        """Where the contents of policies and groups are."""
        return Shelf(self.state, self.catalog)

    @cached_property
    def _files(self) -> dict[str, File]:
        estate = self.estate
        files: list[File] = [*estate.requests, *estate.declarations, *estate.policies]
        return {file.source.path: file for file in files}

    @cached_property
    def _requests(self) -> defaultdict[tuple[Kind, str, str], list[Request]]:
        index: defaultdict[tuple[Kind, str, str], list[Request]] = defaultdict(list)
        for request in self.estate.requests:
            if not request.is_expired(self.now):
                for principal in dict.fromkeys(request.principals):
                    for account in dict.fromkeys(request.accounts):
                        index[principal.kind, principal.name, account].append(request)
        return index

    @cached_property
    def _declarations(self) -> dict[tuple[Kind, str, str], Declaration]:
        return {
            (one.principal.kind, one.principal.name, account): one
            for one in self.estate.declarations
            for account in one.accounts
        }

    def file(self, path: str) -> File | None:
        """The file of this path; None when it is not there, or cannot be read."""
        return self._files.get(path)

    def accounts_of(self, file: File) -> tuple[Account, ...]:
        """Its accounts that exist, each once."""
        known = self.estate.config.accounts
        return tuple(known[name] for name in dict.fromkeys(file.accounts) if name in known)

    def requests_of(self, key: ModuleKey) -> list[Request]:
        """The requests that give a principal something now."""
        return self._requests[key.kind, key.name, key.account]

    def declaration_of(self, key: ModuleKey) -> Declaration | None:
        """What declares a principal."""
        return self._declarations.get((key.kind, key.name, key.account))

    def members_of(self, group: str, account: Account) -> tuple[str, ...]:
        """`user/alice` for each whom a request puts into the group now."""
        found = {
            name
            for (kind, name, where), requests in self._requests.items()
            if kind is Kind.USER and where == account.name
            for request in requests
            if any(isinstance(g, GroupGrant) and g.group == group for g in request.grants)
        }
        return tuple(f"user/{name}" for name in sorted(found))

    def holders_of(self, policy: SharedPolicy, account: Account) -> list[ModuleKey]:
        """The principals to which a request attaches the policy now; groups before their users."""
        label = label_of(policy, account)
        found = [
            key
            for kind, name, where in self._requests
            if where == account.name
            for key in [ModuleKey(where, kind, name)]
            if any(
                item.label == label
                for request in self.requests_of(key)
                for item in self.given(request, key, account).attachments
            )
        ]
        return sorted(found, key=lambda key: key.order)

    # -- what is given ----------------------------------------------------------------------

    def given(self, request: Request, key: ModuleKey, account: Account) -> Given:
        """What a request gives a principal, each statement with its end."""
        if request.is_expired(self.now):
            return Given()
        asked = (request.path, key)
        if asked not in self._given:
            self._given[asked] = self._give(request, key, account)
        return self._given[asked]

    def _give(self, request: Request, key: ModuleKey, account: Account) -> Given:
        access, unresolved = self._resolved(request, account)
        path, sid = request.path, sid_of(request.path)
        alone = Desired(
            key,
            account,
            inline=tuple(s.but(sid=sid) for s in access.statements),
            attachments=access.attachments,
            groups=access.groups,
            sids={sid: path},
        )
        holdings = self.shelf.holdings(alone)
        pieces = tuple(
            # Membership and attachment end with their request, if only by the next apply.
            Piece(_ending(piece.statement, request.expires), path, piece.via)
            for piece in holdings.pieces
        )
        unread = tuple(sorted(holdings.unread))
        return Given(pieces, unread, unresolved, access.attachments, access.groups)

    def everything(self, key: ModuleKey, account: Account) -> list[Piece]:
        """All that a principal has now, by all of its requests."""
        given = (self.given(request, key, account) for request in self.requests_of(key))
        return [piece for one in given for piece in one.pieces]

    def policy(self, policy: SharedPolicy, account: Account) -> Given:
        """What a shared policy says."""
        access, unresolved = self._resolved(policy, account)
        path = policy.source.path
        return Given(tuple(Piece(s, path) for s in access.statements), (), unresolved)

    def by_policy(self, policy: SharedPolicy, key: ModuleKey, account: Account) -> Given:
        """What a principal has by a shared policy, as long as the requests that attach it last.

        Of the policy itself, as nobody has it: all that it says.
        """
        contents = self.policy(policy, account)
        if key.kind is Kind.POLICY:
            return contents
        label = label_of(policy, account)
        attaching = [
            request
            for request in self.requests_of(key)
            if any(a.label == label for a in self.given(request, key, account).attachments)
        ]
        pieces = (
            replace(piece, statement=_ending(piece.statement, request.expires))
            for request in attaching
            for piece in contents.pieces
        )
        return replace(contents, pieces=tuple(pieces))

    def _resolved(
        self, file: Request | SharedPolicy, account: Account
    ) -> tuple[Access, tuple[str, ...]]:
        """All grants that can be understood, and what is wrong with the others."""
        expires = file.expires if isinstance(file, Request) else None
        access, errors = self.resolver.access_of_known(file.grants, account, expires)
        return access, tuple(f"grant {error.index + 1}: {error}" for error in errors)

    def boundary(self, key: ModuleKey, account: Account) -> tuple[str | None, Document | None]:
        """The policy that limits a principal, and what it says where that is known."""
        declaration = self.declaration_of(key)
        if declaration is None or declaration.permissions_boundary is None:
            return None, None
        named = declaration.permissions_boundary
        try:
            arn = self.resolver.policy_arn(named, account).arn
        except GrantError:
            return named, None
        return named, self.shelf.holdings(Desired(key, account, boundary=arn)).boundary


def _ending(statement: Statement, expires: datetime | None) -> Statement:
    try:
        return until(statement, expires)
    except GrantError:
        return statement  # a date that is none matches nothing; nobody shall think that it ends


def label_of(policy: SharedPolicy, account: Account) -> str:
    """What tells the policy from others among those that are attached."""
    return iam_arn(account, Kind.POLICY, policy.path, policy.name).split(":iam::", 1)[-1]

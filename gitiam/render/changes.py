"""Modules and ledger → what is pending, with reasons. Digests decide; git is never asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from gitiam.config import Account
from gitiam.errors import GitiamError
from gitiam.models import ModuleKey
from gitiam.modules import SURROUNDINGS, Change, Marker, Module, Record, Standing, owned


@dataclass(frozen=True, slots=True)
class Files:
    """The estate's files, to say why something that was there no longer is."""

    present: frozenset[str]
    expired: frozenset[str]


def pending(
    modules: Mapping[ModuleKey, Module],
    standings: Mapping[ModuleKey, Standing],
    empty: Callable[[ModuleKey], Module],
    read: Callable[[ModuleKey], Record | None],
    files: Files,
    known: Collection[ModuleKey] | None = None,
    mark: Callable[[ModuleKey], Marker | None] = lambda _: None,
) -> tuple[Change, ...]:
    """Every module whose digest is not certainly the one last applied, in the order of applying.

    `empty` makes the module of a principal that has left the desired state; `read` gets what the
    ledger recorded, and is called for pending modules alone. `known` are all modules of the desired
    state, where `modules` holds but those that are `behind`. `mark` gets the marker that an apply
    left, and is called where that may tell more than that it did not end.
    """
    known = modules.keys() if known is None else known
    changes = [
        _change(module, standing, read(key), files)
        for key, module in modules.items()
        if (standing := standings.get(key, Standing())).digest != module.digest
    ]
    gone = [key for key in standings if key not in known]
    spelled = {str(key).lower(): key for key in known} if gone else {}
    for key in gone:
        twin = spelled.get(str(key).lower())
        changes.append(
            _emptied(key, standings[key], empty, read(key), files, mark)
            if twin is None
            else _respelled(key, standings[key], twin)
        )
    return tuple(sorted(changes, key=lambda change: change.module.order))


def behind(
    digests: Mapping[ModuleKey, str], standings: Mapping[ModuleKey, Standing]
) -> list[ModuleKey]:
    """The modules of the desired state that are pending, told from their digests alone."""
    return [
        key
        for key, digest in digests.items()
        if (standing := standings.get(key)) is None or standing.digest != digest
    ]


def standing_of(modules: Mapping[ModuleKey, Module]) -> dict[ModuleKey, Standing]:
    """As if these modules had been applied: for comparing two revisions without a ledger."""
    return {key: Standing((module.digest,)) for key, module in modules.items()}


def record_of(module: Module) -> Record:
    """As if this module had been applied."""
    return Record(module.digest, module.origins, module.creates, applied_at="", files=module.files)


def _change(
    module: Module, standing: Standing, record: Record | None, files: Files, kept: str = ""
) -> Change:
    made = owned(record.creates) if record else None
    return Change(
        module=module,
        previous=standing.digest,
        reasons=tuple(_reasons(module, standing, record, files, kept)),
        destroys=made if made != module.owns and (module.owns or module.is_empty) else None,
        record=record,
        is_new=not standing.digests,
    )


def _emptied(
    key: ModuleKey,
    standing: Standing,
    empty: Callable[[ModuleKey], Module],
    record: Record | None,
    files: Files,
    mark: Callable[[ModuleKey], Marker | None],
) -> Change:
    """The change of a principal that has left; blocked where its account has left as well."""
    try:
        module = empty(key)
        marker = mark(key) if standing.unfinished else None
        # Where an apply would do something else by now, what it left says nothing of that.
        kept = marker.kept if marker and marker.digest == module.digest else ""
        return _change(module, standing, record, files, kept)
    except GitiamError as error:
        return _blocked(key, standing, error)


def _respelled(key: ModuleKey, standing: Standing, twin: ModuleKey) -> Change:
    """Blocked: emptying the old spelling would take away what the new one has just been given."""
    error = GitiamError(
        f"{key} is now spelled {twin.name}, and IAM takes the two for one",
        hint=f"Spell it {key.name} again",
    )
    return _blocked(key, standing, error)


def _blocked(key: ModuleKey, standing: Standing, error: GitiamError) -> Change:
    gone = Module(key, Account(key.account, ""), {}, "", is_empty=True)
    return Change(gone, standing.digest, (error.message,), blocked=error)


def _reasons(
    module: Module, standing: Standing, record: Record | None, files: Files, kept: str
) -> Iterator[str]:
    if kept:
        yield f"its access is gone, and {kept} itself is kept until --allow-destroy"
    elif standing.unfinished:
        yield "the last apply failed or was interrupted"
    elif len(standing.digests) > 1:
        yield "the ledger holds more than one digest"
    if record is None:
        if standing.digests:
            yield "the ledger's record cannot be read"
        else:
            yield from (f"{path} added" for path in module.origins)
        return
    differences = list(_differences(module.origins, record.origins, files))
    yield from differences
    if not differences and (standing.digest or record.digest) != module.digest:
        yield SURROUNDINGS


def _differences(now: Mapping[str, str], before: Mapping[str, str], files: Files) -> Iterator[str]:
    for path in sorted({*now, *before}):
        if path not in before:
            yield f"{path} added"
        elif path in now:
            if now[path] != before[path]:
                yield f"{path} changed"
        elif path in files.expired:
            yield f"{path} expired"
        elif path in files.present:
            yield f"{path} no longer names it"
        else:
            yield f"{path} removed"

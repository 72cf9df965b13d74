"""Bundles, resources and names → grants: each resource goes to the bundles that take it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from gitiam.bundles import UnknownPlaceholderError, fill, nearest_arn, takes, what_it_takes
from gitiam.forms.answers import Answers
from gitiam.forms.draft import DraftGrant
from gitiam.forms.fields import Field
from gitiam.forms.offer import Offer
from gitiam.forms.seen import foreign, near, plain_letters
from gitiam.models import (
    AssumeGrant,
    Bundle,
    BundleGrant,
    GroupGrant,
    Kind,
    ManagedPolicyGrant,
    check_name,
)

# What ARNs are made of, with `{account_id}` and `${aws:username}`. Rarer names go into a file.
_ARN = re.compile(r"(?:[A-Za-z0-9_+=,.@:/*?!~-]|\{[a-z_]{1,32}\}|\$\{[A-Za-z0-9:/_.-]{1,128}\})+")
_POLICY = re.compile(r"[A-Za-z0-9_+=,.@:/{}-]+")
_PARAMETER = re.compile(r"(?P<name>[a-z][a-z0-9_]{0,63}) ?[=:] ?(?P<value>[!#%-;=?-_a-~]+)")
# Bundles that a message describes; who has chosen more knows best which he means.
_TOLD = 3
# What stands around an ARN that was copied from a list or a program.
_AROUND = "`'\"<>[](),; "

Variables = Mapping[str, str]


def grants_from(
    given: Answers, offer: Offer, names: Sequence[str], accounts: Sequence[str]
) -> tuple[DraftGrant, ...]:
    """The grants in the order of the form. Whatever is not right is added to the problems."""
    bundles = _bundles(given, offer, names)
    variables = [offer.accounts[name].variables() for name in accounts]
    arns = _arns(given, Field.RESOURCES, variables)
    # What bundles are meant is not known while one of them is not.
    if arns and not given.has_problem(Field.BUNDLES):
        _fit(given, arns, bundles, variables)
    parameters = _parameters(given, bundles)
    grants: list[DraftGrant] = [
        _bundle_grant(bundle, arns, parameters, variables) for bundle in bundles
    ]
    grants += _others(given, variables)
    if not grants and not given.problems:
        given.refuse(Field.BUNDLES, "nothing is asked for; choose at least one")
    return tuple(grants)


def _bundles(given: Answers, offer: Offer, names: Sequence[str]) -> list[Bundle]:
    for name in names:
        if name not in offer.bundles:
            meant = near(plain_letters(name), offer.bundles)
            given.refuse(Field.BUNDLES, "there is no bundle of this name", name, meant)
    return [offer.bundles[name] for name in names if name in offer.bundles]


def _arns(given: Answers, field: Field, variables: Sequence[Variables]) -> list[str]:
    """Every line that can be an ARN."""
    lines = given.lines(field)
    for line in lines:
        message = _not_an_arn(line, variables)
        if message:
            bare = plain_letters(line).removeprefix("- ").removeprefix("* ").strip(_AROUND)
            given.refuse(field, message, line, bare if _ARN.fullmatch(bare) else "")
    return list(dict.fromkeys(lines))


def _not_an_arn(text: str, variables: Sequence[Variables]) -> str | None:
    if strange := foreign(text):
        return strange
    if not _ARN.fullmatch(text) or not (text == "*" or text.startswith("arn:")):
        return "this is not an ARN; write one a line, such as arn:aws:s3:::orders"
    try:
        for values in variables:
            fill(text, values)
    except UnknownPlaceholderError as error:
        return str(error)
    return None


def _fit(
    given: Answers, arns: Iterable[str], bundles: Sequence[Bundle], variables: Sequence[Variables]
) -> None:
    """Blame each resource that nothing takes: nobody could say what it was written for."""
    if given.has_problem(Field.RESOURCES) or not variables:
        return
    if not bundles:
        given.refuse(Field.RESOURCES, "nothing is chosen that these could be for")
    for arn in arns if bundles else ():
        if not any(_takes(bundle, arn, variables) for bundle in bundles):
            told = "; ".join(_told(bundle) for bundle in bundles[:_TOLD])
            meant = next(filter(None, (nearest_arn(bundle, arn) for bundle in bundles)), "")
            given.refuse(Field.RESOURCES, f"nothing that is chosen takes this: {told}", arn, meant)


def _told(bundle: Bundle) -> str:
    return f"`{bundle.name}` takes {what_it_takes(bundle) or 'none'}"


def _takes(bundle: Bundle, arn: str, variables: Sequence[Variables]) -> bool:
    return any(takes(bundle, fill(arn, values)) for values in variables)


def _parameters(given: Answers, bundles: Sequence[Bundle]) -> dict[str, str]:
    known = sorted({parameter.name for bundle in bundles for parameter in bundle.parameters})
    values: dict[str, str] = {}
    for line in given.lines(Field.PARAMETERS):
        found = _PARAMETER.fullmatch(line)
        if not found:
            given.refuse(Field.PARAMETERS, "this is not `name = value`", line)
        elif found["name"] not in known:
            there_are = f"there are {', '.join(known)}" if known else "there are none"
            message = f"nothing that is chosen has this parameter; {there_are}"
            given.refuse(Field.PARAMETERS, message, line, near(found["name"], known))
        elif values.setdefault(found["name"], found["value"]) != found["value"]:
            given.refuse(Field.PARAMETERS, "this parameter has two values; write one", line)
    return values


def _bundle_grant(
    bundle: Bundle, arns: Iterable[str], given: Mapping[str, str], variables: Sequence[Variables]
) -> BundleGrant:
    known = [parameter.name for parameter in bundle.parameters if parameter.name in given]
    return BundleGrant(
        bundle.name,
        tuple(arn for arn in arns if _takes_safely(bundle, arn, variables)),
        {name: given[name] for name in known},
    )


def _takes_safely(bundle: Bundle, arn: str, variables: Sequence[Variables]) -> bool:
    """As `_takes`; a resource that has been refused already goes to nobody."""
    return _not_an_arn(arn, variables) is None and _takes(bundle, arn, variables)


def _others(given: Answers, variables: Sequence[Variables]) -> list[DraftGrant]:
    grants: list[DraftGrant] = []
    if policy := given[Field.MANAGED_POLICY]:
        if _POLICY.fullmatch(policy):
            grants.append(ManagedPolicyGrant(policy))
        else:
            message = foreign(policy) or "this is neither the name of a policy nor its ARN"
            bare = plain_letters(policy).strip(_AROUND)
            meant = bare if _POLICY.fullmatch(bare) else ""
            given.refuse(Field.MANAGED_POLICY, message, policy, meant)
    if group := given[Field.GROUP]:
        grants += _group(given, group)
    if roles := _arns(given, Field.ASSUME, variables):
        grants.append(AssumeGrant(tuple(roles)))
    return grants


def _group(given: Answers, text: str) -> list[DraftGrant]:
    name = text.removeprefix("group/")
    try:
        return [GroupGrant(check_name(Kind.GROUP, name))]
    except ValueError as error:
        given.refuse(Field.GROUP, foreign(text) or str(error), text)
        return []

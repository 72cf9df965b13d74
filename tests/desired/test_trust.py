"""Trust policies of one declaration for several accounts."""

from __future__ import annotations

from gitiam.catalog import catalog
from gitiam.desired.compute import desired_state
from tests.support.estates import NOW, estate_of


def test_placeholders_become_those_of_each_account() -> None:
    text = (
        "kind: principal\naccount: [dev, prod]\nprincipal: role/x\nreason: runs the pipeline\n"
        "trust: [{aws: 'arn:{partition}:iam::{account_id}:root'}]\n"
    )
    state = desired_state(estate_of({"requests/x.yaml": text}), catalog(), NOW)
    assert {key.account: desired.trust[0].principals for key, desired in state.modules.items()} == {
        "dev": (("AWS", ("arn:aws:iam::444455556666:root",)),),
        "prod": (("AWS", ("arn:aws:iam::111122223333:root",)),),
    }

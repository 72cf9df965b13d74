"""Makes the roles of a large Terraform root in the emulated AWS, so that the root can be measured.

`python -m bench.seed_live PREFIX FIRST LAST TRUST_FILE POLICY_FILE`. To let Terraform make two
thousand resources takes minutes, and more requests at a time than the emulator answers in time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench.principals import ACCOUNT, APPLY_ROLE, POLICY_NAME, name_of
from gitiam.config import Account, Roles
from gitiam.sync.aws.session import AccountSessions, Purpose


def main(prefix: str, first: int, last: int, trust: str, policy: str) -> None:
    """One role with one inline policy for each number, `last` included."""
    account = Account("prod", ACCOUNT, roles=Roles(apply=APPLY_ROLE))
    iam = AccountSessions().iam(account, Purpose.APPLY)
    for number in range(first, last + 1):
        name = name_of(prefix, number)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=name, PolicyName=POLICY_NAME, PolicyDocument=policy)


if __name__ == "__main__":
    prefix, first, last, trust_file, policy_file = sys.argv[1:]
    main(prefix, int(first), int(last), Path(trust_file).read_text(), Path(policy_file).read_text())

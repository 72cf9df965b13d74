"""One run of cloudsplaining over a folder of documents, as its `scan-policy-file` looks at one.

Started in an environment of its own: imports nothing but the standard library and cloudsplaining.
"""

import json
import sys
import time
from pathlib import Path

from cloudsplaining.scan.policy_document import PolicyDocument  # type: ignore[import-not-found]
from cloudsplaining.shared.exclusions import (  # type: ignore[import-not-found]
    DEFAULT_EXCLUSIONS,
)


def main(documents: Path) -> None:
    """Every list of risks that the tool reports; each entry counts as a finding."""
    findings, seconds, failed = 0, [], 0
    for file in sorted(documents.glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        began = time.perf_counter()
        try:
            policy = PolicyDocument(body, exclusions=DEFAULT_EXCLUSIONS)
            found = (
                policy.allows_privilege_escalation,
                policy.allows_data_exfiltration_actions,
                policy.permissions_management_without_constraints,
                policy.credentials_exposure,
                policy.service_wildcard,
                policy.infrastructure_modification,
            )
            findings += sum(map(len, found))
        except Exception:
            failed += 1
        seconds.append(time.perf_counter() - began)
    result = {"policies": len(seconds), "findings": findings, "seconds": seconds, "failed": failed}
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

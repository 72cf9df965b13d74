"""One run of parliament over a folder of documents, with the auditors of its community.

Started in an environment of its own: imports nothing but the standard library and parliament.
"""

import json
import sys
import time
from pathlib import Path

from parliament import analyze_policy_string, enhance_finding  # type: ignore[import-not-found]


def main(documents: Path) -> None:
    """What `parliament --directory … --include-community-auditors` does, without printing it."""
    findings, seconds, failed = 0, [], 0
    for file in sorted(documents.glob("*.json")):
        text = file.read_text(encoding="utf-8")
        began = time.perf_counter()
        try:
            policy = analyze_policy_string(
                text, ignore_private_auditors=True, include_community_auditors=True
            )
            findings += len([enhance_finding(finding) for finding in policy.findings])
        except Exception:
            failed += 1
        seconds.append(time.perf_counter() - began)
    result = {"policies": len(seconds), "findings": findings, "seconds": seconds, "failed": failed}
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

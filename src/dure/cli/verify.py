"""
Check a proof bundle, offline: is what it shows what the log holds, under the witnesses' quorum?

    dure-verify lot.bundle --policy policy

The policy says whom you believe: get it from the cooperative once, not together with the
bundle. Needs nothing but Python and `cryptography`; opens no connection.
Exit status: 0 proven, 1 not proven, 2 a file that cannot be read.
"""

import argparse
import json
import sys
from pathlib import Path

from dure.kernel.errors import DureError, Malformed
from dure.portal.words import say, what_next
from dure.prove.engine.bundle import check_bundle, read_bundle
from dure.prove.engine.policy import read_policy
from dure.prove.engine.verdict import Verdict, verdict


def main(argv: list[str] | None = None) -> int:
    """Check the bundle that the command line names, and say what it proves; gives the status."""
    asked = _arguments().parse_args(argv)
    try:
        found = judge(asked.bundle.read_bytes(), asked.policy.read_bytes())
    except OSError as unread:
        print(f"{unread.filename}: {unread.strerror}", file=sys.stderr)
        return 2
    except DureError as refused:
        _say_no(refused, as_json=asked.json)
        return 2 if isinstance(refused, Malformed) else 1
    if asked.json:
        print(json.dumps({"proven": True, **found.as_json()}, ensure_ascii=False, indent=1))
    else:
        print("\n".join(found.page()))
    return 0


def judge(bundle: bytes, policy: bytes) -> Verdict:
    """Check a bundle against a policy and give the verdict; raises Unproven, Malformed."""
    believed = read_policy(policy)
    return verdict(check_bundle(read_bundle(bundle), believed), believed)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dure-verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", type=Path, help="the bundle: one C2SP tlog-proof or more")
    parser.add_argument("--policy", type=Path, required=True, help="whom you believe: tlog-policy")
    parser.add_argument("--json", action="store_true", help="the verdict as JSON")
    return parser


def _say_no(refused: DureError, *, as_json: bool) -> None:
    reasons = [refused.reason]
    if isinstance(refused.__cause__, DureError):
        reasons.append(refused.__cause__.reason)
    if as_json:
        told = {"proven": False, "reasons": [reason.as_json() for reason in reasons]}
        print(json.dumps(told, ensure_ascii=False, indent=1))
        return
    print("증명되지 않았습니다 · NOT proven\n")
    for language in ("ko", "en"):
        words = [say(reason, language) for reason in reasons]
        nexts = [what_next(reason, language) for reason in reasons]
        print(" ".join(filter(None, [*words, *nexts])))


if __name__ == "__main__":
    sys.exit(main())

"""Runs every case with each protocol against HUB_URL, the base URL of a conformance server.

The last line is `N passed, M failed`; the exit code is 1 when anything failed.
"""

import asyncio
import sys
import traceback

from cases import CASES
from hub import PROTOCOLS

LIMIT = 60  # seconds for one case


def passes(case, protocol):
    name = f"{case.__name__} with {protocol}"
    try:
        asyncio.run(asyncio.wait_for(case(protocol), LIMIT))
    except Exception:
        print(f"FAIL {name}")
        traceback.print_exc(file=sys.stdout)
        return False
    print(f"ok   {name}")
    return True


def main():
    results = [passes(case, protocol) for protocol in PROTOCOLS for case in CASES]
    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

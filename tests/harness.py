# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests in Python share: checks after which a case goes on, a folder for each case, the count that tests/run reads.

A case is a function of its folder, which is deleted afterwards; it may return a text: why it was skipped."""
import shutil
import sys
import tempfile

found = []  # what is wrong in the case that runs


def check(right, what):
    if not right:
        found.append(what)


def skip_all(why):
    print(f"skipped: {why}")
    print("0 passed, 0 failed, 1 skipped")
    sys.exit(0)


def outcome(case):
    """Why it was skipped, or None. An exception, also one that ends a program, is something wrong."""
    folder = tempfile.mkdtemp(prefix="wayfare-test-")
    found.clear()
    try:
        return case(folder)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        found.append(f"{type(error).__name__}: {error}")
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(cases):
    """Those whose name holds the first argument; ends the program."""
    word = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = skipped = 0
    for case in (case for case in cases if word in case.__name__):
        why = outcome(case)
        for what in found:
            print(f"  {case.__name__}: {what}")
        if isinstance(why, str):
            print(f"skipped: {why}")
        failed += bool(found)
        skipped += not found and isinstance(why, str)
        passed += not found and not isinstance(why, str)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)

"""Runs the tests in inside/ within Blender: blender -b --factory-startup --python-exit-code 9 -P run_inside.py -- [PATTERN ...]."""

from __future__ import annotations

import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class TimedResult(unittest.TextTestResult):
    """Says how long each test took, so that a slow one is seen."""

    def startTest(self, test: unittest.TestCase) -> None:
        self._started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        unittest.TestResult.addSuccess(self, test)
        self.stream.writeln(f"ok ({time.monotonic() - self._started:.1f} s)")


def main() -> None:
    sys.dont_write_bytecode = True
    sys.path[:0] = [os.path.dirname(HERE), os.path.join(HERE, "inside")]
    patterns = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    loader = unittest.TestLoader()
    if patterns:
        loader.testNamePatterns = [f"*{pattern}*" for pattern in patterns]
    suite = loader.discover(os.path.join(HERE, "inside"), pattern="test_*.py")
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2, resultclass=TimedResult).run(suite)
    sys.stderr.flush()
    # A run without tests is no success, and a skipped test is none either.
    good = result.wasSuccessful() and result.testsRun > 0 and not result.skipped
    os._exit(0 if good else 1)


main()

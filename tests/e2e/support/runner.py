"""Runs unittest cases and prints them in the form of the C tests, so that all are counted alike.

    class BadInput(runner.TestCase):
        @runner.table([("missing_name", {…}, 400), …])
        def is_refused(self, document, status):        # one test case a row: is_refused_missing_name, …
            …

    if __name__ == "__main__":
        runner.main()
"""

import sys
import traceback
import unittest


def table(rows):
    """The method is run once for each row: the row's first item ends the case's name, the others are the arguments."""

    def mark(method):
        method.rows = rows
        return method

    return mark


class TestCase(unittest.TestCase):
    maxDiff = 10_000

    def __init_subclass__(cls):
        for name, method in list(vars(cls).items()):
            for case, *arguments in getattr(method, "rows", ()):
                test = lambda self, method=method, arguments=arguments: method(self, *arguments)
                setattr(cls, f"test_{name}_{case}", test)


class _Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.failed_names = []

    @staticmethod
    def _name(test):
        return getattr(test, "_testMethodName", str(test)).removeprefix("test_")

    @staticmethod
    def _print(mark, text):
        print(f"[{mark}] {text}", flush=True)

    def startTest(self, test):
        super().startTest(test)
        self._print(" RUN      ", self._name(test))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._print("       OK ", self._name(test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._print("  SKIPPED ", f"{self._name(test)}: {reason}")

    def _add_failure(self, test, error):
        traceback.print_exception(*error, file=sys.stdout)
        self._print("  FAILED  ", self._name(test))
        self.failed_names.append(self._name(test))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self._add_failure(test, error)

    def addError(self, test, error):
        super().addError(test, error)
        self._add_failure(test, error)


def main(suite=None):
    """Runs the suite, or else all of the program, and ends the process."""
    suite = suite or unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = _Result()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)

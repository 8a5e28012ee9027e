"""The process of one coverage-guided target: `python -m tests.fuzz.instrumented TARGET OPTION…`; it ends itself.

Everything that is fuzzed must be imported under the instrumentation, so nothing of it may be imported before.
"""

import sys

import atheris


def main(name: str, options: list[str]) -> None:
    with atheris.instrument_imports(include=["executus", "interpreters", "specs"]):
        from tests.fuzz.targets import TARGETS

    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])

"""Each statement of a rule that is taken out is noticed; and where nobody looks, that is said."""

import subprocess
import sys

from tests.deleting import ROOT, RULES, deletions


def deleting(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tests.deleting", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_statement_of_a_rule_is_needed() -> None:
    done = deleting("executus/rules/templates.py")
    assert done.returncode == 0
    count = sum(one.line > 0 for one in deletions(RULES / "templates.py"))
    assert done.stdout.startswith(f"{count} of {count} deleted statements are noticed")


def test_tests_that_do_not_look_notice_nothing_but_what_they_import() -> None:
    done = deleting("executus/rules/templates.py", "--tests", "tests/executus/rules/test_compaction.py")
    assert done.returncode == 1
    assert "templates.py:14: known = frozenset(names): nothing fails\n" in done.stdout
    assert (
        done.stdout.splitlines()[-1]
        == "3 of 8 deleted statements are noticed (3 times the tests can't be imported)"
    )


def test_every_statement_of_the_rules_is_taken_out_once_and_no_docstring_is() -> None:
    every = [one for path in sorted(RULES.glob("*.py")) for one in deletions(path)]
    taken = [one for one in every if one.line]
    assert len(taken) == len({(one.path, one.line, one.text) for one in taken}) > 250
    assert not [one for one in taken if one.text.startswith(("'", '"'))]
    assert {one.path for one in every} == set(RULES.glob("*.py"))

"""`python -m tests.bank [WORD…]`: plants every defect whose name has a word in it, and says what each check
caught.

Ends with `bug bank: n of n` and 0, or with what was missed and 1. `--page` writes the table of
docs/proof/bug-bank.md.
"""

import sys
from pathlib import Path

from tests.bank.checking import caught
from tests.bank.defects import Check, Defect, defects
from tests.bank.everything import every_check
from tests.bank.page import filled
from tests.bank.planting import Unplantable, planted

PAGE = Path(__file__).parents[2] / "docs" / "proof" / "bug-bank.md"


def main(words: list[str]) -> int:
    wanted = [word for word in words if word != "--page"]
    wanted = [word for word in wanted if word != "--every"]
    bank = [one for one in defects() if all(word.lower() in one.name.lower() for word in wanted)]
    if "--every" in words:
        return _everything(bank)
    well, found = 0, dict[str, dict[Check, int]]()
    for defect in bank:
        missed, found[defect.name] = judged(defect)
        well += not missed
        print(told(defect, found[defect.name], missed), flush=True)
    print(f"bug bank: {well} of {len(bank)}")
    if "--page" in words and not wanted and well == len(bank):
        PAGE.write_text(filled(PAGE.read_text("utf-8"), bank, found), "utf-8")
    return 0 if bank and well == len(bank) else 1


def _everything(bank: list[Defect]) -> int:
    """All checks there are, and who of them notices: for whoever adds a defect."""
    for defect in bank:
        with planted(defect.texts):
            print(told(defect, caught(every_check()), []), flush=True)
    return 0


def judged(defect: Defect) -> tuple[list[str], dict[Check, int]]:
    """Which of its checks a defect escaped, or why it could not be planted; and what caught it."""
    try:
        with planted(defect.texts):
            found = caught(defect.checks)
    except Unplantable as error:
        return [str(error)], {}
    return [f"{check} misses it" for check in defect.checks if check not in found], found


def told(defect: Defect, found: dict[Check, int], missed: list[str]) -> str:
    lines = [f"{'MISSED' if missed else 'caught'}  {defect.name}"]
    for check, worlds in found.items():
        where = f": world {worlds} of {check.within}" if worlds else ""
        lines.append(f"          {str(check)[:140]}{where}")
    return "\n".join([*lines, *[f"       !! {line}" for line in missed]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

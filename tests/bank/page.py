"""The page of the bug bank: the table between its two marks, a row for each defect.

Law: the table is written by the command that plants the defects, and a test holds that it names all of them.
"""

from tests.bank.defects import Check, Defect

BEGIN, END = "<!-- the bank -->", "<!-- the end of the bank -->"


def filled(page: str, bank: list[Defect], found: dict[str, dict[Check, int]]) -> str:
    """The page with today's table in it."""
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    checks = sum(len(one.checks) for one in bank)
    head = [
        f"bug bank: {len(bank)} of {len(bank)}, by {checks} checks",
        "",
        "| defect | file | caught by |",
        "| --- | --- | --- |",
    ]
    rows = [f"| {one.name} | {one.file} | {caught_by(one, found[one.name])} |" for one in bank]
    return "\n".join([before + BEGIN, "", *head, *rows, "", END + after])


def caught_by(defect: Defect, found: dict[Check, int]) -> str:
    """Its checks, each with the worlds it is given and those it took."""
    return "; ".join(_said(check, found.get(check, 0)).replace("|", "\\|") for check in defect.checks)


def _said(check: Check, worlds: int) -> str:
    text = str(check)
    text = text if len(text) <= 100 else text[:100] + "…"
    return f"{text}, within {check.within} worlds ({worlds} took)" if check.within else text

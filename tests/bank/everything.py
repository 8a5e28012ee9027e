"""Every check there is, for whoever plants a defect and wants to know who would notice."""

import tomllib

from tests.bank.checking import ROOT, written
from tests.bank.defects import Check
from tests.bank.searching import ITSELF, LAW
from tests.tables import TABLES

MOST_WORLDS = 500


def every_check(most: int = MOST_WORLDS) -> list[Check]:
    """All there are, for whoever wants to know which of them catch a defect."""
    found = [Check("law", name, most) for name in LAW] + [Check("oracle", "the status", most)]
    found += [Check("itself", name, most) for name in ITSELF]
    found += [Check("breaks", name, most) for name in ("KeyError", "ValueError", "AssertionError", "TypeError")]
    found += [Check("scenario", path.stem) for path in sorted((ROOT / "specs/scenarios").glob("*.toml"))]
    found += [Check("golden", path.stem) for path in sorted((ROOT / "specs/transcripts").glob("*.xrec"))]
    for path in sorted(TABLES.glob("*.toml")):
        kinds = tomllib.loads(path.read_text("utf-8"))
        found += [
            Check("row", f"{path.stem}/{kind}: {written(row)}") for kind, every in kinds.items() for row in every
        ]
    return found

"""Write what the studies find at their defaults: python tools/stored.py [NAME …] [--check].

A page shows the stored outcome at once, and the live one when it is there.
"""

from __future__ import annotations

import sys

from cutaway.studies import named
from cutaway.studies.run import stored
from cutaway.studies.run.discovery import own


def main(arguments: list[str]) -> int:
    """Write the files, or with --check say which are not current."""
    names = [word for word in arguments if not word.startswith("--")]
    status = 0
    for study in map(named, names or own()):
        outcome = study.run()
        if "--check" in arguments:
            current = stored.current(study, outcome)
            print(f"{study.name}: {'current' if current else 'not current; run make stored'}")
            status |= not current
            continue
        path = stored.write(study, outcome)
        print(f"wrote {path.name} ({path.stat().st_size / 1000:,.0f} kB)")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

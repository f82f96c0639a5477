"""`python -m cutaway.compare.run.survey`: this Python and the frameworks that it has, as one line of JSON."""

from __future__ import annotations

import json
import platform

from cutaway.compare.run.frameworks import FRAMEWORKS, versions


def found() -> dict[str, object]:
    """The Python's version, and framework -> the versions of its packages, the first being its own."""
    listed = {name: versions(name) for name in FRAMEWORKS}
    return {
        "python": platform.python_version(),
        "frameworks": {name: found for name, found in listed.items() if found is not None},
    }


if __name__ == "__main__":
    print(json.dumps(found()))

"""Write the packaged atlas from what `cutaway compare --all --json FILE` wrote: python tools/atlas.py FILE [MORE …].

A line for each topic, so that the difference of two runs can be read. A topic of a later file takes the place of an
earlier one. Nothing is written if a topic is missing or one does not stand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cutaway.compare.run.discovery import own

PLACE = Path(__file__).parents[1] / "src" / "cutaway" / "data" / "atlas.json"


def joined(parts: list[dict[str, Any]]) -> dict[str, Any]:
    """One atlas of all parts: the date of the last, the versions of all, topics by name.

    Raises:
        SystemExit: two parts were run with different versions.
    """
    versions: dict[str, str] = {}
    topics: dict[str, Any] = {}
    for part in parts:
        for name, version in part["versions"].items():
            if versions.setdefault(name, version) != version:
                raise SystemExit(f"{name} was run as {versions[name]} and as {version}; run all of it with one")
        topics |= part["topics"]
    return {**parts[-1], "versions": versions, "topics": dict(sorted(topics.items()))}


def lines(atlas: dict[str, Any]) -> str:
    """The atlas as JSON, a line for each topic."""

    def line(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    head = "".join(f'"{name}":{line(value)},\n' for name, value in atlas.items() if name != "topics")
    body = ",\n".join(f'"{name}":{line(one)}' for name, one in atlas["topics"].items())
    return f'{{{head}"topics":{{\n{body}\n}}}}\n'


def main(arguments: list[str]) -> int:
    """Write the file, or say why not."""
    atlas = joined([json.loads(Path(path).read_text("utf-8")) for path in arguments])
    missing = sorted(set(own()) - set(atlas["topics"]))
    broken = [name for name, one in atlas["topics"].items() if not one["stands"]]
    if missing or broken:
        print(f"not written; missing: {missing}; not as stated: {broken}", file=sys.stderr)
        return 1
    atlas["topics"] = {name: atlas["topics"][name] for name in own()}
    text = lines(atlas)
    PLACE.write_text(text, "utf-8")
    print(f"wrote {PLACE.name}: {len(atlas['topics'])} topics, {len(text.encode()) / 1000:,.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

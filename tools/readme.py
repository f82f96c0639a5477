"""Fill in what the README quotes: python tools/readme.py [NAME …], with the test extra installed.

All blocks, or those named. Between `<!-- begin: NAME -->` and `<!-- end -->` stands what a command prints
(tools/transcripts.py), or the table of benchmarks.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import bench_table
import transcripts

README = Path(__file__).parents[1] / "README.md"
BLOCK = re.compile(r"(<!-- begin: ([\w-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def names(text: str) -> list[str]:
    """Of the blocks in the text."""
    return [found[2] for found in BLOCK.finditer(text)]


def block(name: str) -> str:
    """What stands between the markers of that name now."""
    if name == "benchmarks":
        return "\n" + bench_table.table() + "\n\n"
    return "\n```text\n" + transcripts.TRANSCRIPTS[name]() + "```\n\n"


def written(text: str, name: str) -> str:
    """What stands between them in the text."""
    return next(found[3] for found in BLOCK.finditer(text) if found[2] == name)


def main() -> int:
    """Write the README."""
    before = README.read_text("utf-8")
    wanted = sys.argv[1:] or names(before)
    after = BLOCK.sub(lambda each: each[1] + (block(each[2]) if each[2] in wanted else each[3]) + each[4], before)
    README.write_text(after, "utf-8")
    print("README.md: " + ("as it was" if after == before else "filled in anew"))
    return 0


if __name__ == "__main__":
    sys.exit(main())

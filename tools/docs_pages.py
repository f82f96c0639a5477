"""Write the pages of the documentation that are generated: python tools/docs_pages.py [DOCS].

Into the folder pages of DOCS, by default of docs: a page a check, a comparison, a topic of the API, a set of data, and
a study, with the study itself in it as stored; what commands print; the drawings of the architecture. What has no page,
or no docstring, stops the build.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import bench_table
import docs_api
import docs_graph
import transcripts

from cutaway import report
from cutaway.checks import discover as checks
from cutaway.cli import pages
from cutaway.compare.run.discovery import discover as comparisons
from cutaway.studies import discover as studies
from cutaway.studies.run.stored import stored

ROOT = Path(__file__).parents[1]
PLACE = Path(sys.argv[1] if __name__ == "__main__" and len(sys.argv) > 1 else ROOT / "docs") / "pages"
ATLAS = ROOT / "src" / "cutaway" / "data" / "atlas.json"
SCIENCE = {  # study -> the derivation under it
    "logit": "log-loss",
    "focal": "focal-loss",
    "convnet": "convolution",
    "precision-recall": "auc-and-delong",
    "cauchy": "heavy-tails",
    "clt": "heavy-tails",
    "lockdown": "renewal",
    "cartpole": "cart-and-pole",
}


def write(path: str, text: str) -> None:
    """A page below docs/pages."""
    to = PLACE / path
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(text, "utf-8")


def contents(names: list[str]) -> str:
    """A hidden table of contents: the sidebar has it."""
    return "\n```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```\n"


def listing(title: str, told: str, columns: tuple[str, ...], rows: list[str]) -> str:
    """A page that is a table."""
    head = [f"# {title}", "", told, "", "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*head, *rows, ""])


def of_checks() -> None:
    """What each asks, as `cutaway checks --markdown` has it."""
    found = tuple(one for one in checks() if not one.origin)
    for one in found:
        write(f"checks/{one.code.lower()}.md", pages.markdown_page(one))
    head = "# Checks\n\nEach asks one question of a table, of scores, of a network or of a folder of images.\n\n"
    write("checks/index.md", head + pages.markdown_list(found) + contents([one.code.lower() for one in found]))


def of_comparisons() -> None:
    """The packaged atlas: what was run, with versions and date."""
    atlas = json.loads(ATLAS.read_text("utf-8"))
    topics: dict[str, Any] = atlas["topics"]
    if absent := [one.name for one in comparisons() if not one.origin and one.name not in topics]:
        raise SystemExit(f"not in the atlas, and so without a page: {', '.join(absent)}; run make atlas")
    run = f"Run on {atlas['date']} with Python {atlas['python']}."
    for name, topic in topics.items():
        write(f"compare/{name}.md", _comparison(name, topic, run))
    rows = [f"| [{topic['title']}]({name}.md) | {_cell(topic['question'])} |" for name, topic in topics.items()]
    versions = ", ".join(f"{name} {version}" for name, version in atlas["versions"].items() if version)
    told = f"What frameworks returned for the same input. {run}\n\n{versions}."
    write("compare/index.md", listing("Comparisons", told, ("topic", "question"), rows) + contents(list(topics)))


def _comparison(name: str, topic: dict[str, Any], run: str) -> str:
    answer = topic["answer"]
    out = [
        f"# {topic['title']}",
        "",
        topic["question"],
        "",
        answer[:1].upper() + answer[1:],
        "",
        "## What each returned",
        "",
    ]
    out += ["| group | framework | call | formula | value |", "|---|---|---|---|---|"]
    for row in sorted(topic["rows"], key=lambda row: row["group"] or "~"):
        value = json.dumps(row["value"]) if row["status"] == "ran" else row["status"]
        value = value if len(value) <= 60 else value[:57] + "…"
        version = row["version"] or ""
        formula = row["formula"].replace(" ", "\u00a0") if len(row["formula"]) <= 24 else row["formula"]  # on one line
        cells = (row["group"] or "", f"{row['framework']} {version}", f"`{row['call']}`", formula, value)
        out.append("| " + " | ".join(_cell(str(one)) for one in cells) + " |")
    for one in topic["converters"]:
        held = {True: "proved", False: "**does not hold**", None: "not run"}[one["holds"]]
        out += [
            "",
            f"## From {one['from']} to {one['to']}",
            "",
            f"{one['exactness'].capitalize()}, {held}. {one['reason']}".strip(),
            "",
        ]
        if one["code"]:
            out += ["```python", one["code"].rstrip(), "```"]
    return "\n".join(
        [*out, "", f"{run} `cutaway compare {name}` runs it afresh.", "", f"Source: {topic['source']}", ""]
    )


def of_studies() -> None:
    """Each with its own page in a frame, working from the stored result."""
    rows, names = [], []
    for study in studies():
        if study.origin:
            continue  # of a plug-in
        outcome = stored(study)
        if outcome is None:
            raise SystemExit(f"{study.name}: no stored result; run make stored")
        data = {"kind": "study", "study": study.describe(), "outcomes": [outcome]}
        alone = report.page("study", data, study.title, f"<p>{study.sections['question']}</p>")
        write(f"extra/studies/{study.name}.html", alone)
        write(f"studies/{study.name}.md", _study(study, outcome))
        rows.append(f"| [{study.title}]({study.name}.md) | {study.group} | {_cell(study.sections['question'])} |")
        names.append(study.name)
    told = "A question each, answered by an experiment that can be moved."
    write("studies/index.md", listing("Studies", told, ("study", "group", "question"), rows) + contents(names))


def _study(study: Any, outcome: dict[str, Any]) -> str:
    out = ["---", "hide-toc: true", "---", ""]  # the study takes the whole width
    out += [f"# {study.title}", "", f"**{study.sections['question']}** {_flat(study.sections['answer'])}", ""]
    out += [
        "```{raw} html",
        f'<iframe class="study" src="../../studies/{study.name}.html" title="{study.title}"></iframe>',
    ]
    out += [f'<p><a href="../../studies/{study.name}.html">The study on a page of its own</a></p>', "```", ""]
    if study.name in SCIENCE:
        out += [f"The science under it: [](../../science/{SCIENCE[study.name]}.md).", ""]
    out += ["## What it claims", "", "Each claim is a test that was run on the stored result.", ""]
    words = {True: "holds", False: "fails", None: "says nothing at the defaults"}
    out += [f"- {_flat(one['text'])} ({words[one['holds']]})" for one in outcome["claims"]]
    out += ["", "## What can be moved", "", "| parameter | default | |", "|---|---|---|"]
    for one in study.describe()["parameters"]:
        out.append(f"| {_cell(one['label'])} | {_cell(str(one['default']))} | {_cell(one.get('help') or '')} |")
    out += ["", "```sh", f"cutaway study {study.name}", "cutaway lab  # and choose it there", "```", ""]
    return "\n".join([*out, f"Source: {_flat(study.sections['source'])}", ""])


def of_names() -> None:
    """The topics of science, and what the package hands on."""
    names = []
    for name, module, public in docs_api.topics():
        write(f"api/{name}.md", docs_api.page("cutaway" if name == "cutaway" else f"cutaway.{name}", module, public))
        names.append(name)
    write(
        "api/index.md",
        "# Public names\n\n" + "\n".join(f"- [{name}]({name}.md)" for name in names) + "\n" + contents(names),
    )


def of_data() -> None:
    """What is known of each set of data that the package carries: source, licence, columns."""
    names = []
    for path in sorted(ATLAS.parent.glob("*.md")):
        write(f"data/{path.name}", path.read_text("utf-8"))
        names.append(path.stem)
    told = "What the package carries, where it is from, and under which licence."
    listed = "\n".join(f"- [](./{name}.md)" for name in names)
    write("data/index.md", f"# Data\n\n{told}\n\n{listed}\n" + contents(names))


def of_commands() -> None:
    """What the written pages quote, the table of benchmarks, and the drawings."""
    write("output/audit.txt", transcripts.audit())
    write("benchmarks.md", "# How fast\n\n" + bench_table.table() + "\n")
    for name, drawn in docs_graph.drawings().items():
        write(name, drawn)


def referred() -> None:
    """Every `topic.name` that a written page speaks of exists."""
    known = {name: set(dir(module)) for name, module, _ in docs_api.topics()}
    wrong = []
    for path in (ROOT / "docs").glob("**/*.md"):
        if "pages" in path.parts:
            continue
        for topic, name in re.findall(r"`(\w+)\.(\w+)(?:\([^`]*)?`", path.read_text("utf-8")):
            if topic in known and topic != "cutaway" and name not in known[topic] and name not in ("py", "md", "json"):
                wrong.append(f"{path.name}: {topic}.{name}")
    if wrong:
        raise SystemExit("no such name: " + ", ".join(wrong))


def _flat(text: str) -> str:
    return re.sub("[ \t\r\n]+", " ", str(text)).strip()


def _cell(text: str) -> str:
    return _flat(text).replace("|", "\\|")


def main() -> int:
    """All of them."""
    shutil.rmtree(PLACE, ignore_errors=True)
    for part in (of_checks, of_comparisons, of_studies, of_names, of_data, of_commands, referred):
        part()
    print(f"wrote {sum(1 for one in PLACE.glob('**/*') if one.is_file())} files below {PLACE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

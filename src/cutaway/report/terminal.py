"""An audit on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cutaway.core.audit import Audit, ImagesAudit, NetworkAudit, ScoreFacts
from cutaway.core.findings import Finding, Outcome
from cutaway.report import numerals
from cutaway.report.facts import by_severity, facts, heading, label, model_facts, set_aside, tally
from cutaway.report.forest import Forest
from cutaway.report.images import class_rows
from cutaway.report.network import layer_rows
from cutaway.report.scores import TITLE, lines, remarks
from cutaway.report.scores import heading as heading_of_scores
from cutaway.report.text import counted, plain, remark, sentence, shorten
from cutaway.report.verdict import verdict

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

# Nearly always one character for one, so that what was laid out stays laid out.
_ASCII = str.maketrans(
    {**dict(zip("“”‘’–−·×●○─│┼…→←\u00a0", "\"\"''--.xo.-|+~>< ", strict=True)), "≤": "<=", "≥": ">=", "±": "+/-"}
)
_SENTENCES_SHOWN = 3
_FULL_FINDINGS = 3  # of one check, told in full
_LAYERS_SHOWN = 30


def render(audit: Audit | ImagesAudit | NetworkAudit, console: Console) -> None:
    """Print the whole report: verdict, tally, findings with their remedies, coefficients, how it was made; of a
    network its layers.

    Colour only repeats what words say. Text from the data is shown as text: neither Rich's markup nor a control
    character in it has any effect. On a terminal whose encoding is not Unicode, typographic characters become ASCII
    ones.
    """
    if console.encoding.lower().startswith("utf"):
        _render(audit, console)
        return
    with console.capture() as captured:
        _render(audit, console)
    console.file.write(_in_encoding(captured.get(), console.encoding))


def _in_encoding(text: str, encoding: str) -> str:
    """The text with every character that the encoding lacks replaced by its like, or else by an escape."""
    lacking: dict[str, str | int | None] = {
        mark: mark.translate(_ASCII) for mark in set(text) if not _encodable(mark, encoding)
    }
    return text.translate(str.maketrans(lacking)).encode(encoding, "backslashreplace").decode(encoding)


def _encodable(mark: str, encoding: str) -> bool:
    try:
        mark.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _render(audit: Audit | ImagesAudit | NetworkAudit, console: Console) -> None:
    for block in _blocks(audit, min(console.width, 120)):
        console.print(block, highlight=False, markup=False, emoji=False)


def _text(content: str, style: str = "", keep: str = "") -> Text:
    from rich.text import Text

    return Text(plain(content, keep), style=style)


def _indented(content: RenderableType, by: int) -> RenderableType:
    from rich.padding import Padding

    return Padding(content, (0, 0, 0, by))


def _blocks(audit: Audit | ImagesAudit | NetworkAudit, width: int) -> Iterator[RenderableType]:
    yield ""
    yield _text(heading(audit), "bold")
    yield _text(" · ".join(facts(audit)), "dim")
    yield ""
    yield _indented(_text(verdict(audit)), 0)
    yield ""
    yield _tally(audit)
    findings = by_severity(audit)
    crashed = [outcome for outcome in audit.outcomes if outcome.status == "crashed"]
    if crashed:
        yield from _titled("Crashed: these questions are open", _lines(crashed, "reason"))
    for status, title in (("issue", "Issues"), ("tip", "Tips")):
        chosen = [pair for pair in findings if pair[1].status == status]
        if chosen:
            yield from _titled(title, _findings(chosen))
    yield from _of_table(audit, width) if isinstance(audit, Audit) else _of_rows(audit)
    passed = [outcome for outcome in audit.outcomes if outcome.status == "passed"]
    if passed:
        yield from _titled("Passed", _lines(passed, "passed"))
    other = [outcome for outcome in audit.outcomes if outcome.status == "not applicable"]
    if other:
        yield from _titled("Not applicable", _lines(other, "reason"))
    yield ""
    yield _text(f"cutaway {audit.version} · seed {audit.seed} · {audit.seconds:.1f} s", "dim")


def _of_table(audit: Audit, width: int) -> Iterator[RenderableType]:
    if audit.scores is not None:
        yield from _titled(TITLE, _scores(audit.scores))
    if audit.model is not None and audit.model.coefficients:
        yield from _titled("What each feature does", Forest(audit.model, width).blocks())
    if audit.sentences:
        yield from _titled("What may be said of it", _sentences(audit))
    yield from _titled("How the model was made", _model(audit))


def _of_rows(audit: ImagesAudit | NetworkAudit) -> Iterator[RenderableType]:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right"):
        grid.add_column(justify=justify)
    rows = layer_rows(audit) if isinstance(audit, NetworkAudit) else class_rows(audit)
    for name, kind, held in rows[:_LAYERS_SHOWN]:
        grid.add_row(_text(shorten(name, 40)), _text(kind, "dim"), _text(held))
    if rows:
        yield from _titled("Layers" if isinstance(audit, NetworkAudit) else "Classes", [grid])
    if len(rows) > _LAYERS_SHOWN:
        yield _text(f"{len(rows) - _LAYERS_SHOWN} more in the HTML and JSON reports.", "dim")
    for note in audit.notes:
        yield _text(remark(note))


def _titled(title: str, blocks: Iterable[RenderableType]) -> Iterator[RenderableType]:
    yield ""
    yield _text(title.upper(), "bold")
    yield from blocks


def _tally(audit: Audit | ImagesAudit | NetworkAudit) -> Text:
    line = _text("")
    for position, (number, name) in enumerate(tally(audit)):
        loud = number > 0 and name in {"issue", "issues", "crashed"}
        line.append(" · " if position else "")
        line.append(f"{number}", style="bold red" if loud else "bold")
        line.append(f" {name}")
    return line


def _findings(pairs: list[tuple[Outcome, Finding]]) -> Iterator[RenderableType]:
    told: set[str] = set()
    counts: Counter[str] = Counter()
    brief: list[tuple[Outcome, Finding]] = []
    for outcome, finding in pairs:
        counts[outcome.code] += 1
        if counts[outcome.code] > _FULL_FINDINGS:
            brief.append((outcome, finding))
            continue
        if sum(counts.values()) > 1:
            yield ""
        line = _text("● " if finding.status == "issue" else "○ ", "red" if finding.status == "issue" else "blue")
        line.append_text(_text(f"{label(outcome)}  ", "dim"))
        line.append(f"{finding.severity} severity" if finding.status == "issue" else "tip", style="dim")
        yield line
        yield _indented(_text(sentence(finding.title), "bold"), 2)
        if finding.detail:
            yield _indented(_text(sentence(finding.detail)), 2)
        if finding.evidence:
            shown = (numerals.named(name, value) for name, value in finding.evidence.items())
            yield _indented(_text(" · ".join(f"{name}: {value}" for name, value in shown), "dim"), 2)
        yield _indented(_text(f"→ {finding.remedy.text}"), 2)
        for framework, code in finding.remedy.code.items():
            if code in told:
                continue
            told.add(code)
            yield _indented(_text(f"{framework}:", "dim"), 4)
            yield _indented(_text(code.rstrip("\n"), "cyan", keep="\n\t"), 6)
    if brief:
        yield from _brief(brief)


def _brief(pairs: list[tuple[Outcome, Finding]]) -> Iterator[RenderableType]:
    """The further findings of checks that have many, one line each."""
    from rich.table import Table

    yield ""
    yield _text("And by title alone; the HTML and JSON reports have all of each:", "dim")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    for outcome, finding in pairs:
        grid.add_row(_text(outcome.code, "dim"), _text(sentence(finding.title)))
    yield grid


def _lines(outcomes: Iterable[Outcome], attribute: str) -> Iterator[RenderableType]:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    for outcome in outcomes:
        reason = str(getattr(outcome, attribute)) or outcome.status
        name = label(outcome).removeprefix(outcome.code).strip()
        grid.add_row(_text(outcome.code, "dim"), _text(f"{name}: {remark(reason)}" if name else remark(reason)))
    yield grid


def _scores(scores: ScoreFacts) -> Iterator[RenderableType]:
    from rich.table import Table

    yield _text(heading_of_scores(scores), "dim")
    grid = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "right", "left"):
        grid.add_column(no_wrap=justify == "right", justify=justify)
    for line in lines(scores):
        grid.add_row(_text(line.name), _text(line.value, "bold"), _text(line.interval, "dim"), _text(line.of, "dim"))
    yield grid
    for remark_ in remarks(scores):
        yield _text(remark_)


def _sentences(audit: Audit) -> Iterator[RenderableType]:
    from rich.table import Table

    shown = audit.sentences[:_SENTENCES_SHOWN]
    for position, each in enumerate(shown):
        if position:
            yield ""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(no_wrap=True)
        grid.add_column(ratio=1)
        grid.add_row(_text("you may say", "blue"), _text(sentence(each.may_say)))
        wrong = _text(f"“{each.do_not_say.strip('“”')}”")
        wrong.append_text(_text(f" {sentence(each.why_not)}", "dim"))
        grid.add_row(_text("do not say", "red"), wrong)
        yield grid
    if len(audit.sentences) > len(shown):
        yield _text(f"{len(audit.sentences) - len(shown)} more in the HTML and JSON reports.", "dim")


def _model(audit: Audit) -> Iterator[RenderableType]:
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    target = audit.target
    if audit.model is None:
        grid.add_row(_text("model", "dim"), _text("none; no feature was left to fit one on"))
    else:
        for name, value in model_facts(audit, audit.model):
            grid.add_row(_text(shorten(name, 32), "dim"), _text(value))
    if target.positive is not None:
        chosen = f" ({target.positive_chosen})" if target.positive_chosen else ""
        grid.add_row(_text("positive class", "dim"), _text(f"“{target.positive}”{chosen}"))
    total = sum(target.counts) or 1
    classes = ", ".join(
        f"{name} {count:,} ({numerals.percent(count / total)})"
        for name, count in zip(target.classes, target.counts, strict=True)
    )
    grid.add_row(_text("classes", "dim"), _text(classes))
    for reason, rows in audit.table.left_out.items():
        grid.add_row(_text("left out", "dim"), _text(f"{counted(rows, 'row')}: {reason}"))
    if audit.model is not None:
        for columns, reason in set_aside(audit.model):
            grid.add_row(_text("set aside", "dim"), _text(f"{', '.join(columns)}: {reason}"))
        for treatment in audit.model.treatments:
            grid.add_row(_text("treated", "dim"), _text(sentence(treatment)))
    for note in audit.notes:
        grid.add_row(_text("note", "dim"), _text(remark(note)))
    yield grid

"""The quieter parts of the page: sentences, how the model was made, what passed and what had no question to ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cutaway.core.audit import Audit, Sentences
from cutaway.core.findings import Outcome
from cutaway.report import numerals
from cutaway.report.facts import label, model_facts, set_aside
from cutaway.report.markup import Markup, join, tag
from cutaway.report.text import counted, remark, sentence

OPEN_SENTENCES = 3


def sentences(all_of_them: tuple[Sentences, ...]) -> Markup:
    """What may be said beside what may not; beyond the third pair in a list that opens."""
    rest = all_of_them[OPEN_SENTENCES:]
    return join(
        [_pair(each) for each in all_of_them[:OPEN_SENTENCES]],
        tag("details", tag("summary", f"{counted(len(rest), 'more pair')}"), [_pair(each) for each in rest])
        if rest
        else None,
    )


def _pair(each: Sentences) -> Markup:
    return tag(
        "div",
        tag("div", tag("p", "You may say", class_="small"), tag("p", sentence(each.may_say)), class_="may"),
        tag(
            "div",
            tag("p", "Do not say", class_="small"),
            tag("p", f"“{each.do_not_say.strip('“”')}” ", sentence(each.why_not), class_="wrong"),
            class_="may-not",
        ),
        class_="say",
    )


def making(audit: Audit) -> Markup:
    """How the model was made: numbers, what was set aside and why, how columns were treated, rows left out, notes."""
    target, model = audit.target, audit.model
    facts = [] if model is None else model_facts(audit, model)
    if target.positive is not None:
        chosen = f", {target.positive_chosen}" if target.positive_chosen else ""
        facts.append(("positive class", f"“{target.positive}”{chosen}"))
    facts.extend(("left out", f"{counted(rows, 'row')}: {reason}") for reason, rows in audit.table.left_out.items())
    lists: list[tuple[str, Sequence[str]]] = [
        (
            "Set aside",
            []
            if model is None
            else [
                join(tag("b", tag("bdi", ", ".join(columns))), f": {reason}") for columns, reason in set_aside(model)
            ],
        ),
        ("Treatment of the columns", [] if model is None else [sentence(treatment) for treatment in model.treatments]),
        ("Notes", [remark(note) for note in audit.notes]),
    ]
    return join(
        tag("p", "No feature was left to fit a model on.") if model is None else None,
        tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts], class_="facts")
        if facts
        else None,
        _classes(audit),
        [
            join(tag("h3", name), tag("ul", [tag("li", item) for item in items], class_="plain"))
            for name, items in lists
            if items
        ],
    )


def _classes(audit: Audit) -> Markup | None:
    """Rows of each class, where there are more than two."""
    target = audit.target
    if len(target.classes) < 3:
        return None
    total = sum(target.counts) or 1
    rows = [
        tag(
            "tr",
            tag("th", tag("bdi", name), scope="row"),
            tag("td", f"{count:,}"),
            tag("td", numerals.percent(count / total)),
        )
        for name, count in zip(target.classes, target.counts, strict=True)
    ]
    head = tag("tr", tag("th", "class", scope="col"), tag("th", "rows", scope="col"), tag("th", "share", scope="col"))
    table = tag("table", tag("thead", head), tag("tbody", rows), class_="exact narrow")
    if len(rows) > 12:
        return tag("details", tag("summary", f"The {len(rows)} classes"), table)
    return join(tag("h3", "Classes"), table)


def outcomes(those: Iterable[Outcome], attribute: str) -> Markup:
    """One line a check: its name and why, or what has been shown."""
    return tag("ul", [tag("li", _outcome(each, str(getattr(each, attribute)))) for each in those], class_="checks")


def _outcome(outcome: Outcome, why: str) -> Markup:
    return join(tag("span", label(outcome), class_="name"), " ", tag("span", remark(why)) if why else None)

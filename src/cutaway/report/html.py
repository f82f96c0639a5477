"""An audit as one static HTML page: no script, no request to anywhere, readable on paper, phone and in the dark."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from cutaway.core.audit import Audit
from cutaway.core.findings import Finding, Outcome
from cutaway.report.facts import by_severity, facts, heading, tally
from cutaway.report.markup import Markup, join, tag
from cutaway.report.page.cards import cards
from cutaway.report.page.forest import forest
from cutaway.report.page.particulars import making, outcomes, sentences
from cutaway.report.page.worth import worth
from cutaway.report.scores import TITLE
from cutaway.report.text import plain
from cutaway.report.verdict import verdict


def render(audit: Audit) -> str:
    """The page as text, to be written as UTF-8.

    In order: the verdict, the issues, what the scores are worth, what each feature does, what may be said, the tips,
    how the model was made,
    what passed and what was not applicable. Every text is escaped; the page's policy forbids scripts and requests.
    """
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="generator", content=f"cutaway {audit.version}".strip()),
        tag("title", plain(heading(audit))),
        tag("style", Markup(_style())),
    )
    body = tag("body", tag("main", _top(audit), _sections(audit), _foot(audit)))
    return Markup("<!doctype html>\n" + tag("html", head, body, lang="en") + "\n")


@cache
def _style() -> str:
    return (files("cutaway.report") / "style.css").read_text(encoding="utf-8")


def _top(audit: Audit) -> Markup:
    counts = [
        join(
            " · " if position else None, tag("b", str(number), class_="harm" if name == "crashed" else None), f" {name}"
        )
        for position, (number, name) in enumerate(tally(audit))
    ]
    return tag(
        "header",
        tag("h1", heading(audit)),
        tag("p", " · ".join(facts(audit)), class_="small"),
        tag("p", verdict(audit), class_="verdict"),
        tag("p", counts, class_="tally"),
    )


def _sections(audit: Audit) -> Markup:
    findings = by_severity(audit)
    issues = [pair for pair in findings if pair[1].status == "issue"]
    tips = [pair for pair in findings if pair[1].status == "tip"]
    by_status = {
        status: [o for o in audit.outcomes if o.status == status] for status in ("crashed", "passed", "not applicable")
    }
    model = audit.model
    return join(
        _section("Crashed: these questions are open", outcomes(by_status["crashed"], "reason"), by_status["crashed"]),
        _findings("What to act on first", issues),
        _section(TITLE, tag("div", worth(audit.scores), class_="card wide"), audit.scores.metrics)
        if audit.scores is not None
        else None,
        _section("What each feature does", tag("div", forest(model), class_="card wide"), model.coefficients)
        if model is not None
        else None,
        _section("What may be said of it", tag("div", sentences(audit.sentences), class_="card wide"), audit.sentences),
        _findings("Tips", tips),
        _section("How the model was made", making(audit), (audit,)),
        _section("What passed", outcomes(by_status["passed"], "passed"), by_status["passed"]),
        _section("Not applicable", outcomes(by_status["not applicable"], "reason"), by_status["not applicable"]),
    )


def _findings(title: str, pairs: list[tuple[Outcome, Finding]]) -> Markup | None:
    return _section(title, cards(pairs), pairs) if pairs else None


def _section(title: str, content: Markup, something: object) -> Markup | None:
    return tag("section", tag("h2", title), content) if something else None


def _foot(audit: Audit) -> Markup:
    return tag("footer", f"cutaway {audit.version} · seed {audit.seed} · {audit.seconds:.1f} s", class_="small")

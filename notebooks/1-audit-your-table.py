"""Audit your table: a notebook of marimo.

pip install 'cutaway[notebook]' marimo pandas
marimo edit 1-audit-your-table.py
"""

import marimo

app = marimo.App(app_title="Audit your table")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Audit your table

    An audit asks some thirty questions of a table and of a plain logistic model of it. Here it is asked of people in crashed cars in the
    United States (NASS CDS, 1997 to 2002), which come with cutaway. Put your own file in the place of `table`.
    """)
    return


@app.cell
def _():
    from pathlib import Path

    import marimo as mo
    import pandas as pd

    import cutaway

    return Path, cutaway, mo, pd


@app.cell
def _(Path, cutaway, pd):
    table = pd.read_parquet(Path(cutaway.__file__).parent / "data" / "nasscds.parquet").head(4_000)
    target = "dead"
    table.head()
    return table, target


@app.cell
def _(cutaway, table, target):
    audit = cutaway.audit(table, target)
    {status: audit.count(status) for status in ("issue", "tip", "passed", "not applicable", "crashed")}
    return (audit,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Every finding is a value: a title with the number that matters, the evidence, and what to do.
    """)
    return


@app.cell
def _(audit, mo):
    found = [(outcome.code, finding) for outcome in audit.outcomes for finding in outcome.findings]
    issues = [
        {"check": code, "found": finding.title, "what to do": finding.remedy.text}
        for code, finding in found
        if finding.status == "issue"
    ]
    mo.ui.table(issues, selection=None, wrapped_columns=["found", "what to do"])
    return (found,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    One of the columns, `injSeverity`, nearly decides the answer: 4 means *killed*. It was written down after the crash, so no model that is
    to be used before it can have it. The model of the audit has left it out, and says what the others tell:
    """)
    return


@app.cell
def _(audit, found, mo):
    leak = next(finding for code, finding in found if code == "DAT004")
    assert leak.columns == ("injSeverity",) and "injSeverity" in audit.model.set_aside
    mo.md(f"{leak.title}.\n\n{audit.sentences[0].may_say}")
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Some questions have thresholds. They are settings, and a check may be asked alone; `cutaway checks` tells which there are.
    """)
    return


@app.cell
def _(cutaway, table, target):
    stricter = cutaway.audit(table, target, select=["DAT001"], settings={"DAT001.max_share": 0.99})
    assert stricter.outcomes[0].status == "passed"
    stricter.outcomes[0].passed
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    The whole report, as `cutaway audit --format html` writes it:
    """)
    return


@app.cell
def _(audit, cutaway):
    cutaway.show(audit)
    return


if __name__ == "__main__":
    app.run()

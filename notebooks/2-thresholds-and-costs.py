"""Thresholds and costs: a notebook of marimo.

pip install 'cutaway[notebook]' marimo
marimo edit 2-thresholds-and-costs.py
"""

import marimo

app = marimo.App(app_title="Thresholds and costs")


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Thresholds and costs

    A score becomes a decision by a threshold. 0.5 is right only where a miss costs what a false alarm costs. Say what each costs in your
    case, in any unit:
    """)
    return


@app.cell
def _():
    import marimo as mo
    import numpy as np

    import cutaway
    from cutaway import metrics

    return cutaway, metrics, mo, np


@app.cell
def _(mo):
    miss = mo.ui.slider(1, 50, value=20, label="a miss costs so many false alarms", show_value=True)
    miss
    return (miss,)


@app.cell
def _(np):
    # Scores of a model, made up here: put your own y and p in their place.
    rng = np.random.default_rng(0)
    y = (rng.random(4_000) < 0.08).astype(int)
    p = 1 / (1 + np.exp(3.2 - 2.0 * y - rng.normal(size=y.size)))
    return p, y


@app.cell
def _(metrics, miss, mo, np, p, y):
    cost = np.array([[0.0, 1.0], [float(miss.value), 0.0]])  # of truth (row) and decision (column)
    cut = metrics.calibrated_cut(1, miss.value)
    told = {}
    for name, at in (("0.5", 0.5), ("by the costs", cut)):
        decided = (p >= at).astype(int)
        told[name] = {
            "threshold": round(at, 3),
            "recall": round(metrics.recall(y, decided), 3),
            "precision": round(metrics.precision(y, decided), 3),
            "cost of a row": round(metrics.mean_cost(y, decided, cost), 3),
        }
    assert told["by the costs"]["cost of a row"] <= told["0.5"]["cost of a row"]
    mo.ui.table([{"rule": name} | row for name, row in told.items()], selection=None)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    The threshold of least cost is what a false alarm costs over what both cost together, if the scores are true probabilities. It does
    not depend on how rare the class is: that is in the scores already. A threshold moved because a class is rare counts it twice.

    The study asks the same of scores that are not true probabilities. Move the threshold and the costs:
    """)
    return


@app.cell
def _(cutaway):
    study = cutaway.show("threshold")
    study
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Accuracy cannot choose a threshold for you, and an area under a curve is of no threshold at all. What precision becomes where the class
    is rarer than in your data:
    """)
    return


@app.cell
def _(cutaway):
    rarer = cutaway.show("precision-recall")
    rarer
    return


if __name__ == "__main__":
    app.run()

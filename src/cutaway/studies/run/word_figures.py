"""What the study of embeddings draws where it has no picture of its own, and what it says of what it found."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway.core.figures import Axis, Bars, Figure, Intervals, Line, Lines, Mark
from cutaway.studies.run.result import Table


def rows(table: Table, **where: Any) -> list[dict[str, Any]]:
    """The rows in which the columns have these values, as dictionaries."""
    names = list(table.columns)
    each = (dict(zip(names, row, strict=True)) for row in zip(*table.columns.values(), strict=True))
    return [row for row in each if all(row[name] == value for name, value in where.items())]


def figures(tables: dict[str, Table], word: str) -> dict[str, Figure]:
    """Senses, discrimination, anisotropy, order, poolings and cost."""
    shown = word if word in tables["words"].columns["word"] else "bank"
    of_word, chance = rows(tables["layers"], word=shown, centred=False), rows(tables["chance"], centred=False)[:-1]
    layers = tuple(float(row["layer"]) for row in of_word)
    deepest = min(of_word, key=lambda row: row["between"] - row["within"])
    right = [rows(tables["discrimination"], centred=centred) for centred in (False, True)]
    cone = rows(tables["anisotropy"])[1:]
    order, pool, cost = tables["order"].columns, tables["poolings"].columns, tables["cost"].columns
    depth = Axis(label="layer")
    return {
        f"Cosines of “{shown}” with itself": Lines(
            alt=f"Two sentences with “{shown}” in one sense have a cosine of {deepest['within']:.2f} at layer "
            f"{deepest['layer']}, in two senses {deepest['between']:.2f}; at layer 0 both have "
            f"{of_word[0]['within']:.2f}, and static vectors 1.",
            x=depth,
            y=Axis(label="mean cosine"),
            lines=(
                Line(name="same sense", x=layers, y=_of(of_word, "within")),
                Line(name="other sense", x=layers, y=_of(of_word, "between"), role="harm"),
                Line(
                    name="random words",
                    x=layers,
                    y=_of(chance, "mean"),
                    low=_of(chance, "low"),
                    high=_of(chance, "high"),
                    role="other",
                ),
            ),
            marks=(Mark(label="static vector", y=1.0, role="other"),),
        ),
        "Senses told by the nearest centroid": Lines(
            alt=f"Over ten words {right[0][0]['right']:.0%} of sentences are told right at layer 0 and "
            f"{right[0][3]['right']:.0%} at layer 3; always saying one sense tells half.",
            x=depth,
            y=Axis(label="told right", unit="of sentences"),
            lines=(
                Line(
                    name="as they are",
                    x=layers,
                    y=_of(right[0], "right"),
                    low=_of(right[0], "low"),
                    high=_of(right[0], "high"),
                ),
                Line(name="centred", x=layers, y=_of(right[1], "right"), role="other"),
            ),
            marks=(Mark(label="always one sense", y=0.5, role="other"),),
        ),
        "Cosine of any two words": Lines(
            alt=f"Two random words have a mean cosine of up to {max(_of(cone, 'cosine')):.2f} in a layer of the "
            f"model, and within {max(map(abs, _of(cone, 'centred'))):.2g} of zero once the mean is taken away.",
            x=depth,
            y=Axis(label="mean cosine of random pairs"),
            lines=(
                Line(name="as they are", x=layers, y=_of(cone, "cosine"), role="harm"),
                Line(name="centred", x=layers, y=_of(cone, "centred")),
            ),
        ),
        "The same words in another order": Bars(
            alt=f"Averaged static vectors do not change with the order; the model's have a cosine of "
            f"{np.mean(order['contextual']):.2f} on average.",
            axis=Axis(label="cosine of the two sentences"),
            labels=tuple(order["one"]),
            values=tuple(order["contextual"]),
            reference=1.0,
            reference_label="static vectors",
        ),
        "What could tell the sense": Intervals(
            alt=f"The word's own vector at layer 4 tells {pool['right'][0]:.0%} of senses, the mean of its sentence's "
            f"pieces {pool['right'][1]:.0%}, the mean of static vectors {pool['right'][4]:.0%}.",
            axis=Axis(label="told right by the nearest centroid", unit="of sentences"),
            labels=tuple(pool["name"]),
            centre=tuple(pool["right"]),
            low=tuple(pool["low"]),
            high=tuple(pool["high"]),
            null=0.5,
        ),
        "What a word costs": Bars(
            alt=f"A piece takes the model {cost['milliseconds'][1]:.2g} ms, and a word "
            f"{cost['milliseconds'][0]:.2g} ms by static vectors.",
            axis=Axis(label="time a word or piece", unit="ms"),
            labels=tuple(cost["name"]),
            values=tuple(cost["milliseconds"]),
        ),
    }


def _of(found: list[dict[str, Any]], name: str) -> tuple[float, ...]:
    return tuple(float(row[name]) for row in found)


def sentences(tables: dict[str, Table], typed: str, notes: list[str]) -> tuple[str, ...]:
    """What was found, the reader's sentence first."""
    out = []
    for row in rows(tables["words"]):
        reading = rows(tables["reading"], word=row["word"], centred=False, layer=4)
        if reading:
            one, other = reading[0]["one"], reading[0]["other"]
            senses = (row["one"], row["other"]) if one > other else (row["other"], row["one"])
            out.append(
                f"In “{typed}” the model takes “{row['text']}” for that of {senses[0]} at layer 4: a mean cosine of "
                f"{max(one, other):.3f} with those sentences, {min(one, other):.3f} with those of {senses[1]}."
            )
    if not out:
        out.append("Your sentence holds none of the words, so there is nothing to compare it with.")
    pool, order = tables["poolings"].columns, tables["order"].columns
    out.append(
        f"Over ten words the word's own vector at layer 4 tells {pool['right'][0]:.0%} of the senses "
        f"({pool['low'][0]:.0%} to {pool['high'][0]:.0%}), the mean of the sentence's pieces {pool['right'][1]:.0%}, "
        f"and averaged static vectors {pool['right'][4]:.0%}."
    )
    out.append(
        f"Swapping who does what leaves averaged static vectors as they are (cosine 1) and the model's at "
        f"{np.mean(order['contextual']):.2f}; unrelated sentences have {np.mean(order['unrelated']):.2f}."
    )
    verdicts = tables["verdicts"].columns
    out += [
        f"{name[:1].upper()}{name[1:]}: {said}"
        for name, said in zip(verdicts["data"], verdicts["sentence"], strict=True)
    ]
    return (*out, *notes)

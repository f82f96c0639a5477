"""Bad input: each function writes a file that cannot be audited, and returns the arguments with which that is tried.

The name of a function is the name of its case, and of its message in snapshots/bad_input.txt.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

from tests.tables import NASSCDS

Fault = Callable[[Path], list[str]]

ROWS = "".join(f"{i % 7},{i % 3},{'yes' if i % 5 == 0 else 'no'}\n" for i in range(40))
GOOD = "age,grade,bought\n" + ROWS


def good(folder: Path) -> list[str]:
    return table(folder, GOOD)


def table(folder: Path, content: str | bytes, name: str = "table.csv", target: str = "bought") -> list[str]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [name, "--target", target]


# -- the file ---------------------------------------------------------------------------------------------------------


def missing_file(folder: Path) -> list[str]:
    good(folder)
    return ["tabel.csv", "--target", "bought"]


def missing_folder(folder: Path) -> list[str]:
    return ["nowhere/table.csv", "--target", "bought"]


def a_folder(folder: Path) -> list[str]:
    (folder / "tables").mkdir()
    return ["tables", "--target", "bought"]


def empty_file(folder: Path) -> list[str]:
    return table(folder, "")


def header_only(folder: Path) -> list[str]:
    return table(folder, "age,grade,bought\n")


def ragged_csv(folder: Path) -> list[str]:
    return table(folder, GOOD + "1,2\n" + ROWS)


def wrong_encoding(folder: Path) -> list[str]:
    return table(folder, (GOOD + "1,2,später\n").encode("latin-1"))


def duplicate_column_names(folder: Path) -> list[str]:
    return table(folder, GOOD.replace("age,grade", "age,age"))


def nul_bytes(folder: Path) -> list[str]:
    return table(folder, GOOD + "1,\0,yes\n")


def truncated_gzip(folder: Path) -> list[str]:
    return table(folder, gzip.compress(os.urandom(50_000).hex().encode())[:-4000], "table.csv.gz")


def parquet_cut_half_way(folder: Path) -> list[str]:
    content = NASSCDS.read_bytes()
    return table(folder, content[: len(content) // 2], "table.parquet", "dead")


def parquet_with_a_damaged_middle(folder: Path) -> list[str]:
    content = bytearray(NASSCDS.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4096] = bytes(4096)
    return table(folder, bytes(content), "table.parquet", "dead")


def not_parquet(folder: Path) -> list[str]:
    return table(folder, GOOD, "table.parquet")


def a_pickle(folder: Path) -> list[str]:
    return table(folder, b"\x80\x04}.", "table.pkl")


def standard_input(folder: Path) -> list[str]:
    return ["-", "--target", "bought"]


def damaged_test_file(folder: Path) -> list[str]:
    table(folder, "", "test.csv")
    return [*good(folder), "--test", "test.csv"]


def missing_test_file(folder: Path) -> list[str]:
    return [*good(folder), "--test", "tset.csv"]


# -- the columns ------------------------------------------------------------------------------------------------------


def infinite_values(folder: Path) -> list[str]:
    return table(folder, GOOD + "inf,1,yes\n" + ROWS)


def mixed_types(folder: Path) -> list[str]:
    numbers = "".join(f"{i}.5,1,{'yes' if i % 5 else 'no'}\n" for i in range(60))
    return table(folder, "age,grade,bought\n" + numbers + "young,1,yes\nold,2,no\n")


def ten_thousand_columns(folder: Path) -> list[str]:
    names = [f"c{i}" for i in range(9_999)]
    row = ",".join(["1"] * 9_999)
    return table(folder, ",".join([*names, "bought"]) + "\n" + "".join(f"{row},{i % 2}\n" for i in range(4)))


def all_features_constant(folder: Path) -> list[str]:
    return table(folder, "age,grade,bought\n" + "".join(f"3,1,{'yes' if i % 5 else 'no'}\n" for i in range(40)))


def no_feature(folder: Path) -> list[str]:
    return table(folder, "bought\n" + "yes\nno\n" * 20)


def every_feature_dropped(folder: Path) -> list[str]:
    return [*good(folder), "--drop", "age,grade"]


# -- the target -------------------------------------------------------------------------------------------------------


def target_not_given(folder: Path) -> list[str]:
    return good(folder)[:1]


def target_absent(folder: Path) -> list[str]:
    return [*good(folder)[:1], "--target", "bougth"]


def target_nothing_like_it(folder: Path) -> list[str]:
    return [*good(folder)[:1], "--target", "zzz"]


def target_constant(folder: Path) -> list[str]:
    return table(folder, GOOD.replace("yes", "no"))


def target_missing_in_every_row(folder: Path) -> list[str]:
    return table(folder, GOOD.replace("yes", "").replace("no", ""))


def target_a_measurement(folder: Path) -> list[str]:
    return table(
        folder, "age,height,bought\n" + "".join(f"{i % 7},{i * 1.7},yes\n" for i in range(60)), target="height"
    )


def target_a_date(folder: Path) -> list[str]:
    rows = "".join(f"{i % 7},2024-01-{1 + i % 28:02}\n" for i in range(60))
    return table(folder, "age,day\n" + rows, target="day")


def a_class_of_one_row(folder: Path) -> list[str]:
    return table(folder, GOOD + "1,2,perhaps\n")


# -- the options ------------------------------------------------------------------------------------------------------


def bad_positive(folder: Path) -> list[str]:
    return [*good(folder), "--positive", "maybe"]


def bad_code(folder: Path) -> list[str]:
    return [*good(folder), "--select", "DAT999"]


def bad_code_to_ignore(folder: Path) -> list[str]:
    return [*good(folder), "--ignore", "XYZ"]


def no_check_left(folder: Path) -> list[str]:
    return [*good(folder), "--select", "DAT001", "--ignore", "DAT"]


def set_without_a_value(folder: Path) -> list[str]:
    return [*good(folder), "--set", "DAT001.max_share"]


def set_without_a_code(folder: Path) -> list[str]:
    return [*good(folder), "--set", "max_share=0.9"]


def set_an_unknown_setting(folder: Path) -> list[str]:
    return [*good(folder), "--set", "DAT001.max_shore=0.9"]


def set_an_unknown_check(folder: Path) -> list[str]:
    return [*good(folder), "--set", "DAT999.max_share=0.9"]


def set_a_word_for_a_number(folder: Path) -> list[str]:
    return [*good(folder), "--set", "DAT001.max_share=most"]


def weight_absent(folder: Path) -> list[str]:
    return [*good(folder), "--weight", "wieght"]


def weight_of_words(folder: Path) -> list[str]:
    return [*good(folder), "--target", "grade", "--weight", "bought"]


def weight_is_the_target(folder: Path) -> list[str]:
    return [*table(folder, GOOD.replace("yes", "1").replace("no", "0")), "--weight", "bought"]


def drop_absent(folder: Path) -> list[str]:
    return [*good(folder), "--drop", "agee"]


def drop_the_target(folder: Path) -> list[str]:
    return [*good(folder), "--drop", "age,bought"]


def drop_an_empty_name(folder: Path) -> list[str]:
    return [*good(folder), "--drop", "age,,grade"]


def text_absent(folder: Path) -> list[str]:
    return [*good(folder), "--text", "grad"]


def seed_too_large(folder: Path) -> list[str]:
    return [*good(folder), "--seed", str(2**63)]


# -- the output -------------------------------------------------------------------------------------------------------


def out_with_an_unknown_suffix(folder: Path) -> list[str]:
    return [*good(folder), "--out", "report.pdf"]


def out_without_a_suffix(folder: Path) -> list[str]:
    return [*good(folder), "--out", "report"]


def out_empty(folder: Path) -> list[str]:
    return [*good(folder), "--out", ""]


def out_a_folder(folder: Path) -> list[str]:
    (folder / "reports.html").mkdir()
    return [*good(folder), "--out", "reports.html"]


def out_in_no_folder(folder: Path) -> list[str]:
    return [*good(folder), "--out", "reports/report.html"]


def out_with_too_long_a_name(folder: Path) -> list[str]:
    return [*good(folder), "--out", "x" * 300 + ".html"]


def out_in_the_home_of_nobody(folder: Path) -> list[str]:
    return [*good(folder), "--out", "~nobody-of-that-name/x.html"]


def out_over_the_table(folder: Path) -> list[str]:
    return [*good(folder), "--format", "html", "--out", "table.csv"]


def out_over_a_link_to_the_table(folder: Path) -> list[str]:
    arguments = good(folder)
    os.link(folder / "table.csv", folder / "report.html")
    return [*arguments, "--out", "report.html"]


def out_over_the_test_file(folder: Path) -> list[str]:
    table(folder, GOOD, "test.csv")
    return [*good(folder), "--test", "test.csv", "--format", "json", "--out", "./test.csv"]


FAULTS: dict[str, Fault] = {
    name: value
    for name, value in list(globals().items())
    if callable(value) and getattr(value, "__module__", "") == __name__ and name not in ("good", "table")
}

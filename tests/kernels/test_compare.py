"""`cutaway compare --kernels`, whole: two versions of NumPy that exclude each other, in one table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutaway.cli import main
from cutaway.kernels.lock import Lock
from cutaway.kernels.model import Setup

pytestmark = [pytest.mark.slow, pytest.mark.irkernel, pytest.mark.xdist_group("kernels")]


def test_two_versions_stand_beside_each_other(
    made: tuple[Setup, Lock], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made[0].folder
    # The environments are those of the other tests; a kernel whose packages cannot be had is named, and no more.
    setup = (folder / "kernels.toml").read_text()
    (folder / "compared.toml").write_text(setup + "[kernels.none]\npip = ['numpy==99']\n")
    kept = (folder / "kernels.lock").read_text()
    status = main(["compare", "median", "--kernels", str(folder / "compared.toml"), "--json", str(tmp_path / "out")])
    shown = capsys.readouterr()
    assert status == 1, shown.err
    found = json.loads((tmp_path / "out").read_text())
    versions = {name: one["versions"]["numpy"] for name, one in found["kernels"].items()}
    assert versions["old"].startswith("2.1.") and versions["new"].startswith("2.2.")
    rows = [row for row in found["topics"]["median"]["rows"] if row["framework"] == "numpy"]
    assert {row["kernel"]: row["version"] for row in rows} == versions
    assert all(row["status"] == "ran" and row["follows"] for row in rows)
    for kernel, version in versions.items():
        assert f"numpy {version} in {kernel}" in shown.out
    assert "no version of numpy==99" in found["failed"]["none"]
    assert "the kernel none has no column: because there is no version of numpy==99" in shown.err
    assert "shell" not in shown.err, "a kernel of another language is none to compare"
    assert (folder / "kernels.lock").read_text() == kept

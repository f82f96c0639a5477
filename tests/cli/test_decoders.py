"""What decoders write to standard error by themselves is left unsaid; what Python says arrives."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SAID = """
import os, sys
from cutaway.cli.decoders import unheard
with unheard():
    os.write(2, b"libpng error\\n")
    print("told", file=sys.stderr)
os.write(2, b"after\\n")
print("end", file=sys.stderr)
"""


def test_only_the_library_is_unheard() -> None:
    run = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True)
    assert run.stderr == "told\nafter\nend\n"


def test_without_standard_error() -> None:
    code = """
import os, sys
from cutaway.cli.decoders import unheard
os.close(2)
sys.stderr = None
with unheard():
    print("done")
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "done\n"


def test_a_damaged_file_is_told_once(tmp_path: Path) -> None:
    whole = io.BytesIO()
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(image).save(whole, "PNG")
    damaged = bytearray(whole.getvalue())
    damaged[500] ^= 255
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(whole.getvalue())
    (tmp_path / "in" / "b.png").write_bytes(damaged)
    (tmp_path / "p.toml").write_text('[[step]]\noperation = "grey"\n')
    asked = ["images", "in", "--pipeline", "p.toml", "--out", "out"]
    run = subprocess.run([sys.executable, "-m", "cutaway", *asked], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0 and run.stderr == ""
    assert "b.png: is damaged" in run.stdout

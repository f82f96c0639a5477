"""Become JupyterLab: as `python -m jupyterlab`, in less than half of its processor time."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # JSON Schema's checks take it where it is there, for addresses that nothing here checks, and it builds its grammar
    # as it is imported, which takes longer than all the rest of JupyterLab.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
    from jupyterlab.labapp import main

    sys.exit(main())

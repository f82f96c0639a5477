"""What a trial may use, and how much it does."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cutaway.core.errors import InputError

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and megabytes (10⁶ bytes) that one trial may use; None is no limit. Memory is that of the whole process
    that runs the trial, the data it was given among it.

    Raises: InputError where one is not positive.
    """

    seconds: float | None = None
    memory_mb: float | None = None

    def __post_init__(self) -> None:
        for name in ("seconds", "memory_mb"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"limits: expected {name} above 0, got {value}; raise it, or leave it out")


def resident_mb(process: int) -> float:
    """Megabytes of memory that the process holds; 0 where that cannot be known."""
    with suppress(OSError, IndexError, ValueError):
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    return 0.0


def hold_memory(megabytes: float) -> None:
    """Let an allocation that would pass the limit fail with MemoryError in this process, where the system can."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        # Data, not address space: compiled loops and thread pools reserve addresses that they never use.
        most = int(megabytes * MEGABYTE)
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        soft = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))

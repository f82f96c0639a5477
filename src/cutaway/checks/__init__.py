"""Checks: one file, one question asked of a user's table, of a plain model of it, of a network or of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cutaway.checks.run.audit import audit
    from cutaway.checks.run.check import Check, check
    from cutaway.checks.run.discovery import discover
    from cutaway.checks.run.images_audit import audit_images
    from cutaway.checks.run.network_audit import audit_model
    from cutaway.checks.run.subject import Subject

__all__ = ["Check", "Subject", "audit", "audit_images", "audit_model", "check", "discover"]


def __getattr__(name: str) -> Any:
    places = {
        "audit": "audit",
        "audit_images": "images_audit",
        "audit_model": "network_audit",
        "Check": "check",
        "check": "check",
        "discover": "discovery",
        "Subject": "subject",
    }
    if name not in places:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"cutaway.checks.run.{places[name]}"), name)

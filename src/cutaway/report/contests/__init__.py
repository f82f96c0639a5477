"""A comparison of tuning methods as text on a terminal, as JSON (schema 1) and as one HTML page."""

from cutaway.report.contests.page import contest_html
from cutaway.report.contests.text import contest_text
from cutaway.report.contests.wire import contest_json

__all__ = ["contest_html", "contest_json", "contest_text"]

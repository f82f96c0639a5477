"""The parts of the static page."""

"""Comparisons: one file is one quantity that frameworks compute differently, with its converters."""

"""Logistic regression by sums over rows."""

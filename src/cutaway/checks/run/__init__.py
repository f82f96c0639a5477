"""What runs the checks: the way from a table's batches to outcomes."""

"""Readers of tables: CSV, Parquet, Arrow, Feather, and tables in memory."""

from cutaway.engines.readers.opening import open_table

__all__ = ["open_table"]

"""States that describe single columns and samples of rows: all that an audit knows of a table, as sums."""

from cutaway.science.columns.distinct import Distinct
from cutaway.science.columns.extremes import Extremes
from cutaway.science.columns.hashes import HashSet, hash_levels, hash_numbers, mix
from cutaway.science.columns.moments import Moments
from cutaway.science.columns.redundancy import Redundancy, redundancies
from cutaway.science.columns.sample import Sample

__all__ = [
    "Distinct",
    "Extremes",
    "HashSet",
    "Moments",
    "Redundancy",
    "Sample",
    "hash_levels",
    "hash_numbers",
    "mix",
    "redundancies",
]

"""Tests of cutaway; the folders mirror src/cutaway."""

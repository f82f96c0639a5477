"""Studies: one file is one question answered by an experiment, with pictures."""

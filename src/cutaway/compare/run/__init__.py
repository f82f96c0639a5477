"""What every comparison stands on: variants that really call a framework, groups that are computed, proofs that run."""

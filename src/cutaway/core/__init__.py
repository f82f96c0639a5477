"""What every other layer speaks: findings, figures, states, errors, progress. NumPy only."""

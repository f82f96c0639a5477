"""What every study stands on: parameters with ranges, results, claims that are run, and the walk that finds them."""

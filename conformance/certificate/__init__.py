"""A run that others can check: a bundle of everything it left, its sums, and a signed statement."""

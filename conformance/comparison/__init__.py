"""Reports beside each other: what changed from one run to the next, and many runs as one."""

"""What is provoked once and judged by many tests: one module for each section, as session-wide fixtures."""

"""Parts made by code: for first steps, tests and benchmarks."""

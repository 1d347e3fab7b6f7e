"""Published builds, records and rates recomputed: ``python -m benchmarks.validation``."""

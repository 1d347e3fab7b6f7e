"""Time and powder of a job, from lengths and counts; every total with its range and its assumptions."""

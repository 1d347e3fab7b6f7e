"""The report of a job: one HTML page that needs no network, in four languages."""

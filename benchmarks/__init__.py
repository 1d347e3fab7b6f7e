"""What measures amprep: inputs, micro benchmarks, comparison with peers and between commits."""

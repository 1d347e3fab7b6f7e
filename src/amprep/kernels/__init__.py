"""The fast loops: Numba over numbers and arrays, one named algorithm per file."""

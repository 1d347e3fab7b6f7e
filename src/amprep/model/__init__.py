"""The nouns: frozen dataclasses over read-only NumPy arrays; mm, s, deg, W, g, EUR."""

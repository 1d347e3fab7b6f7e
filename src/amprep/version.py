"""The version, in one place and without imports."""

__all__ = ["__version__"]

__version__ = "0.1.0"

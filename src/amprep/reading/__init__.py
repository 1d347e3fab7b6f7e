"""Mesh files become `Mesh` and `SourceFile`."""

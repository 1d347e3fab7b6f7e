"""The command line: Typer and rich, nothing else; one file per command."""

"""``python -m amprep``: the command line where its program is not on the search path."""

from amprep.cli.entry import main

if __name__ == "__main__":
    main()

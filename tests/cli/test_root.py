"""Only the command that runs has its options read."""

from __future__ import annotations

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.cli.root import with_words


@pytest.mark.parametrize(
    "words", [["--help"], ["slice", "--help"], ["demo", "--help"], ["demo", "list", "--help"], ["slcie"]]
)
def test_what_is_said_is_the_same_as_with_all_options_read(words):
    said = [CliRunner().invoke(one, words, prog_name="amprep") for one in (app, with_words(app, words))]
    assert said[0].output == said[1].output
    assert said[0].exit_code == said[1].exit_code
    assert said[0].output


def test_a_command_among_the_words_takes_all_that_it_takes():
    every, lean = get_command(app), get_command(with_words(app, ["slice", "part.stl"]))
    assert list(lean.commands) == list(every.commands)
    assert [one.name for one in lean.commands["slice"].params] == [
        one.name for one in every.commands["slice"].params
    ]
    assert lean.commands["estimate"].params == []

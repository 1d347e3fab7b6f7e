"""Films: what they show, how long they are, and what is refused."""

from __future__ import annotations

import contextlib
import stat
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageSequence
from typer.testing import CliRunner

from amprep.animation import animate
from amprep.animation.build_film import MOST_DRAWN, build_frames, drawn_layers
from amprep.animation.film import HOLD_S
from amprep.animation.layer_film import NOT_YET, layer_frames, schedule_of
from amprep.animation.stage import HEIGHT, WIDTH, colour_of
from amprep.cli.app import app
from amprep.demonstrators.primitives import box
from amprep.errors import OutputError, UsageError
from amprep.model.scan import Region
from amprep.output.stl import write_stl
from amprep.pictures.style import OVERLAP_FILL, laser_look
from amprep.runs import open_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A box across the fields of all four lasers."""
    folder = tmp_path_factory.mktemp("films")
    write_stl(box((24.0, 16.0, 0.4)), folder / "box.stl")
    with contextlib.chdir(folder):
        outcome = CliRunner().invoke(app, ["slice", "box.stl", "-m", "m400-4", "--no-report", "-j", "1"])
    assert outcome.exit_code == 0, outcome.stderr
    return open_run(folder / "box.amjob")


def seconds_of(path):
    with Image.open(path) as film:
        times = []
        for frame in ImageSequence.Iterator(film):
            frame.load()
            times.append(frame.info["duration"] / 1000)
        return times


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
@pytest.mark.parametrize("layer", [None, 3])
def test_a_film_has_its_frames_and_its_length(run, tmp_path, suffix, layer):
    told = []
    film = animate(
        run, tmp_path / f"film{suffix}", layer=layer, seconds=1, on_frame=lambda *done: told.append(done)
    )
    times = seconds_of(film.path)
    assert film.frames == 15
    assert told == [(i, 15) for i in range(1, 16)]
    # Pillow makes equal frames one.
    assert (len(times) == film.frames) if layer else (len(times) > 8)
    assert film.seconds == pytest.approx(1 + HOLD_S)
    if suffix == ".gif":
        assert sum(times) == pytest.approx(1 + HOLD_S, abs=0.011)
    assert film.bytes == film.path.stat().st_size
    with Image.open(film.path) as image:
        assert image.size == (WIDTH, HEIGHT)


def test_the_schedule_ends_when_the_estimate_does(run):
    for index in (0, run.layer_count - 1):
        vectors = run.layer(index)
        schedule = schedule_of(run, index, vectors)
        for laser, busy_s in enumerate(run.estimate.layer_times.busy_s[index]):
            assert schedule.end_s[vectors.laser == laser].max() == pytest.approx(busy_s, rel=1e-9)
        assert (schedule.start_s >= 0).all()
        assert (schedule.start_s < schedule.end_s).all()


def test_lasers_work_off_their_vectors_one_after_the_other(run):
    vectors = run.layer(2)
    schedule = schedule_of(run, 2, vectors)
    for laser in np.unique(vectors.laser):
        own = vectors.laser == laser
        starts, ends = schedule.start_s[own], schedule.end_s[own]
        assert (ends[:-1] <= starts[1:] + 1e-12).all()
    assert (schedule.done(0.0) == 0).all()
    assert (schedule.done(schedule.total_s) == 1).all()
    half = schedule.done(schedule.total_s / 2)
    assert 0 < half.sum() < len(half)


def middles_px(run, index, vectors, frame_of):
    """Where the middles of hatch vectors lie in a frame, found from the drawn extent of the layer."""
    grey = np.array(frame_of, dtype=float)
    points = vectors.segments.reshape(-1, 2)
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    colours = np.array([colour_of(laser_look(i).colour) for i in range(run.lasers)])
    panel = grey[150:660, 60:890]
    near = (np.abs(panel[:, :, None] - colours).max(axis=-1) < 40).any(axis=-1)
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    left, right, upper, lower = columns[0] + 60, columns[-1] + 61, rows[0] + 150, rows[-1] + 151
    middle = (vectors.segments[:, :2] + vectors.segments[:, 2:]) / 2
    x = left + (middle[:, 0] - x0) / (x1 - x0) * (right - left)
    y = lower - (middle[:, 1] - y0) / (y1 - y0) * (lower - upper)
    return np.floor(x).astype(int), np.floor(y).astype(int)


def test_the_last_frame_shows_every_vector_in_the_colour_of_its_laser(run):
    index = 4
    vectors = run.layer(index)
    first, *_, last = layer_frames(run, index, frames=6, seconds=1.0, lang="en")
    x, y = middles_px(run, index, vectors, last)
    hatch = vectors.region == Region.CORE
    shown = np.array(last, dtype=float)[y, x][hatch]
    before = np.array(first, dtype=float)[y, x][hatch]
    wanted = np.array([colour_of(laser_look(i).colour) for i in range(run.lasers)])[vectors.laser[hatch]]
    # Seams between lasers may lie within a pixel.
    assert (np.abs(shown - wanted).max(axis=1) < 60).mean() > 0.97
    assert (np.ptp(before, axis=1) < 40).mean() > 0.97, "the first frame has nothing marked yet"


def test_more_frames_end_in_the_same_picture(run):
    (*_, few) = layer_frames(run, 1, frames=2, seconds=1.0, lang="en")
    (*_, many) = layer_frames(run, 1, frames=9, seconds=1.0, lang="en")
    assert np.abs(np.array(few, dtype=float) - np.array(many, dtype=float)).mean() < 0.2


def test_marks_only_grow(run):
    frames = [np.array(one, dtype=float) for one in layer_frames(run, 0, frames=5, seconds=1.0, lang="de")]
    left = [frame[150:660, 60:890] for frame in frames]
    coloured = [(np.ptp(one, axis=-1) > 60).sum() for one in left]
    assert all(b > a for a, b in pairwise(coloured))


def test_layers_of_the_build_are_as_dense_as_pixels():
    assert drawn_layers(0, 1.0) == []
    assert drawn_layers(5, 2.0) == [0, 1, 2, 3, 4]
    assert drawn_layers(10, 0.5) == [0, 2, 4, 6, 8, 9]
    many = drawn_layers(100_000, 0.01)
    assert many[-1] == 99_999
    assert len(many) <= MOST_DRAWN + 1


def test_the_build_grows(run):
    frames = [np.array(one, dtype=float) for one in build_frames(run, frames=4, lang="pl")]
    panel = [frame[120:600, 60:900] for frame in frames]
    assert (np.ptp(panel[0], axis=-1) < 40).all(), "nothing is built yet"
    assert (np.ptp(panel[-1], axis=-1) > 60).mean() > 0.05


def test_the_same_film_has_the_same_bytes(run, tmp_path):
    one = animate(run, tmp_path / "one.gif", layer=1, seconds=1)
    two = animate(run, tmp_path / "two.gif", layer=1, seconds=1)
    assert one.path.read_bytes() == two.path.read_bytes()


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("a.gif", {"layer": 0}, "E104"),
        ("a.gif", {"layer": 11}, "E104"),
        ("a.avi", {}, "E104"),
        ("a.gif", {"seconds": 0}, "E104"),
        ("a.gif", {"lang": "fr"}, "E104"),
    ],
)
def test_what_is_not_understood(run, tmp_path, name, options, code):
    with pytest.raises(UsageError) as caught:
        animate(run, tmp_path / name, **options)
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_when_that_is_wanted(run, tmp_path):
    path = tmp_path / "a.gif"
    path.write_text("mine")
    with pytest.raises(OutputError) as caught:
        animate(run, path, seconds=1)
    assert caught.value.code == "E501"
    assert path.read_text() == "mine"
    animate(run, path, seconds=1, force=True)
    assert path.read_bytes()[:3] == b"GIF"


def test_a_folder_that_is_not_there(run, tmp_path):
    with pytest.raises(OutputError) as caught:
        animate(run, tmp_path / "nowhere" / "a.webp", seconds=1)
    assert caught.value.code == "E502"


def test_a_video_needs_ffmpeg(run, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError) as caught:
        animate(run, tmp_path / "a.mp4", seconds=1)
    assert caught.value.code == "E119"
    assert "a.gif" in caught.value.fix


def fake_ffmpeg(folder, script):
    tool = folder / "ffmpeg"
    tool.write_text("#!/bin/sh\n" + script)
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def test_a_video_is_what_ffmpeg_makes_of_the_frames(run, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    fake_ffmpeg(tools, 'for last; do :; done\nwc -c > "$last"\n')
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    film = animate(run, tmp_path / "a.mp4", layer=2, seconds=1)
    frames = 15 + round(HOLD_S * 15)
    assert int(film.path.read_text()) == frames * WIDTH * HEIGHT * 3


def test_ffmpeg_that_fails_leaves_nothing_behind(run, tmp_path, monkeypatch):
    tools = tmp_path / "tools"
    tools.mkdir()
    fake_ffmpeg(tools, "cat > /dev/null\necho no such codec >&2\nexit 3\n")
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    with pytest.raises(OutputError) as caught:
        animate(run, tmp_path / "a.mp4", seconds=1)
    assert caught.value.code == "E519"
    assert "no such codec" in caught.value.why
    assert [one.name for one in tmp_path.iterdir()] == ["tools"]


def test_the_command(run, tmp_path):
    path = tmp_path / "layer.gif"
    words = ["animate", str(run.folder), "layer", "2", "-o", str(path), "--seconds", "1", "--lang", "pl"]
    outcome = CliRunner().invoke(app, words)
    assert outcome.exit_code == 0, outcome.stderr
    assert f"Wrote {path.as_posix()}: 15 frames, 3 s, " in outcome.stdout
    outcome = CliRunner().invoke(app, ["animate", str(run.folder), "layers"])
    assert outcome.exit_code == 2
    assert "layer 412" in outcome.stderr


def test_what_is_still_to_come_stands_out_from_the_overlap_zone():
    assert contrast(NOT_YET, OVERLAP_FILL) > 1.3


def contrast(one, other):
    """Ratio of luminances as WCAG has it."""

    def luminance(colour):
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)

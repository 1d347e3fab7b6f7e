"""Every kind of picture in every language on both profiles, and that it tells the job's own figures."""

from __future__ import annotations

import contextlib
import dataclasses
import html
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.patches import StepPatch
from PIL import Image
from tests.pictures.linter import faults
from typer.testing import CliRunner

from amprep.cli.app import app
from amprep.demonstrators.primitives import box, thin_walls
from amprep.languages import LANGUAGES
from amprep.languages.numbers import duration_text, number_text
from amprep.model.estimate import PowderBalance, Ranged
from amprep.model.job import ParameterSets
from amprep.output.stl import write_stl
from amprep.pictures import overhang
from amprep.pictures.kind_area import areas_by_cause
from amprep.pictures.kind_cost import ITEMS, cost_items, euro_text
from amprep.pictures.kind_layer_order import begins_of_layer
from amprep.pictures.kind_powder import mass_text, powder_by_way
from amprep.pictures.kind_risk import LEAST_PCT, LIMIT_PCT, risk_places
from amprep.pictures.kinds import KINDS, Choice, about, draw_picture, missing, save_picture
from amprep.runs import Run, open_run

PROFILES = ("slide", "print")
#: Kinds that need the estimate alone.
OF_ESTIMATE = ("layer-time", "area", "powder", "cost", "risk")

JOB = """
name = "Werkstatt"
machine = "m400-4"
[cost]
[upskin]
layers = 2
[[parts]]
file = "box.stl"
position_mm = [198, 203]
[[parts]]
file = "walls.stl"
position_mm = [240, 203]
count = 2
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    write_stl(box((24.0, 12.0, 0.4)), folder / "box.stl")
    walls = thin_walls((0.03, 0.1, 0.3), height_mm=0.4, length_mm=8.0, base_mm=0.2)
    write_stl(walls, folder / "walls.stl")
    (folder / "four.toml").write_text(JOB)
    for words in (
        ["run", "four.toml", "-o", "four.amjob"],
        ["slice", "box.stl", "-m", "m100", "-o", "one.amjob"],
    ):
        with contextlib.chdir(folder):
            outcome = CliRunner().invoke(app, [*words, "--no-report", "-j", "1"])
        assert outcome.exit_code == 0, outcome.stderr
    return folder


@pytest.fixture(scope="module")
def run(shop):
    return open_run(shop / "four.amjob")


@pytest.fixture(scope="module")
def one_laser(shop):
    return open_run(shop / "one.amjob")


@pytest.fixture(scope="module", autouse=True)
def seen_once():
    """What is seen of a part is the same in every language; it takes longest, so each view is drawn once."""
    found = {}

    def once(work):
        def again(vertices_mm, faces, *others):
            camera = others[-1]
            key = work, len(faces), camera.axes.tobytes(), camera.centre_mm, camera.width, camera.height
            if key not in found:
                found[key] = work(vertices_mm, faces, *others)
            return found[key]

        return again

    with pytest.MonkeyPatch.context() as patch:
        for name in ("shaded_image", "seen_faces"):
            patch.setattr(overhang, name, once(getattr(overhang, name)))
        yield


@pytest.fixture(scope="module")
def made_up(made):
    """Makes runs without a folder; every number is illustrative."""

    def make(layers=300, lasers=4, **options):
        estimate = made.estimate(layers, lasers, **options)
        areas = np.zeros((layers, 8))
        height = np.arange(layers)
        areas[:, 0] = 900 + 500 * np.cos(height / 40) + 400 * (height < layers // 3)
        areas[:, 3] = np.where(height % 50 == 7, 0.4, 0.0)
        areas[:, 2] = 0.06 * areas[:, 0]
        areas[:, 1] = areas[:, 0] - areas[:, 2] - areas[:, 3]
        part, loss, retired = 800.0, 120.0, 40.0
        dose, charge = 9_000.0, 12_000.0
        grams = {
            "part": part,
            "bed": 6_000.0,
            "dose": dose,
            "overflow": 2_200.0,
            "loss": loss,
            "charge": charge,
            "initial": 900.0,
            "reusable": dose - part - loss - retired,
            "retired": retired,
            "consumed": part + loss + retired,
            "supply": 10_000.0,
        }
        powder = PowderBalance(**{f"{k}_g": Ranged(v, 0.8 * v, 1.3 * v) for k, v in grams.items()}, refills=1)
        eur = dict(zip(ITEMS, (412.0, 88.5, 0.004, 21.3, 150.0, 96.0), strict=True))
        total = math.fsum(eur.values())
        cost = {
            **eur,
            "total": total,
            "per_part": total / 3,
            "parts": [{}, {}, {}],
            "machine_h": 6.9,
            "labour_h": 1.6,
            "range": {"total": [0.7 * total, 1.6 * total]},
            "rates": {"machine_eur_h": {"grade": "assumed"}},
        }
        process = made.process()
        return Run(
            folder=Path("nowhere"),
            name="made up",
            machine=made.machine(lasers, minimum_s=options.get("minimum_s", 0)),
            material=made.material(),
            process=process,
            parameter_sets=ParameterSets.uniform(process, parts=1, layers=layers),
            estimate=dataclasses.replace(estimate, areas_mm2=areas, powder=powder),
            summary={"cost_eur": cost},
            part_names=("part",),
            job_hash="3fa9c1d27be0aa11",
            version="0.1.0",
        )

    return make


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_words_of_every_kind_are_readable(run, kind, lang, profile):
    assert missing(run, kind, lang=lang) == ""
    picture = draw_picture(run, kind, lang=lang, profile=profile)
    assert faults(picture.figure) == []
    width, height = picture.figure.get_size_inches() * picture.figure.dpi
    assert (round(width), round(height)) == (1920, 1080) if profile == "slide" else round(width) == 1890
    assert height <= 9.7 * picture.figure.dpi, "higher than the text on A4"
    assert picture.title
    assert len(picture.alt) > len(picture.title)
    assert "{" not in picture.alt


CASES = {
    "one layer": {"layers": 1},
    "two layers, waiting": {"layers": 2, "minimum_s": 20},
    "many layers": {"layers": 2_500, "minimum_s": 20, "spike": True},
    "one laser": {"layers": 120, "lasers": 1},
    "twelve lasers": {"layers": 60, "lasers": 12},
}


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["layer-time", "area", "risk"])
def test_odd_jobs_are_readable(made_up, kind, case, profile):
    run = made_up(**CASES[case])
    lang = {"slide": "de", "print": "pl"}[profile]
    assert faults(draw_picture(run, kind, lang=lang, profile=profile).figure) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_job_of_one_laser(one_laser, profile):
    told = [kind for kind in KINDS if missing(one_laser, kind, lang="cs")]
    assert told == ["lasers", "gantt", "cost"]
    for kind in ("layer", "layer-time"):
        assert faults(draw_picture(one_laser, kind, lang="cs", profile=profile).figure) == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_job_without_layers_has_hardly_any_pictures(made_up, lang):
    run = made_up(0)
    told = {kind: missing(run, kind, lang=lang) for kind in KINDS}
    assert [kind for kind, reason in told.items() if not reason] == ["layer-time", "powder", "cost"]
    assert len(set(told.values())) == 2
    assert faults(draw_picture(run, "layer-time", lang=lang, profile="print").figure) == []
    assert all(about(kind, lang=lang) for kind in KINDS)


def test_headlines_are_figures_of_the_summary(run):
    summary = run.summary
    title = {kind: draw_picture(run, kind, lang="de").title for kind in OF_ESTIMATE}
    assert duration_text(summary["time_s"]["total"], "de") in title["layer-time"]
    assert mass_text(summary["mass_g"]["charge"], "de") in title["powder"]
    assert mass_text(summary["mass_g"]["part"], "de") in title["powder"]
    assert euro_text(summary["cost_eur"]["total"], "de") in title["cost"]
    table = pq.read_table(run.folder / "layers.parquet").to_pydict()
    assert number_text(max(table["sliced_mm2"]), "de") in title["area"]


def test_parts_of_a_whole_add_up(run):
    summary = run.summary
    assert math.fsum(powder_by_way(run).values()) == pytest.approx(summary["mass_g"]["charge"], rel=1e-9)
    assert math.fsum(cost_items(run).values()) == pytest.approx(summary["cost_eur"]["total"], rel=1e-9)
    areas = areas_by_cause(run)
    assert np.sum(list(areas.values()), axis=0) == pytest.approx(run.estimate.areas_mm2[:, 0], rel=1e-6)
    assert areas["lost"].sum() > 0


def test_drawn_areas_are_those_of_the_layers(run):
    figure = draw_picture(run, "area").figure
    (axes,) = figure.axes
    tops = [patch.get_data() for patch in axes.patches if isinstance(patch, StepPatch)]
    table = pq.read_table(run.folder / "layers.parquet").to_pydict()
    outline = tops[-1]
    assert outline.values.tolist() == pytest.approx(table["sliced_mm2"], rel=1e-6)
    assert outline.edges.tolist() == pytest.approx([0.0, *table["top_mm"]])


def places_by_hand(values):
    """The criterion as the docstring of the picture has it, layer by layer."""
    found, open_place = [], None
    for layer in range(1, len(values)):
        below, here = values[layer - 1], values[layer]
        larger = max(below, here)
        is_jump = larger > 0 and abs(here - below) > LIMIT_PCT / 100 * larger
        is_jump = is_jump and abs(here - below) > LEAST_PCT / 100 * max(values)
        change = 100 * (here - below) / larger if larger else 0.0
        if is_jump and open_place is not None:
            if abs(change) > abs(open_place[1]):
                open_place[:] = layer, change
        elif is_jump:
            open_place = [layer, change]
            found.append(open_place)
        else:
            open_place = None
    return [tuple(place) for place in found]


@pytest.mark.parametrize("seed", range(4))
def test_places_to_watch_are_those_of_the_criterion(made_up, seed):
    run = made_up(80, noise=0.0)
    rng = np.random.default_rng(seed)
    areas = run.estimate.areas_mm2.copy()
    areas[:, 0] = np.repeat(rng.uniform(0, 900, 20), 4) * rng.choice([1.0, 1.0, 0.0], 80)
    run = dataclasses.replace(run, estimate=dataclasses.replace(run.estimate, areas_mm2=areas))
    places = [place for place in risk_places(run) if place.what == "area"]
    by_hand = places_by_hand(areas[:, 0].tolist())
    found = sorted((one.layer, one.change_pct) for one in places)
    assert np.array(found) == pytest.approx(np.array(sorted(by_hand)))
    sizes = [abs(place.change_pct) for place in risk_places(run)]
    assert sizes == sorted(sizes, reverse=True)


def test_the_layer_that_was_asked_for(run):
    choice = Choice(layer_index=2)
    for kind in ("layer", "lasers", "gantt"):
        picture = draw_picture(run, kind, lang="pl", choice=choice)
        assert f"Warstwa 3 z {run.layer_count}" in picture.title
        assert f"Warstwa 3 z {run.layer_count}" in picture.alt


def test_what_is_lost_is_told_when_the_part_is_gone(shop, run):
    gone = dataclasses.replace(run, known_job=None)
    walls = shop / "walls.stl"
    kept = walls.read_bytes()
    walls.unlink()
    try:
        picture = draw_picture(gone, "layer", lang="en", choice=Choice(layer_index=8))
    finally:
        walls.write_bytes(kept)
    said = "\n".join(one.get_text() for one in picture.figure.texts)
    assert "not shown, as the part's file is missing" in said
    assert faults(picture.figure) == []


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_files_carry_title_and_alt_text(made_up, form, tmp_path):
    picture = draw_picture(made_up(), "area", lang="cs", profile="print")
    path = save_picture(picture, tmp_path / f"area.{form}")
    data = path.read_bytes()
    if form == "svg":
        text = data.decode()
        assert f'<title id="amprep-title">{picture.title}</title>' in text
        assert f'<desc id="amprep-desc">{html.escape(picture.alt, quote=False)}</desc>' in text
        assert ">Výška z v mm</text>" in text
    elif form == "png":
        with Image.open(path) as image:
            assert image.info["Title"] == picture.title
            assert image.info["Description"] == picture.alt
            assert image.info["dpi"] == pytest.approx((300, 300), rel=1e-3)
    else:
        assert b"/Title" in data
        assert b"/Type42" in data or b"/CIDFontType2" in data
    # Drawn and written anew: there is no time and no chance in a file.
    again = save_picture(draw_picture(made_up(), "area", lang="cs", profile="print"), tmp_path / f"b.{form}")
    assert again.read_bytes() == data


def test_the_last_vector_of_each_laser_ends_when_the_laser_is_done(run):
    index = run.longest_layer
    plan = run.plan(index)
    ends = begins_of_layer(run, index, plan) + run.vector_times(index, plan.vectors).marking_s
    last = [ends[plan.vectors.laser == k].max(initial=0.0) for k in range(run.lasers)]
    assert last == pytest.approx(run.estimate.layer_times.busy_s[index].tolist(), rel=1e-4, abs=1e-5)


GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("kind", ["area", "powder", "cost"])
def test_pictures_look_as_they_did(made_up, kind, tmp_path):
    """Small and grey, so that another version of the font does not matter.

    To make them again, delete them and run this test.
    """
    path = save_picture(draw_picture(made_up(), kind, lang="de"), tmp_path / f"{kind}.png")
    with Image.open(path) as image:
        small = image.convert("L").resize((96, 54), Image.Resampling.BOX)
    golden = GOLDEN / f"{kind}.png"
    if not golden.exists():
        golden.parent.mkdir(exist_ok=True)
        small.save(golden)
        pytest.fail(f"{golden.name} was made: look at it, and keep it")
    with Image.open(golden) as image:
        was = np.asarray(image, dtype=np.float64)
    difference = np.abs(np.asarray(small, dtype=np.float64) - was)
    assert difference.mean() < 4.0
    assert np.quantile(difference, 0.98) < 60.0

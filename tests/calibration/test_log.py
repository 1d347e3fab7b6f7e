"""Logs as people write them: read alike in every form, or refused with line and fix."""

from __future__ import annotations

import pytest

from amprep.calibration.log import read_log
from amprep.errors import FileContentError

ROWS = [(1, 12.45), (2, 1012.5), (3, 9.0)]


def log(tmp_path, text, **options):
    path = tmp_path / "log.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_log(path, **options)


def refused(tmp_path, text, code, **options):
    with pytest.raises(FileContentError) as raised:
        log(tmp_path, text, **options)
    error = raised.value
    assert error.code == code, str(error)
    assert error.fix
    assert "log.csv" in error.where
    return str(error)


@pytest.mark.parametrize(
    "text",
    [
        "job,layer,layer_time_s\na.amjob,1,12.45\na.amjob,2,1012.5\na.amjob,3,9\n",
        'job,layer,layer_time_s\n"a.amjob",1,"12.45"\na.amjob,2,"1,012.5"\na.amjob,3,9\n',
        "\ufeffjob;layer;layer_time_s\r\na.amjob;1;12,45\r\na.amjob;2;1.012,5\r\na.amjob;3;9\r\n",
        (
            "# a remark; with, both\n\njob\tlayer\tlayer_time_s\na.amjob\t1\t12,45\n\n# more\n"
            "a.amjob\t2\t1 012,5\na.amjob\t3\t9,00\n"
        ),
        "Job; Layer; Layer time s\na.amjob;1;12,45\na.amjob;2;1’012,5\na.amjob;3;9\n",
        "job;layer;measured_min\na.amjob;1;0,2075\na.amjob;2;16,875\na.amjob;3;0,15\n",
        "job,layer,layer_time_ms\na.amjob,1,12450\na.amjob,2,1012500\na.amjob,3,9000\n",
        "layer_time_s,layer,job\n12.45,1,a.amjob\n1012.5,2,a.amjob\n9,3,a.amjob",
    ],
    ids=["plain", "quotes", "german", "tab", "names", "minutes", "milliseconds", "order"],
)
def test_forms_of_a_log_mean_the_same(tmp_path, text):
    read = log(tmp_path, text)
    assert [(row.layer, round(row.time_s, 9)) for row in read.rows] == ROWS
    assert {row.job for row in read.rows} == {"a.amjob"}
    assert read.is_per_layer


def test_lines_of_rows_are_those_of_the_file(tmp_path):
    read = log(tmp_path, "# x\n\njob,layer,layer_time_s\n\na.amjob,1,2\n# y\na.amjob,2,3\n")
    assert [row.line for row in read.rows] == [5, 7]


@pytest.mark.parametrize(
    ("cells", "decimal", "value"),
    [
        ("0,125", "comma", 0.125),
        ("12,3456", "comma", 12.3456),
        ("1.234,5", "comma", 1234.5),
        ("1,234.5", "point", 1234.5),
        ("1.234.567", "comma", 1234567.0),
        ("1,234,567", "point", 1234567.0),
        ("12.5", "point", 12.5),
        ("1e3", "point", 1000.0),
        ("17", "point", 17.0),
    ],
)
def test_a_cell_that_can_be_read_in_one_way_decides(tmp_path, cells, decimal, value):
    read = log(tmp_path, f"job;job_time_s\na;{cells}\n")
    assert (read.decimal, read.rows[0].time_s) == (decimal, value)


def test_a_doubtful_decimal_mark_is_asked_for(tmp_path):
    text = "job;job_time_s\na;12,345\nb;13,456\n"
    told = refused(tmp_path, text, "E382")
    assert "log.csv:2" in told
    assert "--decimal" in told
    assert log(tmp_path, text, decimal="comma").rows[0].time_s == 12.345
    assert log(tmp_path, text, decimal="point").rows[0].time_s == 12345.0
    # One cell that is certain is enough, wherever it stands.
    assert log(tmp_path, text + "c;14,5\n").rows[0].time_s == 12.345
    # Between commas a comma is no decimal mark, so a point is.
    assert log(tmp_path, "job,job_time_s\na,12.345\n").rows[0].time_s == 12.345


def test_contradicting_decimal_marks_are_refused_with_both_lines(tmp_path):
    told = refused(tmp_path, "job;job_time_s\na;12,5\nb;13.5\n", "E382")
    assert "line 2" in told
    assert "line 3" in told


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no line with the names"),
        ("# nothing\n\n", "no line with the names"),
        ("job,layer,layer_time_s\n", "no rows"),
        ("job,layer,layer_time_s\na,1\n", "2 cells, but 3 columns"),
        ("job,layer,layer_time_s\na,1,12,5\n", "decimal comma needs semicolons"),
        ("job,,layer_time_s\na,1,2\n", "has no name"),
        ("job,job,layer_time_s\na,1,2\n", "two columns"),
        ('job,layer,layer_time_s\n"a,1,2\n', "cannot be read"),
        (b"job,layer_time_s\n\xe4,1\n", "UTF-8"),
        (b"PK\x03\x04....", "workbook"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, text, what):
    assert what in refused(tmp_path, text, "E382")


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(FileContentError) as raised:
        read_log(tmp_path / "nowhere.csv")
    assert raised.value.code == "E382"


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("job,layer,layer_time", "no unit"),
        ("job,layer,measured", "no unit"),
        ("job,layer,time", "no unit"),
        ("job,layer,seconds", "no column is a measured time"),
        ("job,layer_time_s,job_time_s", "several columns"),
        ("job,note,layer_time_s", 'needs a column "layer"'),
        ("job,note,total_time_h", "more than the layers"),
        ("layer,note,layer_time_s", "nothing says what was exposed"),
        ("hatch,jumps,layer_time_s", "no unit"),
        ("hatch_mm,jumpes,layer_time_s", 'Did you mean "jumps"'),
        ("hatch_mm,jumps,job_time_s", 'needs a column "layers"'),
        ("job,hatch_mm,layer_time_s", "both a job folder and hatch_mm"),
    ],
)
def test_missing_columns_and_units_are_refused(tmp_path, header, what):
    assert what in refused(tmp_path, f"{header}\n1,2,3\n", "E383")


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("a,1,", "is empty"),
        ("a,1,x", "not a number"),
        ("a,1,nan", "not a number"),
        ("a,1,inf", "not a number"),
        ("a,1,0", "more than 0"),
        ("a,1,-3", "more than 0"),
        ("a,0,3", "whole number from 1"),
        ("a,1.5,3", "whole number from 1"),
        ("a,,3", "whole number from 1"),
        (",1,3", "job is empty"),
        ("a,7,3", "stands in line 2 already"),
    ],
)
def test_faulty_rows_are_refused_with_their_lines(tmp_path, row, what):
    told = refused(tmp_path, f"job,layer,layer_time_s\na,7,3\n{row}\n", "E384")
    assert f"log.csv:3: {what}" in told or (what in told and "log.csv:3" in told)


def test_all_faulty_rows_are_told_at_once(tmp_path):
    rows = "".join(f"a,{i},x\n" for i in range(1, 31))
    told = refused(tmp_path, f"job,layer,layer_time_s\n{rows}", "E384")
    assert told.count("log.csv:") == 21
    assert "and 10 more" in told


def test_total_times_lose_what_is_no_layer(tmp_path):
    read = log(tmp_path, "job;total_time_hms;not_layers_min\na.amjob;10:30:00;90\n")
    assert read.rows[0].time_s == 9 * 3600
    assert read.resolution_s == 1.0
    assert "not_layers_h" in refused(tmp_path, "job;total_time_h;not_layers_h\na;2;2\n", "E384")


@pytest.mark.parametrize(("cell", "seconds"), [("1:02:03", 3723), ("0:00:03.5", 3.5)])
def test_times_of_day(tmp_path, cell, seconds):
    assert log(tmp_path, f"job;job_time_hms\na;{cell}\n").rows[0].time_s == seconds
    refused(tmp_path, "job;job_time_hms\na;1:62:03\n", "E384")
    refused(tmp_path, "job;job_time_hms\na;12.5\n", "E384")


def test_two_parts_of_a_time_are_minutes_of_a_layer_and_unclear_of_a_job(tmp_path):
    """9:23 of a job means hours and minutes to those who write it, 563 s by the form."""
    assert log(tmp_path, "job;layer;layer_time_hms\na;1;02:03\n").rows[0].time_s == 123
    for column in ("job_time_hms", "measured_hms"):
        assert "h:mm:ss" in refused(tmp_path, f"job;{column}\na;9:23\n", "E384")
    refused(tmp_path, "job;total_time_hms;not_layers_hms\na;9:23:00;1:30\n", "E384")


def test_a_comma_between_quotes_may_be_a_decimal_mark(tmp_path):
    """A table of quoted cells as programs write them that are told to use a decimal comma."""
    text = 'hatch_mm,layer_time_s\n"100","12,345"\n"200","13,127"\n'
    assert "--decimal" in refused(tmp_path, text, "E382")
    assert log(tmp_path, text, decimal="comma").rows[0].time_s == 12.345
    assert log(tmp_path, text.replace("13,127", "13,1")).rows[0].time_s == 12.345


def test_features_have_units_and_limits(tmp_path):
    read = log(
        tmp_path, "hatch_m,contour_mm,jumps,scan_speed_m_s,layer_time_s,operator\n1.5,200,30,1.2,20,me\n"
    )
    expected = {"hatch_mm": 1500.0, "contour_mm": 200.0, "jumps": 30.0, "scan_speed_mm_s": 1200.0}
    assert read.rows[0].features == expected
    assert read.ignored == ("operator",)
    for row, what in [
        ("0,0,3,1,20,x", "nothing is marked"),
        ("1,-2,3,1,20,x", "from 0"),
        ("1,2,3,0,20,x", "above 0"),
    ]:
        text = f"hatch_m,contour_mm,jumps,scan_speed_m_s,layer_time_s,note\n{row}\n"
        assert what in refused(tmp_path, text, "E384")


def test_the_step_of_the_times_is_seen(tmp_path):
    assert log(tmp_path, "job;job_time_s\na;12,50\nb;13,1\n").resolution_s == pytest.approx(0.01)
    assert log(tmp_path, "job;job_time_min\na;12\nb;13\n").resolution_s == 60.0

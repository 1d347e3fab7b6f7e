"""Size and speed of the layer viewer on a job of about five million vectors.

    python benchmarks/viewer.py [--million 5] [--budget 25MB] [--rounds 5] [--browser chromium] [--json FILE]

A plate for the EOS M 400-4 is sliced first; its height follows from the number of vectors that is asked for.
The page is packed in a process of its own, whose peak memory counts. Times in the browser are the best of
several rounds of opening the file anew: to the first layer on the screen, from the start of the page's own
script and from the start of loading; then single steps to layers that were not seen before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from amprep.demonstrators.primitives import plate_with_holes
from amprep.output.stl import write_stl
from amprep.version import __version__

#: A layer of it has about so many vectors.
SIZE_MM = (60.0, 60.0)
PER_LAYER = 6386
THICKNESS_MM = 0.04
ARGUMENTS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


def amprep(*arguments: str) -> float:
    """Wall seconds of a command."""
    began = time.perf_counter()
    code = "from amprep.cli.app import main; main()"
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def own_peak(folder: Path, page: Path, budget: str) -> tuple[float, float]:
    """Wall seconds and peak MB of packing, in a process that does nothing else."""
    code = (
        "import resource, sys\nfrom amprep.cli.app import app\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)\n"
    )
    arguments = ["view", str(folder), "-o", str(page), "--budget", budget, "--no-open", "--force"]
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began, float(done.stdout.split()[-1])


def seen(page: Path, browser: str, rounds: int) -> dict[str, float]:
    from playwright.sync_api import sync_playwright

    first, script, steps, draws, heap = [], [], [], [], []
    with sync_playwright() as machine:
        for _ in range(rounds):
            window = machine.chromium.launch(executable_path=browser, args=ARGUMENTS)
            tab = window.new_page(viewport={"width": 1600, "height": 900})
            tab.goto(page.as_uri())
            tab.wait_for_selector("#apv[data-ready=yes]", state="attached", timeout=60_000)
            stats = tab.evaluate("window.apvStats")
            first.append(stats["firstLayerMs"])
            script.append(stats["firstLayerMs"] - stats["began"])
            count = int(stats["count"])
            for k in range(12):
                tab.evaluate(f"apv.show({(k * 83 + 41) % count})")
                stats = tab.evaluate("window.apvStats")
                steps.append(stats["stepMs"])
                draws.append(stats["drawMs"])
            heap.append(tab.evaluate("performance.memory ? performance.memory.usedJSHeapSize / 1e6 : 0"))
            window.close()
    return {
        "first_layer_ms": min(first),
        "first_layer_median_ms": statistics.median(first),
        "script_to_first_layer_ms": min(script),
        "cold_step_median_ms": statistics.median(steps),
        "cold_step_max_ms": max(steps),
        "draw_median_ms": statistics.median(draws),
        "js_heap_mb": max(heap),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--million", type=float, default=5.0)
    options.add_argument("--budget", default="25MB")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--browser", default=shutil.which("chromium") or "")
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as room:
        shop = Path(room)
        layers = max(1, round(asked.million * 1e6 / PER_LAYER))
        part = shop / "plate.stl"
        write_stl(plate_with_holes((*SIZE_MM, layers * THICKNESS_MM)), part)
        folder = shop / "plate.amjob"
        slicing_s = amprep("slice", str(part), "-m", "m400-4", "--no-report", "-o", str(folder))
        page = shop / "view.html"
        packing_s, peak_mb = own_peak(folder, page, asked.budget)
        vectors = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["vectors"]
        figures = {
            "amprep": __version__,
            "python": platform.python_version(),
            "processors": os.cpu_count(),
            "layers": layers,
            "vectors": vectors,
            "slicing_s": slicing_s,
            "packing_s": packing_s,
            "packing_peak_mb": peak_mb,
            "page_mb": page.stat().st_size / 1e6,
            "mb_per_million_vectors": page.stat().st_size / vectors,
        }
        if asked.browser:
            figures |= seen(page, asked.browser, asked.rounds)
        else:
            print("no browser found: sizes only", file=sys.stderr)
    for name, value in figures.items():
        print(f"{name:28} {value:.4g}" if isinstance(value, float) else f"{name:28} {value}")
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

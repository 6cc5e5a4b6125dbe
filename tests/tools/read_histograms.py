"""Reads the histograms of a folder of results with the Python port of HdrHistogram.

Usage: read_histograms.py FOLDER; the folder holds histograms.csv, histograms.hlog and *.hgrm.
Every interval of the log must have the buckets of the table under its tag, and every percentile
table the rows that the port itself prints of that interval. Exits with 3 where the port is not
installed.
"""

import collections
import csv
import io
import pathlib
import sys

try:
    from hdrh.histogram import HdrHistogram
    from hdrh.log import HistogramLogReader
except ImportError:
    print("not installed: hdrhistogram")
    sys.exit(3)

NS_PER_MS = 1_000_000.0


def table(path):
    """The buckets of every histogram by its name: highest value in ns and count."""
    found = collections.OrderedDict()
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            name = ".".join(part for part in (row["arm"], row["replication"], row["class"], row["stage"]) if part)
            buckets = found.setdefault(name, [])
            buckets.append((round(float(row["value_s"]) * 1e9), int(row["count"])))
    return found


def intervals(path):
    """The histograms of a log by their tags."""
    reader = HistogramLogReader(str(path), HdrHistogram(1, 3_600_000_000_000, 3))
    found = collections.OrderedDict()
    while True:
        histogram = reader.get_next_interval_histogram()
        if histogram is None:
            return found
        found[histogram.get_tag()] = histogram


def buckets(histogram):
    steps = histogram.get_recorded_iterator()
    return [(histogram.get_highest_equivalent_value(step.value_iterated_to), step.count_at_value_iterated_to) for step in steps]


def rows(text):
    """The numbers of the rows of a percentile table, without head and foot."""
    lines = [line.split() for line in text.splitlines()[1:] if line.strip() and not line.startswith("#")]
    return [[float(cell) for cell in line if cell not in ("inf", "Infinity")] for line in lines]


def main(folder):
    expected, read = table(folder / "histograms.csv"), intervals(folder / "histograms.hlog")
    # A histogram without a message has no row in the table.
    assert set(expected) <= set(read), (list(expected), list(read))
    for name, histogram in read.items():
        wanted = expected.get(name, [])
        assert buckets(histogram) == wanted, (name, buckets(histogram)[:5], wanted[:5])
        printed = io.BytesIO()
        histogram.output_percentile_distribution(printed, NS_PER_MS)
        theirs, ours = rows(printed.getvalue().decode()), rows((folder / f"{name}.hgrm").read_text())
        assert len(theirs) == len(ours) > 0, (name, len(theirs), len(ours))
        for mine, other in zip(ours, theirs):
            assert len(mine) == len(other), (name, mine, other)
            assert all(abs(a - b) <= 1e-3 * max(1.0, abs(b)) for a, b in zip(mine, other)), (name, mine, other)
        print(f"{name}: {histogram.get_total_count()} spans, {len(ours)} rows")


main(pathlib.Path(sys.argv[1]))

"""Reads the histograms of a folder of results with the Python port of HdrHistogram.

Usage: read_histograms.py FOLDER; the folder holds histograms.csv, histograms.hlog and *.hgrm.
Every interval of the log must have the buckets of the table under its tag, and every row of a
percentile table must say what the port counts in that interval up to the row's value. Exits with 3
where the port is not installed.
"""

import collections
import csv
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


def check_rows(name, text, counted):
    """Each row: value in ms, share up to it, count up to it; one over the rest, but for the last."""
    total = sum(count for _, count in counted)
    lines = [line.split() for line in text.splitlines()[1:] if line.strip() and not line.startswith("#")]
    assert lines and float(lines[-1][1]) == 1.0, name
    for cells in lines:
        value, share, count = (float(cell) for cell in cells[:3])
        up_to = sum(count for highest, count in counted if highest <= value * NS_PER_MS + 600)
        below = sum(count for highest, count in counted if highest < value * NS_PER_MS - 600)
        assert up_to == count, (name, cells, up_to)
        # The value is the first at which so large a share is reached.
        assert below <= share * total + 1e-6 and share * total <= up_to + 1e-6, (name, cells, below, up_to)
        assert len(cells) == (3 if share == 1.0 else 4), (name, cells)
    return len(lines)


def main(folder):
    expected, read = table(folder / "histograms.csv"), intervals(folder / "histograms.hlog")
    # A histogram without a message has no row in the table.
    assert set(expected) <= set(read), (list(expected), list(read))
    for name, histogram in read.items():
        wanted = expected.get(name, [])
        assert buckets(histogram) == wanted, (name, buckets(histogram)[:5], wanted[:5])
        counted = check_rows(name, (folder / f"{name}.hgrm").read_text(), wanted)
        print(f"{name}: {histogram.get_total_count()} spans, {counted} rows")


main(pathlib.Path(sys.argv[1]))

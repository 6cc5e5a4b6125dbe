"""Reads the JSON files of all rounds in a folder; checks that the engines agree; prints the times.

Agreement is checked on the means over the rounds: shares of verdicts within 0.03, median latency
within 8 %, 99th percentile within 15 % of the plain program's; M/M/1 and PHOLD within 10 % and 1 %
of theory (short runs; the benchmarks in Rust are held to much less). Exit code 1 otherwise.
"""

import json
import pathlib
import statistics
import sys
from collections import defaultdict

SHARE, P50, P99 = 0.03, 0.08, 0.15
THEORY = {"mm1": 0.10, "phold": 0.01}


def load(folder):
    """Lines of all files: workload -> engine -> list of lines."""
    table = defaultdict(lambda: defaultdict(list))
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        for line in json.loads(path.read_text(encoding="utf-8")):
            table[line["workload"]][line["engine"]].append(line)
    return table


def mean(lines, key):
    return statistics.fmean(line["results"][key] for line in lines)


def shares(lines):
    names = lines[0]["results"]["shares"]
    return {n: statistics.fmean(line["results"]["shares"][n] for line in lines) for n in names}


def faults_of_inbox(engines, reference):
    for engine, lines in engines.items():
        for key, tolerance in (("latency_p50_s", P50), ("latency_p99_s", P99)):
            value, expected = mean(lines, key), mean(reference, key)
            if abs(value - expected) > tolerance * expected:
                yield f"{engine}: {key} is {value}, plain says {expected}"
        expected = shares(reference)
        for name, value in shares(lines).items():
            if abs(value - expected[name]) > SHARE:
                yield f"{engine}: {name} is {value}, plain says {expected[name]}"


def faults_of_theory(engines, tolerance):
    for engine, lines in engines.items():
        value, expected = mean(lines, "mean"), mean(lines, "theory")
        if abs(value - expected) > tolerance * expected:
            yield f"{engine}: result is {value}, theory says {expected}"


def print_results(workload, engines):
    if not workload.startswith("inbox"):
        for engine, lines in engines.items():
            print(f"    {engine:<16} {mean(lines, 'mean'):.4f}, theory {mean(lines, 'theory'):.4f}")
        return
    names = ("ham.delivered", "ham.limited", "spam.delivered", "spam.labelled", "spam.limited")
    header = "".join(f"{name:>16}" for name in ("p50, s", "p99, s", *names))
    print(f"    {'results':<16}{header}")
    for engine, lines in engines.items():
        row = [mean(lines, "latency_p50_s"), mean(lines, "latency_p99_s")]
        row += [shares(lines)[name] for name in names]
        print(f"    {engine:<16}" + "".join(f"{value:>16.4f}" for value in row))


def print_times(workload, engines):
    medians = {
        engine: statistics.median(ns for line in lines for ns in line["ns_per_unit"])
        for engine, lines in engines.items()
    }
    references = [name for name in ("plain", "floor", "pdsim", "std-heap") if name in medians]
    print(f"\n{workload}")
    header = "".join(f"{'x ' + name:>12}" for name in references)
    print(f"    {'engine':<16}{'ns per unit':>14}{header}")
    for engine, ns in sorted(medians.items(), key=lambda item: item[1]):
        ratios = "".join(f"{ns / medians[name]:>12.2f}" for name in references)
        print(f"    {engine:<16}{ns:>14.1f}{ratios}")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: compare.py FOLDER")
    faults = []
    for workload, engines in sorted(load(sys.argv[1]).items()):
        print_times(workload, engines)
        print_results(workload, engines)
        if workload.startswith("inbox"):
            found = faults_of_inbox(engines, engines["plain"])
        else:
            found = faults_of_theory(engines, THEORY[workload])
        faults += [f"{workload}: {fault}" for fault in found]
    if faults:
        sys.exit("the engines do not simulate the same model:\n" + "\n".join(faults))


if __name__ == "__main__":
    main()

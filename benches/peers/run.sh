#!/bin/sh
# Runs the benchmark workloads on this crate's programs, on SimPy and on NeXosim, in turn, and
# prints the times side by side with their ratios.
#
#   benches/peers/run.sh [--rounds N] [--accounts LIST] [--messages N] [--units N] [--out DIR]
#
# The figures of each round go to DIR (default target/peers) as JSON. Needs cargo, python3 with
# `venv`, and access to the package registries the first time.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
rounds=3 accounts=10000,100000 messages=200000 units=500000 out=$root/target/peers
while [ $# -gt 0 ]; do
    case "$1" in
        --rounds) rounds=$2 ;;
        --accounts) accounts=$2 ;;
        --messages) messages=$2 ;;
        --units) units=$2 ;;
        --out) out=$2 ;;
        *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    [ $# -ge 2 ] || { echo "run.sh: \`$1\` needs a value" >&2; exit 2; }
    shift 2
done

mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/*.json
python="$out/venv/bin/python"
[ -x "$python" ] || python3 -m venv "$out/venv"
"$python" -m pip install --quiet --requirement "$here/requirements.txt"

cd "$root"
cargo bench --quiet --bench inbox --bench engines --no-run
cargo build --quiet --release --manifest-path "$here/nexosim/Cargo.toml" --target-dir "$out/nexosim"
nexosim="$out/nexosim/release/nexosim-peer"

# own BENCH OPTION...: one repetition, so that the peers' runs come between the rounds.
own() {
    bench=$1
    shift
    cargo bench --quiet --bench "$bench" -- --repetitions 1 "$@" >"$out/$bench.log" 2>&1 ||
        { cat "$out/$bench.log" >&2; exit 1; }
}

round=1
while [ "$round" -le "$rounds" ]; do
    seed=$((20251100 + round))
    echo "round $round of $rounds" >&2
    own inbox --accounts "$accounts" --messages "$messages" --seed "$seed" --json "$out/$round-inbox.json"
    own engines --units "$units" --seed "$seed" --json "$out/$round-engines.json"
    for size in $(echo "$accounts" | tr ',' ' '); do
        "$python" "$here/simpy_peer.py" --workload inbox --accounts "$size" \
            --messages "$messages" --seed "$seed" --json "$out/$round-simpy-inbox-$size.json"
        "$nexosim" inbox "$size" "$messages" "$seed" >"$out/$round-nexosim-inbox-$size.json"
    done
    for workload in mm1 phold; do
        "$python" "$here/simpy_peer.py" --workload "$workload" --units "$units" \
            --seed "$seed" --json "$out/$round-simpy-$workload.json"
        "$nexosim" "$workload" "$units" "$seed" >"$out/$round-nexosim-$workload.json"
    done
    round=$((round + 1))
done
"$python" "$here/compare.py" "$out"

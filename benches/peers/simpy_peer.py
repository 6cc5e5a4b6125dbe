"""The benchmark workloads on SimPy: `inbox`, `mm1` and `phold`.

The models are those of benches/inbox/workload.rs, benches/engines/mm1.rs and phold.rs, written the
way SimPy's documentation writes models: a process per sender, a process per message, a `Resource`
per PDS. Figures go to a JSON file in the format of `cargo bench ... -- --json FILE`.
"""

import argparse
import json
import math
import random
import time
from collections import defaultdict

import simpy

PDS_COUNT = 100
WORKERS = 4
UTILIZATION = 0.7
SERVICE_SIGMA = 0.5
DELAY_SHIFT_S = 0.005
DELAY_MEDIAN_S = 0.040
DELAY_SIGMA = 0.5
HAM_GAP_S = 60.0
SPAM_FACTOR = 20
TOKEN_LIFETIME_S = 60.0
LIMIT_INTERVAL_S = 60.0
REPORT_CHANCE = 0.1
BLOCK_CHANCE = 0.1
REPORT_THRESHOLD = 3
LABEL_LAG_S = 600.0
VERDICTS = ("delivered", "expired", "labelled", "blocked", "limited", "in-flight")


class Inbox:
    """One run of the workload `inbox`."""

    def __init__(self, accounts, messages, seed):
        self.env = simpy.Environment()
        self.random = random.Random(seed)
        self.accounts = accounts
        self.spammers = accounts // 100
        rate = (accounts + (SPAM_FACTOR - 1) * self.spammers) / HAM_GAP_S
        self.horizon = messages / rate
        mean_service = UTILIZATION * WORKERS * PDS_COUNT / rate
        self.service_mu = math.log(mean_service) - 0.5 * SERVICE_SIGMA**2
        self.delay_mu = math.log(DELAY_MEDIAN_S)
        self.workers = [simpy.Resource(self.env, WORKERS) for _ in range(PDS_COUNT)]
        self.due = [{} for _ in range(PDS_COUNT)]
        self.labelled = set()
        self.blocks = set()
        self.reporters = defaultdict(set)
        self.answers = [[0, 0] for _ in range(accounts)]
        self.created = {"ham": 0, "spam": 0}
        self.ended = defaultdict(int)
        self.latencies = []
        for account in range(accounts):
            self.env.process(self.sender(account))

    def run(self):
        self.env.run(until=self.horizon)

    def class_of(self, sender):
        return "spam" if sender < self.spammers else "ham"

    def sender(self, account):
        spam = account < self.spammers
        rate = (SPAM_FACTOR if spam else 1) / HAM_GAP_S
        while True:
            yield self.env.timeout(self.random.expovariate(rate))
            self.created[self.class_of(account)] += 1
            self.env.process(self.message(account))

    def message(self, sender):
        created = self.env.now
        recipient = self.random.randrange(self.accounts - 1)
        if recipient >= sender:
            recipient += 1
        delay = DELAY_SHIFT_S + self.random.lognormvariate(self.delay_mu, DELAY_SIGMA)
        service = self.random.lognormvariate(self.service_mu, SERVICE_SIGMA)
        yield self.env.timeout(delay)
        with self.workers[recipient % PDS_COUNT].request() as worker:
            yield worker
            verdict = self.rule(created, sender, recipient)
            yield self.env.timeout(service)
        self.finish(created, sender, recipient, verdict)
        yield self.env.timeout(delay)
        self.answers[sender][verdict == "delivered"] += 1

    def rule(self, created, sender, recipient):
        now = self.env.now
        if now > created + TOKEN_LIFETIME_S:
            return "expired"
        if sender in self.labelled:
            return "labelled"
        if (recipient, sender) in self.blocks:
            return "blocked"
        due = self.due[recipient % PDS_COUNT]
        if now < due.get(sender, 0.0):
            return "limited"
        due[sender] = now + LIMIT_INTERVAL_S
        return "delivered"

    def finish(self, created, sender, recipient, verdict):
        name = self.class_of(sender)
        self.ended[f"{name}.{verdict}"] += 1
        if verdict != "delivered":
            return
        if name == "ham":
            self.latencies.append(self.env.now - created)
            return
        if self.random.random() < BLOCK_CHANCE:
            self.blocks.add((recipient, sender))
        if self.random.random() < REPORT_CHANCE:
            self.report(sender, recipient)

    def report(self, sender, reporter):
        reporters = self.reporters[sender]
        if len(reporters) < REPORT_THRESHOLD:
            before = len(reporters)
            reporters.add(reporter)
            if before < len(reporters) == REPORT_THRESHOLD:
                self.env.process(self.label(sender))

    def label(self, sender):
        yield self.env.timeout(self.random.expovariate(1.0 / LABEL_LAG_S))
        self.labelled.add(sender)

    def outcome(self):
        total = sum(self.created.values())
        shares = {}
        for name in ("ham", "spam"):
            ended = 0
            for verdict in VERDICTS[:-1]:
                count = self.ended[f"{name}.{verdict}"]
                ended += count
                shares[f"{name}.{verdict}"] = count / total
            shares[f"{name}.in-flight"] = (self.created[name] - ended) / total
        self.latencies.sort()
        return total, {
            "messages": total,
            "latency_p50_s": nearest_rank(self.latencies, 0.50),
            "latency_p99_s": nearest_rank(self.latencies, 0.99),
            "shares": shares,
        }


def nearest_rank(ordered, share):
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def run_inbox(options):
    inbox = Inbox(options.accounts, options.messages, options.seed)
    inbox.run()
    return inbox.outcome()


def run_mm1(options):
    """Customers with a process each at one server; utilization 0.8, mean service 1 s."""
    env = simpy.Environment()
    draws = random.Random(options.seed)
    server = simpy.Resource(env, 1)
    waits = []
    done = env.event()

    def customer():
        arrived = env.now
        with server.request() as turn:
            yield turn
            waits.append(env.now - arrived)
            if len(waits) == options.units:
                done.succeed()
            yield env.timeout(draws.expovariate(1.0))

    def source():
        while True:
            yield env.timeout(draws.expovariate(0.8))
            env.process(customer())

    env.process(source())
    env.run(until=done)
    return len(waits), {"mean": sum(waits) / len(waits), "theory": 4.0}


def run_phold(options):
    """16,384 logical processes; an event makes the next one elsewhere after 0.1 s + Exp(0.9 s)."""
    processes = 16_384
    env = simpy.Environment()
    draws = random.Random(options.seed)
    visits = [0] * processes

    def token(place):
        while True:
            yield env.timeout(0.1 + draws.expovariate(1.0 / 0.9))
            visits[place] += 1
            place = draws.randrange(processes)

    for place in range(processes):
        env.process(token(place))
    horizon = options.units / processes
    env.run(until=horizon)
    theory = processes * (horizon + (0.81 - 1.0) / 2.0)
    return sum(visits), {"mean": sum(visits), "theory": theory}


RUNS = {"inbox": run_inbox, "mm1": run_mm1, "phold": run_phold}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workload", choices=RUNS, required=True)
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=200_000)
    parser.add_argument("--units", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=20_251_101)
    parser.add_argument("--json", required=True)
    options = parser.parse_args()
    start = time.perf_counter_ns()
    units, results = RUNS[options.workload](options)
    ns_per_unit = (time.perf_counter_ns() - start) / units
    workload = options.workload
    if workload == "inbox":
        workload += f"/{options.accounts}"
    line = {
        "workload": workload,
        "engine": f"simpy {simpy.__version__}",
        "ns_per_unit_median": ns_per_unit,
        "ns_per_unit": [ns_per_unit],
        "results": results,
    }
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump([line], file, indent=2)


if __name__ == "__main__":
    main()

//! PHOLD with 16,384 logical processes (see benches/engines/phold.rs), a model each.
//!
//! NeXosim's models talk over connections, so a process cannot reach any other at random: each has
//! eight outputs to random processes and sends on a random one of them. Number and spacing of the
//! events are the same.

use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, EventSource, Output, SinkState, event_queue};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Outcome;

const PROCESSES: usize = 16_384;
const NEIGHBOURS: usize = 8;

#[derive(Serialize, Deserialize)]
struct Process {
    neighbours: Vec<Output<()>>,
    tally: Output<u64>,
    rng: ChaCha12Rng,
    events: u64,
}

#[Model]
impl Process {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.receive((), context);
    }

    /// Holds what comes in for 0.1 s + Exp(0.9 s).
    fn receive(&mut self, _: (), context: &Context<Self>) {
        let law = Exp::new(1.0 / 0.9).expect("the rate is positive");
        let hold = Duration::from_secs_f64(0.1 + law.sample(&mut self.rng));
        context
            .schedule_event(hold, schedulable!(Self::pass_on), ())
            .unwrap();
    }

    #[nexosim(schedulable)]
    async fn pass_on(&mut self, _: ()) {
        self.events += 1;
        let neighbour = self.rng.random_range(0..NEIGHBOURS);
        self.neighbours[neighbour].send(()).await;
    }

    async fn tell(&mut self, _: ()) {
        self.tally.send(self.events).await;
    }
}

/// Runs the processes for `units / 16,384` seconds.
pub fn run(units: u64, seed: u64) -> Outcome {
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let mailboxes: Vec<Mailbox<Process>> = (0..PROCESSES).map(|_| Mailbox::new()).collect();
    let (sink, mut tallies) = event_queue(SinkState::Enabled);
    let mut bench = SimInit::with_num_threads(1);
    let mut tell = EventSource::new();
    let mut processes = Vec::new();
    for mailbox in &mailboxes {
        let mut process = Process {
            neighbours: (0..NEIGHBOURS).map(|_| Output::default()).collect(),
            tally: Output::default(),
            rng: ChaCha12Rng::seed_from_u64(rng.next_u64()),
            events: 0,
        };
        for neighbour in &mut process.neighbours {
            neighbour.connect(Process::receive, &mailboxes[rng.random_range(0..PROCESSES)]);
        }
        process.tally.connect_sink(sink.clone());
        tell = tell.connect(Process::tell, mailbox);
        processes.push(process);
    }
    let tell = tell.register(&mut bench);
    for (number, (process, mailbox)) in processes.into_iter().zip(mailboxes).enumerate() {
        bench = bench.add_model(process, mailbox, &number.to_string());
    }
    let mut simulation = bench
        .init(MonotonicTime::EPOCH)
        .expect("the bench is complete");
    let horizon = units as f64 / PROCESSES as f64;
    simulation
        .step_until(Duration::from_secs_f64(horizon))
        .expect("no model fails");
    simulation.process_event(&tell, ()).expect("no model fails");
    let events: u64 = std::iter::from_fn(|| tallies.try_read()).sum();
    let theory = PROCESSES as f64 * (horizon + (0.81 - 1.0) / 2.0);
    (events, json!({ "mean": events, "theory": theory }))
}

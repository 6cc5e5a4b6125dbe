//! M/M/1 at utilization 0.8 (see benches/engines/mm1.rs): a source, and a server with its queue.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, EventSource, Output, SinkState, event_queue};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use rand::SeedableRng;
use rand_chacha::ChaCha12Rng;
use rand_distr::{Distribution, Exp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Outcome, seconds};

#[derive(Serialize, Deserialize)]
struct Source {
    customers: Output<()>,
    rng: ChaCha12Rng,
}

#[Model]
impl Source {
    #[nexosim(init)]
    async fn init(&mut self, context: &Context<Self>) {
        self.set_timer(context);
    }

    fn set_timer(&mut self, context: &Context<Self>) {
        context
            .schedule_event(
                exponential(0.8, &mut self.rng),
                schedulable!(Self::send),
                (),
            )
            .unwrap();
    }

    #[nexosim(schedulable)]
    async fn send(&mut self, _: (), context: &Context<Self>) {
        self.customers.send(()).await;
        self.set_timer(context);
    }
}

#[derive(Serialize, Deserialize)]
struct Server {
    tally: Output<(u64, f64)>,
    rng: ChaCha12Rng,
    waiting: VecDeque<f64>,
    busy: bool,
    started: u64,
    waited: f64,
}

#[Model]
impl Server {
    fn arrive(&mut self, _: (), context: &Context<Self>) {
        self.waiting.push_back(seconds(context.time()));
        if !self.busy {
            self.start_next(context);
        }
    }

    #[nexosim(schedulable)]
    fn finish(&mut self, _: (), context: &Context<Self>) {
        self.busy = false;
        self.start_next(context);
    }

    fn start_next(&mut self, context: &Context<Self>) {
        if let Some(arrived) = self.waiting.pop_front() {
            self.busy = true;
            self.started += 1;
            self.waited += seconds(context.time()) - arrived;
            let service = exponential(1.0, &mut self.rng);
            context
                .schedule_event(service, schedulable!(Self::finish), ())
                .unwrap();
        }
    }

    async fn tell(&mut self, _: ()) {
        self.tally.send((self.started, self.waited)).await;
    }
}

/// Runs about `units` customers through the queue.
pub fn run(units: u64, seed: u64) -> Outcome {
    let stream = |number| {
        let mut rng = ChaCha12Rng::seed_from_u64(seed);
        rng.set_stream(number);
        rng
    };
    let mut source = Source {
        customers: Output::default(),
        rng: stream(0),
    };
    let mut server = Server {
        tally: Output::default(),
        rng: stream(1),
        waiting: VecDeque::new(),
        busy: false,
        started: 0,
        waited: 0.0,
    };
    let (source_mailbox, server_mailbox) = (Mailbox::new(), Mailbox::new());
    source.customers.connect(Server::arrive, &server_mailbox);
    let (sink, mut tallies) = event_queue(SinkState::Enabled);
    server.tally.connect_sink(sink);
    let mut bench = SimInit::with_num_threads(1);
    let tell = EventSource::new()
        .connect(Server::tell, &server_mailbox)
        .register(&mut bench);
    let mut simulation = bench
        .add_model(source, source_mailbox, "source")
        .add_model(server, server_mailbox, "server")
        .init(MonotonicTime::EPOCH)
        .expect("the bench is complete");
    simulation
        .step_until(Duration::from_secs_f64(units as f64 / 0.8))
        .expect("no model fails");
    simulation.process_event(&tell, ()).expect("no model fails");
    let (started, waited) = tallies
        .try_read()
        .expect("the server tells what it counted");
    (
        started,
        json!({ "mean": waited / started as f64, "theory": 4.0 }),
    )
}

fn exponential(rate: f64, rng: &mut ChaCha12Rng) -> Duration {
    let law = Exp::new(rate).expect("the rate is positive");
    Duration::from_secs_f64(law.sample(rng)).max(Duration::from_nanos(1))
}

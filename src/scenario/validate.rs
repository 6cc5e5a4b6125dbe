//! What the keys of a scenario must say together: checks that no single value can fail.

use super::{Fault, SCHEMA, ScenarioSpec, SendersSpec, join_key, validate_run};
use crate::labeler::{Enforcement, LabelerSpec, PropagationSpec, Scope};
use crate::metrics::registry;
use crate::population::{AccountsSpec, TargetSpec};
use crate::protocol::{Check, Class};
use crate::rng::Distribution;
use crate::units::{Span, UnitError};

/// A finding at a dotted key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) key: String,
    pub(super) code: &'static str,
    pub(super) what: String,
    pub(super) remedy: String,
    pub(super) weight: Weight,
}

/// Whether a finding stops the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Error,
    Warning,
}

/// The findings so far.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn error(
        &mut self,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(key, "wrong-value", what, remedy, Weight::Error);
    }

    /// An error whose code says more than "wrong-value".
    pub(super) fn coded(
        &mut self,
        code: &'static str,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(key, code, what, remedy, Weight::Error);
    }

    pub(super) fn warn(
        &mut self,
        key: impl Into<String>,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(key, "wrong-value", what, remedy, Weight::Warning);
    }

    fn add(
        &mut self,
        key: impl Into<String>,
        code: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
        weight: Weight,
    ) {
        let (key, what, remedy) = (key.into(), what.into(), remedy.into());
        self.0.push(Finding {
            key,
            code,
            what,
            remedy,
            weight,
        });
    }

    fn of_labeler(&mut self, prefix: &str, labeler: &LabelerSpec) {
        for (key, error) in labeler.faults() {
            let key = format!("{prefix}.{key}");
            self.add(
                key,
                "out-of-range",
                error.fault,
                error.remedy,
                Weight::Error,
            );
        }
    }

    pub(super) fn of_part<K: std::fmt::Display>(
        &mut self,
        prefix: &str,
        faults: Vec<(K, UnitError)>,
    ) {
        for (key, error) in faults {
            self.add(
                format!("{prefix}.{key}"),
                "out-of-range",
                error.fault,
                error.remedy,
                Weight::Error,
            );
        }
    }
}

/// A finding as a fault at its place in the tree.
pub(super) fn fault(finding: Finding, root: &super::Node) -> Fault {
    let place = root.place_of(&finding.key);
    let fault = Fault::new(finding.code, place, finding.what, finding.remedy);
    match finding.weight {
        Weight::Error => fault,
        Weight::Warning => fault.as_warning(),
    }
}

/// Everything that is wrong with a scenario before its data files are read.
pub(super) fn findings(spec: &mut ScenarioSpec) -> Findings {
    let mut found = Findings::default();
    for (key, distribution) in distributions(spec) {
        for error in distribution.validate() {
            found.add(
                &key,
                "out-of-range",
                error.fault,
                error.remedy,
                Weight::Error,
            );
        }
    }
    check_head(spec, &mut found);
    super::bounds::check(spec, &mut found);
    check_run(spec, &mut found);
    check_parts(spec, &mut found);
    for (name, senders) in &spec.senders {
        check_senders(spec, &join_key(&["senders", name]), senders, &mut found);
    }
    check_limits(spec, &mut found);
    check_labelers(spec, &mut found);
    check_expectations(spec, &mut found);
    found
}

/// Every distribution of a scenario with its key.
pub(super) fn distributions(spec: &mut ScenarioSpec) -> Vec<(String, &mut Distribution)> {
    let mut all = vec![("network.delay".to_owned(), &mut spec.network.delay)];
    all.extend(super::spec::auth_laws(&mut spec.auth, spec.did.as_mut()));
    all.extend(
        spec.pipeline
            .extra
            .as_mut()
            .map(|extra| ("pipeline.extra".to_owned(), extra)),
    );
    for (check, cost) in spec.pipeline.cost.iter_mut() {
        all.push((join_key(&["pipeline", "cost", check.name()]), cost));
    }
    for (name, senders) in &mut spec.senders {
        let key = |part: &str| format!("{}.{part}", join_key(&["senders", name]));
        all.extend(
            senders
                .distributions()
                .into_iter()
                .map(|(part, law)| (key(part), law)),
        );
    }
    for (name, labeler) in &mut spec.labelers {
        let key = |part: &str| format!("{}.{part}", join_key(&["labelers", name]));
        let written = labeler.written_mut().into_iter();
        all.extend(written.map(|(part, law)| (key(&part), law)));
    }
    all
}

fn check_head(spec: &ScenarioSpec, found: &mut Findings) {
    if spec.schema != SCHEMA {
        found.error(
            "schema",
            format!("schema {} is not known", spec.schema),
            format!("write schema = {SCHEMA}"),
        );
    }
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if spec.name.is_empty() || spec.name.starts_with('.') || !spec.name.chars().all(is_plain) {
        found.error(
            "name",
            format!("`{}` cannot name a folder", spec.name),
            "use letters, digits, hyphens and underscores",
        );
    }
}

fn check_run(spec: &ScenarioSpec, found: &mut Findings) {
    let run = &spec.run;
    if run.duration.is_none() && spec.trace.is_none() {
        found.error(
            "run",
            "no duration is given, and no trace to end with",
            "write duration = \"24h\" under [run]",
        );
    }
    if let Some(duration) = run.duration {
        if duration.is_zero() {
            found.error(
                "run.duration",
                "a run of 0s has no events",
                "write a span above 0s",
            );
        } else if let Some(warmup) = run.warmup.fixed()
            && warmup >= duration
        {
            found.error(
                "run.warmup",
                format!("the warm-up of {warmup} leaves nothing of the {duration} that are run"),
                "write a shorter warm-up or a longer duration",
            );
        }
    }
    validate_run::check(spec, found);
    if !(0.5..1.0).contains(&run.confidence.value()) {
        found.error(
            "run.confidence",
            format!(
                "a confidence of {} gives no useful interval",
                run.confidence
            ),
            "write a share from 50% to below 100%, such as \"95%\"",
        );
    }
}

fn check_parts(spec: &ScenarioSpec, found: &mut Findings) {
    super::validate_inbox::check(spec, found);
    super::validate_contact::check(spec, found);
    if let Some(accounts) = &spec.pds.accounts {
        found.of_part("pds.accounts", accounts.faults());
    }
    found.of_part("network.retry", spec.network.retry.faults());
    check_pds(spec, found);
    super::validate_auth::check(spec, found);
    if spec.output.time_series.is_some_and(Span::is_zero) {
        found.error(
            "output.time-series",
            "a step of 0s has no end",
            "write a span such as \"10m\"",
        );
    }
    let order = &spec.pipeline.order;
    for (place, check) in order.iter().enumerate() {
        if order[..place].contains(check) {
            found.error(
                "pipeline.order",
                format!("\"{}\" is named twice", check.name()),
                "name each check once",
            );
        }
    }
}

fn check_pds(spec: &ScenarioSpec, found: &mut Findings) {
    let pds = &spec.pds;
    if pds.count == Some(0) {
        found.error(
            "pds.count",
            "a network of 0 PDSes has nobody in it",
            "write 1 or more",
        );
    }
    let listed = pds.accounts.as_ref().and_then(AccountsSpec::pds_count);
    if let (Some(count), Some(listed)) = (pds.count, listed)
        && count as usize != listed
    {
        found.error(
            "pds.count",
            format!("count is {count}, but accounts names {listed} PDSes"),
            format!("write count = {listed}, or leave it out"),
        );
    }
    if pds.accounts.is_none() && !spec.senders.is_empty() && spec.trace.is_none() {
        found.error(
            "pds",
            "there is no account at all: nobody can send or receive",
            "write accounts = { equal = { each = 500 } } under [pds]",
        );
    }
    if spec.senders.is_empty() && spec.trace.is_none() {
        found.error(
            "",
            "nobody sends anything",
            "write a table [senders.NAME] or [trace]",
        );
    }
}

fn check_senders(spec: &ScenarioSpec, key: &str, senders: &SendersSpec, found: &mut Findings) {
    found.of_part(&format!("{key}.arrivals"), senders.arrivals.faults());
    found.of_part(&format!("{key}.target"), senders.target.faults());
    found.of_part(
        &format!("{key}.retry"),
        senders.retry.map_or_else(Vec::new, |retry| retry.faults()),
    );
    if let Some(attack) = &senders.attack {
        found.of_part(&format!("{key}.attack"), attack.faults());
        if attack.insistence().is_some() && senders.retry.is_some() {
            found.error(
                format!("{key}.retry"),
                "a retry policy beside an attack that says itself how it retries",
                "leave `retry` out, or write attack = { flood = {} }",
            );
        }
        if senders.class == Class::Ham {
            found.error(
                format!("{key}.attack"),
                "an attack by a group of class ham",
                "write class = \"spam\", or leave the attack out",
            );
        }
    }
    if senders.class == Class::Ham && senders.on == super::Home::OwnPds {
        found.error(
            format!("{key}.on"),
            "honest senders live on the PDSes of the network",
            "leave `on` out",
        );
    }
    if senders.count == 0 {
        found.error(
            format!("{key}.count"),
            "a group of 0 senders sends nothing",
            "write 1 or more, or leave the group out",
        );
    }
    super::validate_auth::check_senders(key, senders, found);
    super::validate_population::check_senders(spec, key, senders, found);
    check_span_of_sending(spec, key, senders, found);
}

fn check_span_of_sending(
    spec: &ScenarioSpec,
    key: &str,
    senders: &SendersSpec,
    found: &mut Findings,
) {
    if let Some(stop) = senders.stop.filter(|stop| *stop <= senders.start) {
        found.error(
            format!("{key}.stop"),
            format!(
                "the group stops at {stop}, not after its start at {}",
                senders.start
            ),
            "write a stop after the start",
        );
    }
    if spec
        .run
        .duration
        .is_some_and(|duration| senders.start >= duration)
    {
        found.warn(
            format!("{key}.start"),
            format!(
                "the group starts at {}, when the run is over: it never sends",
                senders.start
            ),
            "start earlier or run longer",
        );
    }
}

/// What the sizes of the PDSes, known once their file was read, allow.
pub(super) fn check_sizes(spec: &ScenarioSpec, sizes: &[u64], found: &mut Findings) {
    super::validate_inbox::check_sizes(spec, sizes.len(), found);
    let accounts = sizes
        .iter()
        .fold(0_u64, |sum, size| sum.saturating_add(*size));
    super::bounds::check_accounts(spec, sizes, found);
    let index = spec.pds.accounts.as_ref();
    let index = index.and_then(|accounts| accounts.fault_of_index(sizes.len()));
    found.of_part("pds.accounts", index.into_iter().collect());
    if spec.pds.accounts.is_some() && accounts == 0 {
        found.error(
            "pds.accounts",
            "there is no account at all: nobody can send or receive",
            "write a size above 0",
        );
        return;
    }
    if accounts > u64::from(u32::MAX) / 2 {
        found.coded(
            "too-many",
            "pds.accounts",
            format!("{accounts} accounts are more than 2^31"),
            "write fewer",
        );
        return;
    }
    found.of_part("network", spec.network.failure_faults(sizes.len()));
    check_labelers_per_pds(spec, sizes.len(), found);
    let mut left = accounts;
    for (name, senders) in &spec.senders {
        let key = join_key(&["senders", name]);
        let count = u64::from(senders.count);
        if senders.class == Class::Ham && count > left {
            found.error(
                format!("{key}.count"),
                format!(
                    "{count} honest senders, but only {left} of the {accounts} accounts are left"
                ),
                "write a smaller count or more accounts",
            );
        }
        left -= if senders.class == Class::Ham {
            count.min(left)
        } else {
            0
        };
        check_target(spec, &key, senders, accounts, found);
    }
}

/// Labelers are numbered with 16 bits, and a group on a PDS of its own adds that PDS.
fn check_labelers_per_pds(spec: &ScenarioSpec, pdses: usize, found: &mut Findings) {
    let labelers = spec.labelers.values();
    let pdses = pdses + spec.senders.len();
    let count: usize = labelers
        .map(|labeler| match labeler.scope {
            Scope::Network => 1,
            Scope::EachPds => pdses,
        })
        .sum();
    if count >= 1 << 16 {
        found.error(
            "labelers",
            format!("{count} labelers on {pdses} PDSes are more than 65535"),
            "write fewer tables with scope = \"each-pds\", or fewer PDSes",
        );
    }
}

fn check_target(
    spec: &ScenarioSpec,
    key: &str,
    senders: &SendersSpec,
    accounts: u64,
    found: &mut Findings,
) {
    let others = accounts - u64::from(senders.class == Class::Ham).min(accounts);
    if others == 0 && spec.trace.is_none() {
        found.error(
            format!("{key}.target"),
            "there is no account to write to but the sender's own",
            "write more accounts",
        );
    }
    if let TargetSpec::One { account } = senders.target
        && u64::from(account) >= accounts
        && spec.trace.is_none()
    {
        found.error(
            format!("{key}.target"),
            format!("there is no account number {account}: there are {accounts}"),
            "write a smaller number",
        );
    }
}

fn check_limits(spec: &ScenarioSpec, found: &mut Findings) {
    for fault in crate::policy::limit::validate(&spec.limits, &spec.limits_charging) {
        found.add(
            fault.key,
            "out-of-range",
            fault.fault,
            fault.remedy,
            Weight::Error,
        );
    }
    let is_asked = spec.pipeline.order.contains(&Check::RateLimit);
    let inbound = spec
        .limits
        .iter()
        .find(|(_, layer)| layer.at == crate::policy::limit::Place::Recipient);
    if let Some((name, _)) = inbound.filter(|_| !is_asked) {
        found.warn(
            join_key(&["limits", name]),
            format!("nobody asks the limit `{name}`: the pipeline has no rate-limit check"),
            "add \"rate-limit\" to pipeline.order",
        );
    }
}

fn check_labelers(spec: &ScenarioSpec, found: &mut Findings) {
    let subscribed = spec.labelers.values();
    let subscribed = subscribed.filter(|labeler| labeler.propagation != PropagationSpec::None);
    let subscribed = u32::try_from(subscribed.count()).unwrap_or(u32::MAX);
    found.of_part("labels", spec.labels.faults(subscribed));
    let is_asked = spec.pipeline.order.contains(&Check::Label);
    for (name, labeler) in &spec.labelers {
        let key = join_key(&["labelers", name]);
        found.of_labeler(&key, labeler);
        if labeler.propagation == PropagationSpec::None {
            found.warn(
                format!("{key}.propagation"),
                format!("nobody subscribes to the labeler `{name}`: its labels have no effect"),
                "write propagation = { stream = {} } or { poll = \"60s\" }",
            );
        } else if !is_asked && spec.labels.acts(Enforcement::Recipient) {
            found.warn(
                key,
                format!("no PDS looks at the labels of `{name}`: the pipeline has no label check"),
                "add \"label\" to pipeline.order",
            );
        }
    }
}

fn check_expectations(spec: &ScenarioSpec, found: &mut Findings) {
    for (name, expectation) in &spec.expect {
        let key = join_key(&["expect", name]);
        if registry::find(&expectation.metric).is_none() {
            let names = registry::METRICS.iter().map(|entry| entry.name);
            let nearest = super::nearest(&expectation.metric, names);
            let remedy = nearest.map_or_else(
                || "`pdsim explain metrics` lists them".to_owned(),
                |name| format!("write \"{name}\"; `pdsim explain metrics` lists them"),
            );
            found.error(
                format!("{key}.metric"),
                format!("there is no metric `{}`", expectation.metric),
                remedy,
            );
        }
        if expectation.max.is_none() && expectation.min.is_none() {
            found.error(
                key,
                "an expectation without a bound always holds",
                "write max or min",
            );
        }
    }
}

//! A scenario that is ready to run: validated specs and the content of the files they name.

use super::estimate::{Estimate, in_words};
use super::validate::{self, Findings};
use super::{
    InputFile, Loader, Node, ScenarioSpec, TraceFile, decode, read_accounts, read_empirical,
    read_trace,
};
use crate::population::AccountsSpec;
use crate::rng::Distribution;

/// A scenario that is ready to run.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The specs, with every default filled in.
    pub spec: ScenarioSpec,
    /// Accounts per PDS from the file that `pds.accounts` names; empty without one.
    pub accounts_file: Vec<u64>,
    /// The trace, where there is one.
    pub trace: Option<TraceFile>,
    /// The specs after each change of a policy by an intervention, in the order of their instants.
    pub changes: Vec<ScenarioSpec>,
    /// The tree that the specs were read from: every value with its place.
    pub tree: Node,
    /// The data files that were read, under the names they have in the scenario.
    pub data: Vec<DataFile>,
}

/// A data file that a scenario names.
#[derive(Debug, Clone)]
pub struct DataFile {
    /// The dotted key that names it.
    pub key: String,
    /// The file.
    pub file: InputFile,
}

impl Scenario {
    /// Decodes and validates a tree and reads the data files that it names.
    ///
    /// None where a fault was found; all of them, and all warnings, are in the loader's faults.
    pub fn prepare(tree: Node, loader: &mut Loader<'_>) -> Option<Self> {
        let mut spec: ScenarioSpec = decode(&tree, &mut loader.faults)?;
        let findings = validate::findings(&mut spec);
        tell(findings, &tree, loader);
        let mut scenario = Self {
            spec,
            accounts_file: Vec::new(),
            trace: None,
            changes: Vec::new(),
            tree,
            data: Vec::new(),
        };
        scenario.read_accounts_file(loader);
        scenario.read_empirical_files(loader);
        scenario.read_trace_file(loader);
        let mut findings = Findings::default();
        if !loader.faults.has_errors() {
            validate::check_sizes(&scenario.spec, &scenario.sizes(), &mut findings);
            scenario.check_interventions(loader);
        }
        tell(findings, &scenario.tree, loader);
        if !loader.faults.has_errors() {
            scenario.check_memory(loader);
        }
        (!loader.faults.has_errors()).then_some(scenario)
    }

    /// Refuses a scenario that would not fit into the room that the loader was given; the fault stands
    /// at the key that needs most of it.
    fn check_memory(&self, loader: &mut Loader<'_>) {
        let Some(room) = loader.room else { return };
        let estimate = Estimate::of(self, room.threads);
        let most = crate::units::cast::count_to_f64(room.bytes);
        let Some(largest) = estimate.parts.first() else {
            return;
        };
        if estimate.bytes() > most {
            let what = format!(
                "the run would need about {}, and may have {}: {}",
                in_words(estimate.bytes()),
                in_words(most),
                estimate.drivers()
            );
            let place = self.tree.place_of(&largest.key);
            let remedy = "lessen it, write fewer --jobs, or raise --max-memory";
            loader.faults.error("needs-memory", place, what, remedy);
        }
    }

    /// Accounts of the population per PDS.
    pub fn sizes(&self) -> Vec<u64> {
        let count = self.pds_count();
        let accounts = self.spec.pds.accounts.as_ref();
        accounts.map_or_else(
            || vec![0; count],
            |spec| spec.sizes(count, &self.accounts_file),
        )
    }

    /// How many PDSes there are: as written, or as many as the accounts name.
    fn pds_count(&self) -> usize {
        let pds = &self.spec.pds;
        let named = match &pds.accounts {
            Some(AccountsSpec::File(_)) => Some(self.accounts_file.len()),
            Some(accounts) => accounts.pds_count(),
            None => None,
        };
        named.or(pds.count.map(|count| count as usize)).unwrap_or(1)
    }

    fn read_accounts_file(&mut self, loader: &mut Loader<'_>) {
        let Some(AccountsSpec::File(name)) = self.spec.pds.accounts.clone() else {
            return;
        };
        let key = "pds.accounts.file";
        let Some(source) = self.open(key, &name, loader) else {
            return;
        };
        let Some(file) = read_accounts(source, &loader.sources, &mut loader.faults) else {
            return;
        };
        if let Some(count) = self.spec.pds.count
            && count as usize != file.accounts.len()
        {
            let mut findings = Findings::default();
            findings.error(
                "pds.count",
                format!(
                    "count is {count}, but {name} has {} rows",
                    file.accounts.len()
                ),
                "leave count out",
            );
            tell(findings, &self.tree, loader);
        }
        self.accounts_file = file.accounts;
    }

    fn read_empirical_files(&mut self, loader: &mut Loader<'_>) {
        let named: Vec<(String, String)> = validate::distributions(&mut self.spec)
            .into_iter()
            .filter_map(|(key, law)| law.file().map(|file| (key, file.to_owned())))
            .collect();
        for (key, name) in named {
            let file_key = format!("{key}.empirical.file");
            let Some(source) = self.open(&file_key, &name, loader) else {
                continue;
            };
            let read = read_empirical(source, &loader.sources, &mut loader.faults);
            let Some(read) = read else { continue };
            let values: Vec<u64> = read.values.iter().map(|value| value.ns()).collect();
            for (other, law) in validate::distributions(&mut self.spec) {
                if let Distribution::Empirical(empirical) = law
                    && other == key
                {
                    empirical.load(values.clone());
                }
            }
        }
    }

    fn read_trace_file(&mut self, loader: &mut Loader<'_>) {
        let Some(trace) = self.spec.trace.clone() else {
            return;
        };
        let Some(source) = self.open("trace.file", &trace.file, loader) else {
            return;
        };
        let epoch = i64::try_from(self.spec.run.epoch).unwrap_or(i64::MAX);
        self.trace = read_trace(source, &loader.sources, epoch, &mut loader.faults);
    }

    fn open(&mut self, key: &str, name: &str, loader: &mut Loader<'_>) -> Option<super::SourceId> {
        let source = loader.data(name, self.tree.place_of(key))?;
        let file = loader
            .inputs()
            .iter()
            .find(|input| input.source == source)?
            .clone();
        self.data.push(DataFile {
            key: key.to_owned(),
            file,
        });
        Some(source)
    }
}

impl ScenarioSpec {
    /// Shows `change` the name of every data file, after the dotted key that holds it.
    pub fn change_data_files(&mut self, mut change: impl FnMut(&str, &mut String)) {
        if let Some(AccountsSpec::File(name)) = &mut self.pds.accounts {
            change("pds.accounts.file", name);
        }
        if let Some(trace) = &mut self.trace {
            change("trace.file", &mut trace.file);
        }
        for (key, law) in validate::distributions(self) {
            if let Distribution::Empirical(empirical) = law {
                change(&format!("{key}.empirical.file"), &mut empirical.file);
            }
        }
    }
}

fn tell(findings: Findings, tree: &Node, loader: &mut Loader<'_>) {
    for finding in findings.0 {
        loader.faults.push(validate::fault(finding, tree));
    }
}

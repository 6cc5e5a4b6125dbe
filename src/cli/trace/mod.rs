//! `pdsim trace`: the lives of messages, check by check, and what other policies would have made
//! of them; timelines and event logs of what is followed.

mod export;
mod source;

use std::path::PathBuf;

use self::export::Exports;
use self::source::{Other, Source};
use super::console::{self, Console};
use super::exit::{Exit, Failure};
use super::input::Layers;
use super::{interrupt, run};
use crate::experiment::Arm;
use crate::experiment::tracing::{self, Fate, Query, QueryFault};
use crate::protocol::MessageId;
use crate::report::life::{self, FateRow, LifeNames};
use crate::scenario::{Fault, Ink, Loader, Origin, Place, Sources};
use crate::trace::{Chronicle, Life};
use crate::units::{Share, cast};

/// Arguments of `trace`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The folder of a run or of a comparison; or a scenario or a study, which is run
    pub run: PathBuf,
    /// Trace this message; repeatable
    #[arg(long = "msg", visible_alias = "message", value_name = "ID")]
    pub messages: Vec<MessageId>,
    /// Trace messages that meet this: 'class=spam and outcome=delivered and latency>2s'
    #[arg(
        long = "where",
        value_name = "EXPR",
        conflicts_with = "messages",
        long_help = where_help()
    )]
    pub query: Option<String>,
    /// Of those that meet --where, so many, by the instant at which they were written
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub first: u32,
    /// The replication, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub replication: u32,
    /// The arm of a comparison [default: its baseline]
    #[arg(long, value_name = "NAME")]
    pub arm: Option<String>,
    /// Ask what this change would have made of the message, instead of the built-in ones; repeatable
    #[arg(long = "try", value_name = "KEY=VALUE", conflicts_with = "alone")]
    pub tries: Vec<String>,
    /// Ask what no other policy would have made of it
    #[arg(long)]
    pub alone: bool,
    /// Write what is followed as a timeline that Perfetto opens
    #[arg(long, value_name = "FILE")]
    pub perfetto: Option<PathBuf>,
    /// Write what is followed as an event log
    #[arg(long, value_name = "FILE")]
    pub ndjson: Option<PathBuf>,
    /// Without --msg and --where: follow this share of the messages in the files, each of them whole
    #[arg(long, value_name = "SHARE", conflicts_with_all = ["messages", "query"])]
    pub sample: Option<Share>,
    /// Folder of the data files that were too large to be copied
    #[arg(long, value_name = "DIR")]
    pub inputs: Option<PathBuf>,
    /// How the lives are written
    #[arg(long, value_enum, default_value_t)]
    pub format: LifeFormat,
    #[command(flatten)]
    pub layers: Layers,
}

/// The formats of lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum LifeFormat {
    /// Text to read.
    #[default]
    Table,
    /// One JSON object.
    Json,
}

/// What is traced where nothing is said.
const LEAKED: &str = "class=spam and outcome=delivered";

fn where_help() -> String {
    let fields = tracing::FIELDS.iter();
    let fields: Vec<String> = fields
        .map(|field| format!("  {:14} {}", field.name, field.about))
        .collect();
    format!(
        "Trace messages that meet this: FIELD OPERATOR VALUE, joined by `and`. Operators: = != < <= > >= for numbers and times (with their unit: 90s), = != ~ for names (~ contains). Only messages that count, which are written after the warm-up. Fields:\n{}",
        fields.join("\n")
    )
}

/// Runs the command.
///
/// # Errors
/// Where there is nothing to trace, or a file cannot be written.
pub fn main(args: &Args, jobs: Option<usize>, console: Console) -> Result<Exit, Failure> {
    interrupt::listen();
    let folder = source::folder(&args.run)?;
    let files = source::files(folder.as_ref(), args);
    let mut loader = Loader::new(files.as_ref());
    loader.room = crate::cli::memory::room();
    let source = Source::open(args, folder.as_ref(), &mut loader, console)?;
    let arm = &source.arm;
    check_replication(args, arm)?;
    let chosen = choose(args, arm, console)?;
    let (exports, observers) = Exports::open(args, arm, &chosen)?;
    let observer = (Chronicle::new(chosen), observers);
    let ended = tracing::observe(arm, args.replication, observer, &goes_on);
    let (chronicle, observers) = ended.map_err(|error| run::failure(&error))?;
    let lives = in_order(chronicle.into_lives());
    missing(args, &lives)?;
    let files = exports.finish(args, observers)?;
    let (arm, others) = if lives.is_empty() || args.alone {
        (source.arm, Vec::new())
    } else {
        source.others(args, &mut loader, console)?
    };
    let text = tell(args, &arm, &others, &lives, jobs)?;
    let beside = files.clone() + &next(args, &lives, &files);
    match args.format {
        LifeFormat::Table => console::print(&(text + &beside))?,
        LifeFormat::Json => {
            console::print(&text)?;
            console.note(beside.trim_end());
        }
    }
    Ok(interrupt::or(Exit::Done))
}

/// What to do next.
fn next(args: &Args, lives: &[Life], files: &str) -> String {
    match lives.first().filter(|_| files.is_empty()) {
        None => String::new(),
        Some(life) => format!(
            "`pdsim trace {} --msg {} --perfetto life.json` draws it as a timeline\n",
            args.run.display(),
            life.message.id
        ),
    }
}

fn goes_on() -> bool {
    !interrupt::is_asked()
}

fn in_order(mut lives: Vec<Life>) -> Vec<Life> {
    lives.sort_by_key(|life| (life.message.created, life.message.id));
    lives
}

fn check_replication(args: &Args, arm: &Arm) -> Result<(), Failure> {
    let most = arm.scenario().spec.run.replications.most();
    if args.replication <= most {
        return Ok(());
    }
    Err(Failure::input(format!(
        "there is no replication {}: the scenario has {most}; write --replication 1",
        args.replication
    )))
}

/// The messages to trace.
fn choose(args: &Args, arm: &Arm, console: Console) -> Result<Vec<MessageId>, Failure> {
    if !args.messages.is_empty() {
        return Ok(args.messages.clone());
    }
    let find = |text: &str| {
        let query = parse(text, arm, console)?;
        let most = cast::index(u64::from(args.first));
        tracing::find(arm, args.replication, &query, most, &goes_on)
            .map_err(|error| run::failure(&error))
    };
    if let Some(text) = &args.query {
        let found = find(text)?;
        if found.is_empty() {
            let text = format!(
                "No message of replication {} meets --where '{text}'\n",
                args.replication
            );
            match args.format {
                LifeFormat::Table => console::print(&text)?,
                LifeFormat::Json => console.note(text.trim_end()),
            }
        }
        return Ok(found);
    }
    if args.perfetto.is_some() || args.ndjson.is_some() {
        return Ok(Vec::new());
    }
    let leaked = find(LEAKED)?;
    if !leaked.is_empty() {
        console.note(&format!(
            "note: without --msg and --where: --where '{LEAKED}'"
        ));
        return Ok(leaked);
    }
    console.note("note: no spam was delivered; this is the first message");
    let any = Query::default();
    let most = cast::index(u64::from(args.first));
    tracing::find(arm, args.replication, &any, most, &goes_on).map_err(|error| run::failure(&error))
}

fn parse(text: &str, arm: &Arm, console: Console) -> Result<Query, Failure> {
    Query::parse(text, tracing::names(arm)).map_err(|faults| {
        for fault in &faults {
            console::error(show(text, fault, console.ink).trim_end());
        }
        let message = format!("{} of --where; nothing was traced", counted(faults.len()));
        Failure::input(message)
    })
}

fn counted(faults: usize) -> String {
    match faults {
        1 => "1 error".to_owned(),
        faults => format!("{faults} errors"),
    }
}

/// A fault with an excerpt of the query.
fn show(text: &str, fault: &QueryFault, ink: Ink) -> String {
    let mut sources = Sources::default();
    let source = sources.add(Origin::File, "--where", text.into());
    let place = Place::new(source, fault.place.clone());
    let (what, remedy) = (fault.what.as_str(), fault.remedy.as_str());
    let fault = Fault::new("wrong-value", place, what, remedy);
    fault.render(&sources, ink)
}

/// Every message that was named must exist.
fn missing(args: &Args, lives: &[Life]) -> Result<(), Failure> {
    let exists = |id: &MessageId| lives.iter().any(|life| life.message.id == *id);
    match args.messages.iter().find(|id| !exists(id)) {
        None => Ok(()),
        Some(id) => Err(Failure::input(format!(
            "replication {} has no message {id}; --where finds messages, events.ndjson names them",
            args.replication
        ))),
    }
}

/// All lives, each with why, and what others would have made of it.
fn tell(
    args: &Args,
    arm: &Arm,
    others: &[Other],
    lives: &[Life],
    jobs: Option<usize>,
) -> Result<String, Failure> {
    let names = LifeNames {
        names: tracing::names(arm),
        labelers: tracing::labeler_names(arm),
    };
    let ids: Vec<MessageId> = lives.iter().map(|life| life.message.id).collect();
    let arms: Vec<&Arm> = others.iter().map(|other| &other.arm).collect();
    let fates = tracing::fates(&arms, args.replication, &ids, jobs, &goes_on);
    let fates = fates.map_err(|error| run::failure(&error))?;
    let rows_of = |place: usize| -> Vec<FateRow> {
        let row = |(other, fates): (&Other, &Vec<Fate>)| FateRow {
            name: other.arm.name().to_owned(),
            set: other.set.clone(),
            fate: fates[place],
            layers: other.arm.shape().layers.clone(),
        };
        others.iter().zip(&fates).map(row).collect()
    };
    if args.format == LifeFormat::Json {
        let told = lives.iter().enumerate();
        let told = told.map(|(place, life)| life::json(life, &names, &rows_of(place)));
        return Ok(life::json_of_lives(arm.name(), args.replication, told));
    }
    let mut text = String::new();
    for (place, life) in lives.iter().enumerate() {
        let parts = [
            life::life(life, &names),
            life::why(life, &names),
            life::fates(life, &rows_of(place)),
        ];
        for part in parts.iter().filter(|part| !part.is_empty()) {
            text += part;
            text.push('\n');
        }
    }
    Ok(text)
}

//! The shared bench of all experiments: sweep, deploy, drive, collect.
//!
//! ```text
//! Experiment --axes--> sweep --cells--> deploy --pairs--> drive --lines--> collect --> join --> rows
//! ```
//!
//! An experiment declares its question and its axes and calls [`main`]; everything else is here.
//!
//! **Architecture invariant:** the lab talks to a cloud through the AWS SDK only; what differs
//! between places is in [`backend`]. The clock, the random bits and the environment are read in
//! [`program`] and passed down.

pub mod arrival;
pub mod axis;
pub mod backend;
pub mod billed;
pub mod cli;
pub mod clients;
pub mod collect;
pub mod confirm;
pub mod cost;
pub mod deploy;
pub mod drive;
pub mod driver;
pub mod error;
pub mod experiment;
pub mod facts;
pub mod interrupt;
pub mod invocations;
pub mod join;
pub mod late;
pub mod limits;
pub mod needs;
pub mod orders;
mod phase;
pub mod plan;
pub mod plan_file;
pub mod program;
pub mod progress;
mod prove;
pub mod recollect;
mod record;
pub mod redact;
pub mod report_line;
pub mod resume;
pub mod run;
pub mod sample_size;
mod seed;
pub mod step_functions;
pub mod summary;
pub mod sweep;
pub mod teardown_command;
pub mod visit;
mod words;

pub use clients::Clients;
pub use error::LabError;
pub use experiment::{Axes, Experiment, Load, Profile, Shards};
pub use program::main;
pub use store::{Arrival, Side};
pub use wire::Transport;

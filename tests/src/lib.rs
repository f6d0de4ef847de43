//! What the tests of more than one crate share.

pub mod cloud;
pub mod container;
pub mod functions;
pub mod invocations;
pub mod notebooks;
pub mod programs;
pub mod synthetic_run;
pub mod wait;

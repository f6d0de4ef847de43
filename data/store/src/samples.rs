//! Rows and runs for the tests of this crate.

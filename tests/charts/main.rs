//! Every kind of chart from figures as a run would give them, and from awkward ones.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what the tests share fails the test that uses it"
)]

mod awkward;
mod boxes;
mod examples;
mod told;

use std::path::PathBuf;

use report::charts::{Chart, files};

/// Leaves the charts as files for who wants to look at them.
fn keep(folder: &str, charts: &[Chart]) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("charts").join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in files(charts).unwrap() {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

fn assert_legible(charts: &[Chart]) {
    let mut faults = Vec::new();
    for chart in charts {
        for svg in [&chart.light, &chart.dark] {
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", chart.name);
        }
        let found = boxes::faults(&chart.light);
        faults.extend(found.into_iter().map(|fault| format!("{}: {fault}", chart.name)));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_kind_is_legible() {
    let charts = examples::all();
    keep("examples", &charts);
    assert_legible(&charts);
}

#[test]
fn the_same_figures_are_the_same_bytes() {
    let (once, again) = (examples::all(), examples::all());
    assert_eq!(once, again);
    assert_eq!(files(&once[..2]).unwrap(), files(&again[..2]).unwrap());
}

#[test]
fn awkward_figures_are_legible_too() {
    let charts = awkward::drawable();
    keep("awkward", &charts);
    assert_legible(&charts);
}

//! The figures as Markdown.

use std::fmt;
use std::path::Path;

use lab::run::World;

/// The figures, and what they were measured on.
pub(crate) struct Table {
    head: String,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    aim: String,
    met: bool,
}

const BEGIN: &str = "<!-- figures: begin; written by `just bench --write` -->";
const END: &str = "<!-- figures: end -->";

impl Table {
    pub(crate) fn new(world: &World, smoke: bool) -> Self {
        let host = lab::facts::host();
        let gib = host.memory_bytes >> 30;
        let commit = lab::facts::git(&world.root).map_or_else(
            || "no commit".to_owned(),
            |git| {
                let clean = if git.clean { "" } else { ", with changes" };
                format!("commit {}{clean}", git.commit.get(..7).unwrap_or_default())
            },
        );
        let warning = if smoke { "**Smoke: these figures mean nothing.**\n\n" } else { "" };
        let head = format!(
            "{warning}{} UTC, {commit}, {} ({} cores, {gib} GiB), {} {}.\n",
            (world.now)().strftime("%Y-%m-%d %H:%M"),
            host.cpu_model,
            host.cores,
            host.os,
            host.kernel
        );
        Self { head, rows: Vec::new() }
    }

    /// Adds a figure and whether it is what was aimed at.
    pub(crate) fn add(&mut self, what: impl Into<String>, measured: String, aim: &str, met: bool) {
        self.rows.push(Row { what: what.into(), measured, aim: aim.to_owned(), met });
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.head)?;
        writeln!(f, "| figure | measured | aim | met |\n|---|---|---|---|")?;
        for Row { what, measured, aim, met } in &self.rows {
            writeln!(
                f,
                "| {what} | {measured} | {aim} | {} |",
                if *met { "yes" } else { "**no**" }
            )?;
        }
        Ok(())
    }
}

/// Replaces what stands between a file's markers.
pub(crate) fn replace_in(file: &Path, text: &str) -> anyhow::Result<()> {
    let old = std::fs::read_to_string(file)?;
    let (before, rest) =
        old.split_once(BEGIN).ok_or_else(|| anyhow::anyhow!("it has no line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| anyhow::anyhow!("it has no line {END}"))?;
    std::fs::write(file, format!("{before}{BEGIN}\n{text}{END}{after}"))?;
    Ok(())
}

//! How to repeat the run.

use super::markdown::escape;
use crate::analysis::RunData;

pub(crate) fn section(run: &RunData) -> String {
    let manifest = &run.manifest;
    let checkout =
        manifest.git.as_ref().map_or(String::new(), |git| format!("git checkout {}\n", git.commit));
    let command: Vec<String> = manifest.command.iter().map(|word| quoted(word)).collect();
    let settings = [
        format!("seed {}", manifest.seed),
        format!("Cargo.lock {}", short(manifest.cargo_lock_sha256.as_deref())),
        format!("sender {}", short(Some(&manifest.functions.sender_sha256))),
        format!("receiver {}", short(Some(&manifest.functions.receiver_sha256))),
    ];
    format!(
        "## How to repeat it\n\n```sh\n{checkout}{}\njust report\n```\n\nWith {} (SHA-256, their \
         first digits). The rows of this run are in `data/runs/{}`; its columns are described in \
         `data/FORMAT.md`. The same rows make the same report, byte by byte.\n",
        command.join(" "),
        escape(&settings.join(", ")),
        manifest.run_id
    )
}

fn short(hash: Option<&str>) -> String {
    hash.and_then(|hash| hash.get(..12)).unwrap_or("unknown").to_owned()
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_spaces_are_quoted() {
        let words = ["--run", "a b", "it's", ""].map(quoted);
        assert_eq!(words, ["--run", "'a b'", r"'it'\''s'", "''"]);
    }
}

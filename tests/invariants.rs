//! The architecture's invariants (ARCHITECTURE.md), each held by what Cargo and the files say.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The names of all crates that `package` links, itself included.
fn links(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--package", package])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names: BTreeSet<String> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect();
    assert!(names.contains(package), "{package} is in its own tree");
    names
}

fn crates_with_prefix<'a>(names: &'a BTreeSet<String>, prefix: &str) -> Vec<&'a String> {
    names.iter().filter(|name| name.starts_with(prefix)).collect()
}

#[test]
fn neither_store_nor_report_links_the_aws_sdk() {
    for package in ["store", "report"] {
        let names = links(package);
        assert!(names.contains("polars"), "{package} reads through polars");
        assert_eq!(crates_with_prefix(&names, "aws-"), Vec::<&String>::new(), "{package}");
    }
    let lab = links("lab");
    assert!(
        !crates_with_prefix(&lab, "aws-sdk-").is_empty(),
        "the lab does, so this test can fail"
    );
}

#[test]
fn nothing_in_lambdas_links_polars() {
    for package in ["wire", "sender", "receiver", "local-cloud"] {
        assert_eq!(
            crates_with_prefix(&links(package), "polars"),
            Vec::<&String>::new(),
            "{package}"
        );
    }
}

#[test]
fn wire_links_neither_aws_nor_a_runtime() {
    let names = links("wire");
    assert_eq!(crates_with_prefix(&names, "aws"), Vec::<&String>::new());
    assert!(!names.contains("tokio"));
}

#[test]
fn local_cloud_is_independent_of_what_it_serves() {
    let names = links("local-cloud");
    for member in ["lab", "store", "sender", "receiver", "report"] {
        assert!(!names.contains(member), "{member}");
    }
    assert_eq!(crates_with_prefix(&names, "aws-sdk-"), Vec::<&String>::new());
}

#[test]
fn only_programs_of_their_own_link_docker_and_s3() {
    for package in ["lab", "report", "store", "testkit", "sender", "receiver", "local-cloud"] {
        let names = links(package);
        for client in ["testcontainers", "bollard", "aws-sdk-s3"] {
            assert!(!names.contains(client), "{package} links {client}");
        }
    }
    assert!(links("container-host").contains("bollard") && links("s3-sync").contains("aws-sdk-s3"));
}

/// The folders of the experiments: those that have a notebook.
fn experiments() -> Vec<PathBuf> {
    let folders: Vec<PathBuf> = std::fs::read_dir(root().join("experiments"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("NOTEBOOK.md").exists())
        .collect();
    assert!(!folders.is_empty());
    folders
}

#[test]
fn experiments_contain_no_machinery() {
    for folder in experiments() {
        let sources: Vec<_> = std::fs::read_dir(folder.join("src")).unwrap().collect();
        assert_eq!(sources.len(), 1, "{}: one main.rs", folder.display());
        let main = std::fs::read_to_string(folder.join("src/main.rs")).unwrap();
        assert!(main.lines().count() <= 90, "{}: a declaration, no program", folder.display());
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        for line in dependencies.lines().filter(|line| !line.trim().is_empty()) {
            assert!(
                line.starts_with("lab") || line.starts_with("wire"),
                "{}: depends on {line:?}, expected the lab only",
                folder.display()
            );
        }
    }
}

# handoff: how long does Lambda A take to hand a message to Lambda B?

set positional-arguments := true

# List what can be done here
[private]
default:
    @just --list --unsorted

# Everything is built whole: members share every unit, and the binaries find each other.
[private]
build:
    @cargo build --workspace --quiet

# Measure: [backend] [profile] [experiments…] [--run NAME] [options]; default: local quick, all
[group('measure')]
run-sweep *ARGS: build
    @cargo run --quiet -p lab --bin lab -- run-sweep "$@"

# Say what run-sweep would measure and how long it would take; same arguments
[group('measure')]
plan *ARGS: build
    @cargo run --quiet -p lab --bin lab -- plan "$@"

# Delete what a stopped run has left deployed: [run]; default: the newest
[group('measure')]
teardown *ARGS: build
    @cargo run --quiet -p lab --bin lab -- teardown "$@"

# Serve the embedded AWS stand-in on 127.0.0.1 and print the export lines for a shell
[group('measure')]
local-cloud *ARGS: build
    @cargo run --quiet -p local-cloud --bin local-cloud -- "$@"

# Render report/latest from a run: [run]; default: the newest
[group('read')]
report *ARGS: build
    @cargo run --quiet -p report --bin report -- "$@"

# Benchmark local-cloud and the functions; [--smoke] for a short one
[group('check')]
bench *ARGS: build
    @cargo run --quiet -p testkit --bin bench -- "$@"

# Run the whole test suite
[group('check')]
test *ARGS:
    @cargo test --workspace "$@"

# Check formatting, lints and documentation, warnings denied
[group('check')]
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --quiet -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --quiet

# Check the licences and sources of all dependencies
[group('check')]
deny:
    cargo deny --log-level error check licenses bans sources

# Do what continuous integration does: tests, lints, licences
[group('check')]
ci: test lint deny

# Delete a run's folder
[group('tidy')]
[confirm("Delete this run's data?")]
clean-run RUN:
    @test -n "$1" && test -f "data/runs/$1/manifest.json" || { echo "there is no run data/runs/$1" >&2; exit 2; }
    @rm -r -- "data/runs/$1"

# handoff: how long does Lambda A take to hand a message to Lambda B?

set positional-arguments := true

# List what can be done here
[private]
default:
    @just --list --unsorted

# Where Cargo puts the binaries; they find each other there.
programs := env("CARGO_TARGET_DIR", "target") / "debug"

# Built whole and run from where they are: `cargo run -p` would choose other features of what the
# members share, and build it once more.
[private]
build:
    @cargo build --workspace --exclude testkit

# Measure: [backend] [profile] [experiments…] [--run NAME] [--axis NAME=V,V…] [--plan FILE]
[group('measure')]
run-sweep *ARGS: build
    @{{ programs }}/lab run-sweep "$@"

# Say what run-sweep would measure, its time, cost and sample size; same arguments
[group('measure')]
plan *ARGS: build
    @{{ programs }}/lab plan "$@"

# Delete what a stopped run has left deployed: [run]; default: the newest
[group('measure')]
teardown *ARGS: build
    @{{ programs }}/lab teardown "$@"

# Serve the embedded AWS stand-in on 127.0.0.1 and print the export lines for a shell
[group('measure')]
local-cloud *ARGS: build
    @{{ programs }}/local-cloud "$@"

# Render report/latest from a run: [run]; default: the newest
[group('read')]
report *ARGS: build
    @{{ programs }}/report "$@"

# Say what changed between two runs and whether it made a difference: <run> <run> [--measure WHAT] [--out DIR]
[group('read')]
compare *ARGS: build
    @{{ programs }}/compare "$@"

# Measure local-cloud and the functions, built for release; [--only WHAT], [--write FILE]
[group('check')]
bench *ARGS:
    cargo build --workspace
    cargo build --release -p local-cloud -p sender -p receiver
    @{{ programs }}/bench --programs {{ programs }}/../release "$@"

# Whether the benchmark works; its figures mean nothing
[group('check')]
bench-smoke:
    @cargo build --workspace
    @{{ programs }}/bench --smoke

# Run the whole test suite
[group('check')]
test *ARGS:
    @cargo build --workspace
    @cargo test --workspace "$@"

# Read the example run with DuckDB and pandas (from PyPI), and compare what they count
[group('check')]
test-readers RUN="data/runs/example":
    @test -x target/readers/bin/python || python3 -m venv target/readers
    @target/readers/bin/pip install --quiet --requirement tests/readers/requirements.txt
    @target/readers/bin/python tests/readers/read_run.py "$1"

# Drive local-cloud with the AWS CLI and boto3 (from PyPI), and lint the policies of docs/aws
[group('check')]
test-clients: build
    @test -x target/clients/bin/python || python3 -m venv target/clients
    @target/clients/bin/pip install --quiet --requirement tests/clients/requirements.txt
    @target/clients/bin/python tests/clients/test_clients.py {{ programs }}

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

# Do what continuous integration does: all of these
[group('check')]
ci: test test-readers test-clients bench-smoke lint deny

# Delete a run's folder
[group('tidy')]
[confirm("Delete this run's data?")]
clean-run RUN:
    @test -n "$1" && test -f "data/runs/$1/manifest.json" || { echo "there is no run data/runs/$1" >&2; exit 2; }
    @rm -r -- "data/runs/$1"

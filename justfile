# handoff: how long does Lambda A take to hand a message to Lambda B?

set positional-arguments := true

# List what can be done here
[private]
default:
    @just --list --unsorted

# Where Cargo puts the binaries; they find each other there.
target := env("CARGO_TARGET_DIR", "target")
programs := target / "debug"
tools := target / "tools"
static := target / "static"

# Built whole and run from where they are: `cargo run -p` would choose other features of what the
# members share, and build it once more. What talks to Docker has a folder of its own for the same
# reason.
[private]
build:
    @cargo build --workspace --exclude testkit --exclude container-host --exclude s3-sync

# What a sweep of a backend needs beside that
[private]
build-for ARGS: build
    @case "$1" in \
        container*) {{ just_executable() }} container-programs ;; \
        aws*" --functions"*) ;; \
        aws*) {{ just_executable() }} functions ;; \
    esac

# Build A and B (and local-cloud) as static binaries, which run in any image and on AWS
[group('measure')]
functions *ARGS:
    @cargo build --quiet "$@" --package sender --package receiver --package local-cloud \
        --target x86_64-unknown-linux-gnu --target-dir {{ static }} \
        --config 'target.x86_64-unknown-linux-gnu.rustflags = ["-C", "target-feature=+crt-static"]'

# Build what `run-sweep container` needs: the program that holds containers, and the functions
[group('measure')]
container-programs: functions
    @cargo build --quiet --package container-host --package s3-sync --target-dir {{ tools }}

# Make MiniStack's image on this machine, where no image registry can be reached; as root
[group('measure')]
container-image:
    @experiments/container-host/image/make.sh

# Make an image of LocalStack's open-source part on this machine, from PyPI and npm; as root
[group('measure')]
localstack-image:
    @experiments/container-host/image/localstack.sh

# Measure: [backend] [profile] [experiments…] [--run NAME] [--axis NAME=V,V…] [--plan FILE]
[group('measure')]
run-sweep *ARGS: (build-for ARGS)
    @{{ programs }}/lab run-sweep "$@"

# Say what run-sweep would measure, its time, cost and sample size; same arguments
[group('measure')]
plan *ARGS: build
    @{{ programs }}/lab plan "$@"

# Read a run's logs on AWS once more, for lines that came late: [run]; default: the newest
[group('measure')]
collect *ARGS: build
    @{{ programs }}/lab collect "$@"

# Delete what a run has left deployed: [run | --all-expired]; default: the newest
[group('measure')]
teardown *ARGS: build
    @{{ programs }}/lab teardown "$@"

# Serve the embedded AWS stand-in on 127.0.0.1 and print the export lines for a shell
[group('measure')]
local-cloud *ARGS: build
    @{{ programs }}/local-cloud "$@"

# Render report/latest from a run: [run | s3://bucket/prefix/run]; default: the newest
[group('read')]
report *ARGS: build
    @case "${1:-}" in \
        s3://*) {{ just_executable() }} s3-program && \
            run=$({{ tools }}/debug/s3-sync fetch "$1") && shift && {{ programs }}/report "$run" "$@" ;; \
        *) {{ programs }}/report "$@" ;; \
    esac

# Copy a run to S3, in its layout: [run] <s3://bucket/prefix>; default: the newest
[group('read')]
publish *ARGS: s3-program
    @{{ tools }}/debug/s3-sync publish "$@"

# Build what talks to S3
[private]
s3-program:
    @cargo build --quiet --package s3-sync --target-dir {{ tools }}

# Say what changed between two runs and whether it made a difference: <run> <run> [--measure WHAT] [--out DIR]
[group('read')]
compare *ARGS: build
    @{{ programs }}/compare "$@"

# Measure local-cloud and the functions, built for release; [--only WHAT], [--write FILE]
[group('check')]
bench *ARGS:
    @case " $* " in *" container "*) {{ just_executable() }} container-programs ;; esac
    cargo build --workspace --exclude container-host --exclude s3-sync
    cargo build --release -p local-cloud -p sender -p receiver
    cargo build --profile large -p report --bin report
    @case " $* " in *" container "*) {{ just_executable() }} functions --release ;; esac
    @{{ programs }}/bench --programs {{ programs }}/../release --report {{ programs }}/../large/report "$@"

# Whether the benchmark works; its figures mean nothing
[group('check')]
bench-smoke:
    @cargo build --workspace --exclude container-host --exclude s3-sync
    @{{ programs }}/bench --smoke

# Run the whole test suite
[group('check')]
test *ARGS:
    @cargo build --workspace --exclude container-host --exclude s3-sync
    @cargo test --workspace --exclude container-host --exclude s3-sync "$@"

# Test the programs that are built apart: those that talk to Docker and S3
[group('check')]
test-tools:
    @cargo test --quiet --package container-host --package s3-sync --target-dir {{ tools }}

# Read the example run with DuckDB and pandas (from PyPI), and make its report's tests again
[group('check')]
test-readers RUN="data/runs/example": build
    @test -x target/readers/bin/python || python3 -m venv target/readers
    @target/readers/bin/pip install --quiet --requirement tests/readers/requirements.txt
    @target/readers/bin/python tests/readers/read_run.py "$1"
    @{{ programs }}/report "$1" --out target/readers/report >/dev/null
    @target/readers/bin/python tests/readers/recompute.py "$1" target/readers/report

# Hold what an AWS account is sent against botocore's models of the services (from PyPI)
[group('check')]
test-models:
    @test -x target/models/bin/python || python3 -m venv target/models
    @target/models/bin/pip install --quiet --requirement tests/models/requirements.txt
    @target/models/bin/python tests/models/validate_calls.py tests/account/snapshots/*.snap
    @target/models/bin/python tests/models/validate_definition.py tests/account/snapshots/account__calls__making_with_driver.snap

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
ci: test test-tools test-readers test-models test-clients bench-smoke lint deny

# Delete a run's folder
[group('tidy')]
[confirm("Delete this run's data?")]
clean-run RUN:
    @test -n "$1" && test -f "data/runs/$1/manifest.json" || { echo "there is no run data/runs/$1" >&2; exit 2; }
    @rm -r -- "data/runs/$1"

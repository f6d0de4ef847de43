#!/usr/bin/env bash
# Makes an image of LocalStack's open-source part on this machine, where no image registry can be
# reached: a Debian root by debootstrap, localstack-core from PyPI and kinesis-local from npm in it,
# `docker import`. As root, some three to four minutes. The mirrors are those that this machine's own apt, pip
# and npm are configured with.
#
# LocalStack's own image has more in it, so this one is not called as that is. What LocalStack would
# download when it starts a function is there before, as stand-ins: AWS's base image
# (emulated_runtime.py) and the first program of an execution environment (localstack_init.py).
set -euo pipefail
cd "$(dirname "$0")"

command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 1; }

# The requirements are what `localstack-core[runtime]==4.14.0` resolved to on 2026-03-05
# (`uv pip compile --exclude-newer`): its metadata takes later versions of some, which break it. It
# needs Python 3.13, as Debian 13 has.
version=$(sed -n 's/^localstack-core.*==//p' localstack-requirements.txt)
suite=trixie
# As localstack/services/kinesis/packages.py has it.
kinesis=0.5.2
docker=${DOCKER:-docker}
prefix=handoff
image=$prefix/localstack-core:$version
runtime=$prefix/public.ecr.aws/lambda/provided:al2023

# The stand-in of AWS's base image. It says what else is missing, too.
./make.sh >/dev/null
# What an image was made by stands in it: one that was made otherwise is made again.
recipe=HANDOFF_RECIPE=$(cat localstack* | sha256sum | cut -c1-16)
if "$docker" image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$image" 2>/dev/null |
    grep -x "$recipe" >/dev/null; then
    echo "$image"
    exit 0
fi

here=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $here" 'Component: main' | head -n 1)
test -n "$mirror" || { echo "apt has no mirror for $here: run apt-get update first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
debootstrap --variant=minbase --include=python3,ca-certificates,nodejs "$suite" "$root" "$mirror" >"$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
python=$(chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
python3 -m venv "$work/venv"
pip=("$work/venv/bin/pip" --quiet --disable-pip-version-check)
# PyPI has these as sources only, of pure Python: their wheels are made by this machine's interpreter.
grep -E '^(airspeed-ext|crontab|jsonpath-rw)==' localstack-requirements.txt >"$work/sources.txt"
"${pip[@]}" wheel --no-deps --wheel-dir "$work/wheels" --requirement "$work/sources.txt"
# The interpreter of the image may be another than this machine's: only what runs on any is taken.
"${pip[@]}" install --no-deps --python-version "$python" --only-binary=:all: --find-links "$work/wheels" \
    --target "$root/opt/localstack" --requirement localstack-requirements.txt
# Where LocalStack looks for what it would download.
libraries=$root/usr/lib/localstack
npm install --silent --prefix "$libraries/kinesis-local/$kinesis" "kinesis-local@$kinesis"
install -D localstack_init.py "$libraries/lambda-runtime/$prefix/$(uname -m | sed s/aarch64/arm64/)/var/rapid/init"
install -D localstack_images.py "$root/etc/localstack/init/start.d/images.py"
rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists "$root"/usr/share/{doc,man,locale} "$root"/var/log/*
# The mirror is this machine's own matter.
: >"$root/etc/apt/sources.list"

tar -C "$root" -c . | "$docker" import --change 'EXPOSE 4566' --change "ENV $recipe" \
    --change 'ENV PYTHONPATH=/opt/localstack PYTHONUNBUFFERED=1' \
    --change 'ENV DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1' \
    --change "ENV LAMBDA_INIT_RELEASE_VERSION=$prefix" \
    --change "ENV LAMBDA_RUNTIME_IMAGE_MAPPING='{\"provided.al2023\": \"$runtime\"}'" \
    --change 'CMD ["python3", "/opt/localstack/bin/localstack-supervisor"]' - "$image" >/dev/null
echo "$image"

#!/usr/bin/env bash
# Makes an image of LocalStack's open-source part on this machine, where no image registry can be
# reached: a Debian root by debootstrap, localstack-core from PyPI and kinesis-local from npm in it,
# `docker import`. As root, some three to four minutes. The mirrors are those that this machine's own
# apt, pip and npm are configured with.
#
# LocalStack's own image has more in it, so this one is not called as that is. What LocalStack would
# download when it starts a function is there before, as stand-ins: AWS's base image
# (emulated_runtime.py) and the first program of an execution environment (localstack_init.py).
set -euo pipefail
cd "$(dirname "$0")"

. ./debian.sh
command -v npm >/dev/null || { echo "npm is missing: apt-get install npm" >&2; exit 1; }

# The requirements are what `localstack-core[runtime]==4.14.0` resolved to on 2026-03-05
# (`uv pip compile --exclude-newer`): its metadata takes later versions of some, which break it. It
# needs Python 3.13, as Debian 13 has.
version=$(sed -n 's/^localstack-core.*==//p' localstack-requirements.txt)
suite=trixie
# As localstack/services/kinesis/packages.py has it.
kinesis=0.5.2
image=$prefix/localstack-core:$version

# The stand-in of AWS's base image.
./make.sh >/dev/null
recipe=$(recipe_of localstack*)
if is_made "$recipe" "$image"; then
    echo "$image"
    exit 0
fi

root=$work/root
debian "$suite" "$root" python3,ca-certificates,nodejs
python=$(python_of "$root")
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

import_image "$root" "$image" "ENV $recipe" 'EXPOSE 4566' \
    'ENV PYTHONPATH=/opt/localstack PYTHONUNBUFFERED=1' \
    'ENV DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1' \
    "ENV LAMBDA_INIT_RELEASE_VERSION=$prefix" \
    "ENV LAMBDA_RUNTIME_IMAGE_MAPPING='{\"provided.al2023\": \"$runtime\"}'" \
    'CMD ["python3", "/opt/localstack/bin/localstack-supervisor"]'
echo "$image"

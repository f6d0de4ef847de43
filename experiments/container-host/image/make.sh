#!/usr/bin/env bash
# Makes the image of MiniStack on this machine, where no image registry can be reached: a Debian root
# by debootstrap, MiniStack from PyPI in it, `docker import`. As root, some two minutes. The mirrors
# are those that this machine's own apt and pip are configured with.
#
# Three tags: ministackorg/ministack:<version> starts MiniStack as its authors ship it,
# <version>-nodelay sets TCP_NODELAY on its Lambda Runtime API first, and <version>-docker runs
# functions in containers of their own, on an image that stands for AWS's (emulated_runtime.py).
set -euo pipefail
cd "$(dirname "$0")"

for needed in python3 debootstrap "${DOCKER:-docker}"; do
    command -v "$needed" >/dev/null || { echo "$needed is missing: apt-get install python3-venv debootstrap docker.io" >&2; exit 1; }
done
python3 -c 'import ensurepip' 2>/dev/null || { echo "venv is missing: apt-get install python3-venv" >&2; exit 1; }
"${DOCKER:-docker}" info >/dev/null 2>&1 || { echo "no Docker engine answers" >&2; exit 1; }

version=$(sed -n 's/^ministack==//p' requirements.txt)
image=ministackorg/ministack
docker=${DOCKER:-docker}
# Before the name of each image that MiniStack runs: this one is not to pass for AWS's.
prefix=handoff
runtime=$prefix/public.ecr.aws/lambda/provided:al2023

# What an image was made by stands in it: one that was made otherwise is made again.
recipe=HANDOFF_RECIPE=$(cat make.sh requirements.txt docker-requirements.txt start.py emulated_runtime.py | sha256sum | cut -c1-16)
is_made() {
    for made in "$@"; do
        "$docker" image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$made" 2>/dev/null |
            grep -x "$recipe" >/dev/null || return 1
    done
}
if is_made "$image:$version"{,-nodelay,-docker} "$runtime"; then
    echo "$image:$version"
    exit 0
fi

suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $suite" 'Component: main' | head -n 1)
test -n "$mirror" || { echo "apt has no mirror for $suite: run apt-get update first" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
debootstrap --variant=minbase --include=python3,ca-certificates "$suite" "$root" "$mirror" >"$work/debootstrap.log" ||
    { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
# The interpreter of the image may be another than this machine's: only what runs on any is taken.
python=$("$root/usr/bin/python3" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null ||
    chroot "$root" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
python3 -m venv "$work/venv"
install() {
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --python-version "$python" \
        --only-binary=:all: --target "$1" --requirement "$2"
}
install "$root/opt/ministack" requirements.txt
cp start.py "$root/opt/ministack/start.py"
rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists "$root"/usr/share/{doc,man,locale} "$root"/var/log/*
# The mirror is this machine's own matter.
: >"$root/etc/apt/sources.list"

start='CMD ["python3", "/opt/ministack/start.py"]'
tar -C "$root" -c . | "$docker" import \
    --change "ENV $recipe" --change 'ENV PYTHONPATH=/opt/ministack' --change 'EXPOSE 4566' --change "$start" - "$image:$version" >/dev/null
derive() {
    DOCKER_BUILDKIT=0 "$docker" build --quiet --tag "$1" --file - "$work/context" >/dev/null
}
mkdir "$work/context"
install "$work/context/docker" docker-requirements.txt
cp emulated_runtime.py "$work/context"
derive "$image:$version-nodelay" <<END
FROM $image:$version
ENV MINISTACK_NODELAY=1
END
derive "$image:$version-docker" <<END
FROM $image:$version
COPY docker /opt/docker
ENV PYTHONPATH=/opt/ministack:/opt/docker LAMBDA_EXECUTOR=docker LAMBDA_STRICT=1 MINISTACK_IMAGE_PREFIX=$prefix
END
derive "$runtime" <<END
FROM $image:$version
RUN mkdir -p /var/task /var/runtime
COPY emulated_runtime.py /
ENTRYPOINT ["python3", "/emulated_runtime.py"]
END
echo "$image:$version"

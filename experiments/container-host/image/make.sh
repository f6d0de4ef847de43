#!/usr/bin/env bash
# Makes the image of MiniStack on this machine, where no image registry can be reached: a Debian root
# by debootstrap, MiniStack from PyPI in it, `docker import`. As root, some two minutes. The mirrors
# are those that this machine's own apt and pip are configured with.
#
# Two tags: ministackorg/ministack:<version> starts MiniStack as its authors ship it, and
# <version>-nodelay sets TCP_NODELAY on its Lambda Runtime API first.
set -euo pipefail
cd "$(dirname "$0")"

version=$(sed -n 's/^ministack==//p' requirements.txt)
image=ministackorg/ministack
docker=${DOCKER:-docker}

if "$docker" image inspect "$image:$version" "$image:$version-nodelay" >/dev/null 2>&1; then
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
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --target "$root/opt/ministack" \
    --python-version "$python" --only-binary=:all: --requirement requirements.txt
cp start.py "$root/opt/ministack/start.py"
rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists "$root"/usr/share/{doc,man,locale} "$root"/var/log/*

start='CMD ["python3", "/opt/ministack/start.py"]'
tar -C "$root" -c . | "$docker" import \
    --change 'ENV PYTHONPATH=/opt/ministack' --change 'EXPOSE 4566' --change "$start" - "$image:$version" >/dev/null
printf 'FROM %s\nENV MINISTACK_NODELAY=1\n' "$image:$version" |
    DOCKER_BUILDKIT=0 "$docker" build --quiet --tag "$image:$version-nodelay" - >/dev/null
echo "$image:$version"

# What the recipes of images have in common; they source it in this folder.

docker=${DOCKER:-docker}
# Before the name of each image that is not its authors' own: it is not to pass for theirs.
prefix=handoff
# AWS's base image of functions.
runtime=$prefix/public.ecr.aws/lambda/provided:al2023

for needed in python3 debootstrap "$docker"; do
    command -v "$needed" >/dev/null || { echo "$needed is missing: apt-get install python3-venv debootstrap docker.io" >&2; exit 1; }
done
python3 -c 'import ensurepip' 2>/dev/null || { echo "venv is missing: apt-get install python3-venv" >&2; exit 1; }
"$docker" info >/dev/null 2>&1 || { echo "no Docker engine answers" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The variable in which an image has what it was made by: these files.
recipe_of() {
    echo "HANDOFF_RECIPE=$(cat debian.sh "$@" | sha256sum | cut -c1-16)"
}

# Whether all images are there, made by a recipe: one that was made otherwise is made again.
is_made() {
    local recipe=$1 made
    shift
    for made in "$@"; do
        "$docker" image inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$made" 2>/dev/null |
            grep -x "$recipe" >/dev/null || return 1
    done
}

# Debian of a suite in a folder, with packages, from the mirror that this machine's apt has.
debian() {
    local suite=$1 root=$2 packages=$3 here mirror
    here=$(this_suite)
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Codename: $here" 'Component: main' | head -n 1)
    test -n "$mirror" || { echo "apt has no mirror for $here: run apt-get update first" >&2; exit 1; }
    debootstrap --variant=minbase "--include=$packages" "$suite" "$root" "$mirror" >"$work/debootstrap.log" ||
        { tail -n 20 "$work/debootstrap.log" >&2; exit 1; }
}

# The suite that this machine runs.
this_suite() {
    (. /etc/os-release && echo "$VERSION_CODENAME")
}

# The Python of a root: 3.11.
python_of() {
    chroot "$1" python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

# Makes an image of a root, with what `docker import` takes as changes.
import_image() {
    local root=$1 image=$2 change changes=()
    shift 2
    for change in "$@"; do changes+=(--change "$change"); done
    rm -rf "$root"/var/cache/apt "$root"/var/lib/apt/lists "$root"/usr/share/{doc,man,locale} "$root"/var/log/*
    # The mirror is this machine's own matter.
    : >"$root/etc/apt/sources.list"
    tar -C "$root" -c . | "$docker" import "${changes[@]}" - "$image" >/dev/null
}

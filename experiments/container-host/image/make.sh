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

. ./debian.sh

version=$(sed -n 's/^ministack==//p' requirements.txt)
image=ministackorg/ministack
recipe=$(recipe_of make.sh requirements.txt docker-requirements.txt start.py emulated_runtime.py)
if is_made "$recipe" "$image:$version"{,-nodelay,-docker} "$runtime"; then
    echo "$image:$version"
    exit 0
fi

root=$work/root
debian "$(this_suite)" "$root" python3,ca-certificates
# The interpreter of the image may be another than this machine's: only what runs on any is taken.
python=$(python_of "$root")
python3 -m venv "$work/venv"
install() {
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --python-version "$python" \
        --only-binary=:all: --target "$1" --requirement "$2"
}
install "$root/opt/ministack" requirements.txt
cp start.py "$root/opt/ministack/start.py"

import_image "$root" "$image:$version" "ENV $recipe" 'ENV PYTHONPATH=/opt/ministack' 'EXPOSE 4566' \
    'CMD ["python3", "/opt/ministack/start.py"]'
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

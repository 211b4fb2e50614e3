# The images of both sides, made without a registry. Sourced by `run`.
# shellcheck shell=bash disable=SC2154

# Docker's old builder is the one that leaves nothing in a cache of its own, and says which images it makes on the way. From its
# cache it would take images that belong to somebody else, and are not to be taken away. What is needed is here: nothing is asked of
# a network.
build() {
    local log=$TEST_WORK/build.log
    DOCKER_BUILDKIT=0 docker build --network none --no-cache --label "$LABEL" "$@" >>"$log" 2>&1 || { tail -n 40 "$log" >&2 && return 1; }
}

make_images() {
    docker import --change "LABEL $LABEL" "$DEBIAN" "$TEST_BASE" >/dev/null
    build --tag "$NAME/packaged" --file - "$PACKAGES" <<END_OF_FILE
FROM $TEST_BASE
COPY . /var/local/packages
RUN rm -rf /etc/apt/sources.list.d && echo 'deb [trusted=yes] file:/var/local/packages ./' >/etc/apt/sources.list
END_OF_FILE
    if [[ $PROGRAM == - ]]; then
        build_every_stage
    else
        build_around_program
    fi
    mkdir "$TEST_WORK/nats"
    cp "$NATS_SERVER" "$TEST_WORK/nats/nats-server"
    build --tag "$NATS_IMAGE" --file - "$TEST_WORK/nats" <<END_OF_FILE
FROM $TEST_BASE
COPY nats-server /usr/local/bin/nats-server
END_OF_FILE
    check_size
}

# Only the stages that have no romt in them; then romt as it was built outside.
build_around_program() {
    build --target runtime --build-arg "RUNTIME_IMAGE=$NAME/packaged" --file deploy/Dockerfile --tag "$NAME/runtime" .
    mkdir "$TEST_WORK/romt"
    strip -o "$TEST_WORK/romt/romt" "$PROGRAM"
    build --tag "$ROMT_IMAGE" --file - "$TEST_WORK/romt" <<END_OF_FILE
FROM $NAME/runtime
COPY romt /usr/local/bin/romt
RUN ["/usr/local/bin/romt", "--version"]
END_OF_FILE
}

# With this machine's toolchain and the crates that its cargo has: a container may have no way to others.
build_every_stage() {
    local context=$TEST_WORK/build sysroot home=${CARGO_HOME:-$HOME/.cargo} part
    cargo fetch --locked --quiet --target "$(rustc -vV | sed -n "s/^host: //p")"
    sysroot=$(rustc --print sysroot)
    mkdir -p "$context/rust" "$context/cargo/registry"
    cp -r "$sysroot/bin" "$sysroot/lib" "$context/rust/"
    for part in config.toml registry/cache registry/index; do
        [[ ! -e $home/$part ]] || cp -r "$home/$part" "$context/cargo/$part"
    done
    build --tag "$NAME/build" --file - "$context" <<END_OF_FILE
FROM $TEST_BASE
COPY rust /usr/local
COPY cargo /cargo
ENV CARGO_HOME=/cargo CARGO_NET_OFFLINE=true
END_OF_FILE
    rm -rf "$context"
    build --build-arg "BUILD_IMAGE=$NAME/build" --build-arg "RUNTIME_IMAGE=$NAME/packaged" --file deploy/Dockerfile --tag "$ROMT_IMAGE" .
}

check_size() {
    local size
    size=$(docker image inspect --format '{{.Size}}' "$ROMT_IMAGE")
    say "romt's image has $((size / 1000000)) MB"
    ((size < 150 * 1000 * 1000)) || { echo "error: romt's image is to stay under 150 MB" >&2 && return 1; }
}

# Those with our name, and what the builder made on the way to them: it has no name, and goes with the last that was made from it.
remove_images() {
    local image
    docker rmi --force "$ROMT_IMAGE" "$NATS_IMAGE" "$NAME/runtime" "$NAME/build" >/dev/null 2>&1
    for image in $(sed -nE 's/^.* ---> ([0-9a-f]{12})$/\1/p' "$TEST_WORK/build.log" 2>/dev/null | tac); do
        if docker images --quiet --filter dangling=true | grep -qx "$image"; then
            docker rmi "$image" >/dev/null
        fi
    done
    docker rmi --force "$NAME/packaged" "$TEST_BASE" >/dev/null 2>&1
    docker images --quiet --filter "label=$LABEL" | sort -u | xargs -r docker rmi --force >/dev/null
}

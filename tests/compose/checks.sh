# What must be true of containers. Sourced by `run`.
# shellcheck shell=bash disable=SC2154

# The containers of a project, or only those of an image.
containers() {
    local project=$1
    shift
    docker ps --all --quiet --filter "label=com.docker.compose.project=$project" "$@"
}

# Waits until every container of a project is healthy, or has no check to pass.
wait_healthy() {
    local project=$1 deadline=$((SECONDS + 120)) all=""
    local state='{{.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}healthy{{end}}'
    while ((SECONDS < deadline)); do
        all=$(containers "$project" | xargs -r docker inspect --format "$state")
        if [[ -n $all ]] && ! grep -qv ' running healthy$' <<<"$all"; then
            return
        fi
        sleep 1
    done
    printf 'error: not healthy after two minutes:\n%s\n' "$all" >&2
    return 1
}

# Until a command says yes, or the time is over.
until_true() {
    local what=$1 seconds=$2 started=$SECONDS
    shift 2
    until "$@"; do
        ((SECONDS - started < seconds)) || { echo "error: $what: not after $seconds s" >&2 && return 1; }
        sleep 1
    done
    say "$what: after $((SECONDS - started)) s"
}

# Every container of romt and NATS: as Docker was told, as the kernel sees the process, and as it turns out for who writes.
check_hardened() {
    local project container
    for project in "$NAME-export" "$NAME-import"; do
        for container in $(containers "$project" --filter "ancestor=$ROMT_IMAGE") \
            $(containers "$project" --filter "ancestor=$NATS_IMAGE"); do
            check_inspected "$container"
            check_process "$container"
            check_read_only "$container"
        done
    done
    say "no container has root's rights or can write to its image"
}

check_inspected() {
    local format='{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.Privileged}} {{.HostConfig.CapDrop}}' said
    format+=' {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}} {{gt .HostConfig.Memory 0}}'
    said=$(docker inspect --format "$format" "$1")
    case $said in
        "10001:10001 true false [ALL] [] [no-new-privileges:true] true" | \
            "10001:10001 true false [ALL] <no value> [no-new-privileges:true] true") ;;
        *) echo "error: $(name_of "$1") is not hardened: $said" >&2 && return 1 ;;
    esac
}

check_process() {
    local status said
    status=/proc/$(docker inspect --format '{{.State.Pid}}' "$1")/status
    said=$(awk '$1 ~ /^(Uid|Gid|CapEff|CapBnd|NoNewPrivs):$/ { $1 = $1; print }' "$status")
    [[ $said == "Uid: 10001 10001 10001 10001
Gid: 10001 10001 10001 10001
CapEff: 0000000000000000
CapBnd: 0000000000000000
NoNewPrivs: 1" ]] || { printf 'error: the process of %s has rights:\n%s\n' "$(name_of "$1")" "$said" >&2 && return 1; }
}

# By this machine's root, through what the process has for a root folder: so not even rights would help.
check_read_only() {
    local root folder said folders=(/ /etc /usr/local/bin /etc/romt)
    root=/proc/$(docker inspect --format '{{.State.Pid}}' "$1")/root
    case $(name_of "$1") in
        *server*) folders+=(/srv/mirror) ;;
        *import-packer*) folders+=(/inbox) ;;
    esac
    for folder in "${folders[@]}"; do
        said=$({ : >"$root$folder/romt-test"; } 2>&1) || true
        if [[ $said != *"Read-only file system"* ]]; then
            rm -f "$root$folder/romt-test"
            echo "error: in $(name_of "$1"), $folder is not read-only: ${said:-it was written to}" >&2
            return 1
        fi
    done
}

# `server` for the container NAME-export_server_1 and NAME-export-server-1, `import-server` on the import side.
name_of() {
    docker inspect --format '{{index .Config.Labels "com.docker.compose.service"}}' "$1"
}

# What `romt status` says of a side: how many of each service are ready, that nothing was given up, no run failed and no archive
# was bad. The import side has admissions instead of runs.
check_status() {
    local side=$1 service=$2 said want
    shift 2
    said=$("on_$side" exec -T "$service" romt status)
    printf '%s\n' "$said"
    for want in "$@"; do
        if [[ $(grep -cE "^${want#*:} .* ready[, ]" <<<"$said") != "${want%:*}" ]]; then
            echo "error: the $side side should have ${want%:*} ${want#*:} that are ready" >&2
            return 1
        fi
    done
    if grep -q 'not ready' <<<"$said" || grep '^queue' <<<"$said" | grep -qv ' 0 given up$' ||
        grep -E '^inbox .* bad(;|$)' <<<"$said" | grep -qv ' 0 waiting, 0 bad' ||
        ! grep -qE '^last (run (.* complete|none yet)|admission .* new.*)$' <<<"$said"; then
        echo "error: the $side side has troubles" >&2
        return 1
    fi
}

# romt stops when it is told to, by itself and with success.
check_stopped() {
    local project=$1 container code
    for container in $(containers "$project" --filter "ancestor=$ROMT_IMAGE"); do
        code=$(docker inspect --format '{{.State.ExitCode}}' "$container")
        ((code == 0)) || { echo "error: $(name_of "$container") ended with status $code" >&2 && return 1; }
    done
}

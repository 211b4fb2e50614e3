# The gap: counts what leaves the import side's networks. Sourced by `run`.
# shellcheck shell=bash disable=SC2154

# The interfaces that those networks are on this machine.
import_bridges() {
    local network
    for network in "${IMPORT_NETWORKS[@]}"; do
        docker network inspect --format '{{.Id}}' "$network" | sed -E 's/^(.{12}).*/br-\1/'
    done
}

# Counts what comes out of a bridge to anywhere but the same bridge: through this machine, or to itself. It is counted before
# Docker's own rules drop it.
count_leaks() {
    local bridges bridge
    mapfile -t bridges < <(import_bridges)
    ((${#bridges[@]} == 2))
    {
        echo "table inet $NAME {"
        echo "counter forwarded {}"
        echo "counter received {}"
        echo "chain forward { type filter hook forward priority -300;"
        for bridge in "${bridges[@]}"; do
            echo "iifname \"$bridge\" oifname != \"$bridge\" counter name forwarded"
        done
        echo "}"
        echo "chain input { type filter hook input priority -300;"
        for bridge in "${bridges[@]}"; do
            echo "iifname \"$bridge\" meta l4proto { tcp, udp } counter name received"
        done
        echo "}"
        echo "}"
    } | nft -f -
}

leaks() {
    nft list counter inet "$NAME" "$1" | sed -nE 's/.*packets ([0-9]+).*/\1/p'
}

check_leaks() {
    local forwarded received
    forwarded=$(leaks forwarded) received=$(leaks received)
    say "packets that left the import side: $forwarded forwarded, $received to this machine"
    ((forwarded == 0 && received == 0)) || { echo "error: something tried to leave the import side" >&2 && return 1; }
}

# A container that does all it can to get out is seen, from either network; otherwise the counters would prove nothing.
prove_counters() {
    local network gateway forwarded received
    for network in "${IMPORT_NETWORKS[@]}"; do
        gateway=$(docker network inspect --format '{{(index .IPAM.Config 0).Gateway}}' "$network")
        docker run --rm --label "$LABEL" --network "$network" --cap-add NET_ADMIN "$TEST_BASE" sh -c "
            ip route replace default via $gateway
            wget -q -O /dev/null -T 1 -t 1 http://192.0.2.1/
            wget -q -O /dev/null -T 1 -t 1 http://$gateway:9/" || true
        forwarded=$(leaks forwarded) received=$(leaks received)
        if ((forwarded == 0 || received == 0)); then
            echo "error: what left $network was not counted ($forwarded forwarded, $received received)" >&2
            return 1
        fi
        nft reset counters table inet "$NAME" >/dev/null
    done
}

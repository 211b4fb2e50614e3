"""What every service of compose.yaml must be, as `config` prints it. Each function returns what is wrong, a line each."""

import pathlib
import re

# The services that a profile starts, exactly.
SIDES = {
    "export": {"nats", "fetcher", "indexer", "packer", "server"},
    "import": {"nats", "import-indexer", "import-packer", "import-server"},
}
# Names of variables whose values must come from outside.
SECRET = re.compile(r"SECRET|PASSWORD|TOKEN|ACCESS_KEY|CREDENTIAL")
NAMED = re.compile(r"[a-z][a-z0-9-]+")


def wrong(config, root):
    """All that is wrong with a whole configuration, of compose 1 or 2; `root` is the folder that it is in."""
    found = []
    services = config["services"]
    for name, service in sorted(services.items()):
        found += [f"{name}: {line}" for line in wrong_service(service, root)]
    found += wrong_networks(config)
    for name in config.get("volumes", {}):
        # One letter is read as the name of a drive.
        if not NAMED.fullmatch(name):
            found.append(f"volume {name}: its name is not plain, or too short")
    return found


def wrong_sides(services):
    """Which services a side starts; for this all must be there, whatever profile `config` was asked for."""
    found = []
    for side, expected in SIDES.items():
        there = {name for name, service in services.items() if side in service.get("profiles", [])}
        if there != expected:
            found.append(f"profile {side}: starts {sorted(there)}, not {sorted(expected)}")
    found += [f"{name}: is in no profile" for name, service in services.items() if not service.get("profiles")]
    return found


def wrong_service(service, root):
    found = []

    def rule(holds, text):
        if not holds:
            found.append(text)

    rule(re.fullmatch(r"[1-9][0-9]*:[0-9]+", str(service.get("user", ""))), "may run as root: `user` is no number")
    rule(service.get("read_only") is True, "can write to its own root file system")
    rule(service.get("cap_drop") == ["ALL"] and not service.get("cap_add"), "keeps capabilities")
    rule("no-new-privileges:true" in service.get("security_opt", []), "may gain privileges")
    for forbidden in ("privileged", "devices", "network_mode", "pid", "ipc", "userns_mode", "container_name", "links"):
        rule(not service.get(forbidden), f"has `{forbidden}`")
    for limit in ("cpus", "mem_limit", "pids_limit"):
        rule(service.get(limit), f"has no `{limit}`")
    check = service.get("healthcheck", {})
    rule(check.get("test") and check["test"][0] == "CMD", "has no health check, or one that needs a shell")
    rule(service.get("restart") == "unless-stopped", "does not start again")
    rule(service.get("logging", {}).get("options", {}).get("max-size"), "may write logs without end")
    image = service.get("image", "")
    rule(re.search(r":(?!latest$)[\w.-]+$", image), f"its image `{image}` is not pinned")
    if image.startswith("romt:"):
        own = not check or check["test"][1:] == ["romt", "healthcheck"] or check["test"][0] != "CMD"
        rule(own, "is not checked by its own binary")
        rule("nats" in service.get("depends_on", {}), "does not wait for nats")
    for other, how in service.get("depends_on", {}).items():
        rule(how.get("condition") == "service_healthy", f"does not wait until {other} is healthy")
    for name, value in (service.get("environment") or {}).items():
        rule(not (SECRET.search(name) and value), f"the value of {name} is in the file")
    for volume in service.get("volumes", []):
        source, target, writable = parts(volume)
        if source.startswith("/"):
            rule(pathlib.PurePath(source).is_relative_to(root), f"sees `{source}`, which is not the project's")
            rule(not writable, f"may write to `{source}`")
    return found


def parts(volume):
    """Source, target and whether it may be written to: of the short form, which 1 prints, and the long one, which 2 prints."""
    if isinstance(volume, dict):
        return volume.get("source", ""), volume["target"], not volume.get("read_only", False)
    source, target, *options = volume.split(":")
    return source, target, "ro" not in options


def wrong_networks(config):
    found = []
    networks, services = config["networks"], config["services"]
    if networks["inside"].get("internal") is not True:
        found.append("network inside: has a way out")
    options = networks["clients"].get("driver_opts", {})
    if options.get("com.docker.network.bridge.enable_ip_masquerade") != "false":
        found.append("network clients: what goes out by itself is answered")
    for name, service in services.items():
        joined, profiles = set(service.get("networks", {})), set(service.get("profiles", []))
        allowed = {"inside"}
        if service.get("ports"):
            allowed.add("clients")
        if name in ("fetcher", "indexer"):
            allowed.add("upstream")
        if joined != allowed:
            found.append(f"{name}: is in the networks {sorted(joined)}, not {sorted(allowed)}")
        if "import" in profiles and "upstream" in joined:
            found.append(f"{name}: the import side has a way to upstream")
        for port in service.get("ports", []):
            if "import" not in profiles and not published(port).startswith("127.0.0.1"):
                found.append(f"{name}: is published beyond this machine")
    return found


def published(port):
    """The address of a port, as 1 or 2 prints it."""
    if isinstance(port, dict):
        return port.get("host_ip", "")
    return port


def wrong_build(config, dockerfile):
    """Base images are named in two places."""
    defaults = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", dockerfile, re.MULTILINE))
    found = [] if len(defaults) == 2 else [f"the Dockerfile has {len(defaults)} base images with a default, not 2"]
    for name, service in config["services"].items():
        if "build" in service and service["build"].get("args") != defaults:
            found.append(f"{name}: is built from {service['build'].get('args')}, not {defaults}")
    for name, image in defaults.items():
        if not re.search(r":\S*\d", image):
            found.append(f"the Dockerfile's {name} `{image}` is not pinned")
    return found

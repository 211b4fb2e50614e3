"""What deploy/otel-collector.yaml must be, and what must go with it. Each function returns what is wrong, a line each."""

import re


def wrong(config):
    """All that is wrong with the collector's own configuration."""
    found = []
    service, extensions = config["service"], config["extensions"]
    pipeline = service["pipelines"]["traces"]
    for part in ("receivers", "processors", "exporters"):
        for name in pipeline[part]:
            if name not in config[part]:
                found.append(f"the pipeline names `{name}`, which is not in {part}")
    if set(service["extensions"]) != set(extensions):
        found.append(f"starts the extensions {sorted(service['extensions'])}, and has {sorted(extensions)}")
    if pipeline["processors"][0] != "memory_limiter":
        found.append("takes what comes before it looks at its memory")
    if "batch" not in pipeline["processors"]:
        found.append("writes each span by itself")
    stores = extensions["jaeger_storage"]["backends"]
    for asks, store in (
        ("the exporter", config["exporters"]["jaeger_storage_exporter"]["trace_storage"]),
        ("jaeger_query", extensions["jaeger_query"]["storage"]["traces"]),
    ):
        if store not in stores:
            found.append(f"{asks} names the store `{store}`, which is not there")
    for name, store in stores.items():
        if store["badger"]["ephemeral"] is not False:
            found.append(f"the store `{name}` is gone with the container")
    return found


def wrong_surroundings(config, service, sources, dashboard):
    """What compose.yaml and Grafana say of it."""
    found = []
    extensions = config["extensions"]

    def port(endpoint):
        return re.search(r":([0-9]+)(?:/|$)", endpoint)[1]

    if port(extensions["healthcheckv2"]["http"]["endpoint"]) != port(service["healthcheck"]["test"][-1].removeprefix("http:")):
        found.append("compose.yaml looks for its health at another port")
    source = sources[0]
    if source["url"] != f"http://otel-collector:{port(extensions['jaeger_query']['http']['endpoint'])}":
        found.append(f"Grafana looks for traces at {source['url']}")
    kept = [volume.split(":")[1] for volume in service["volumes"] if not volume.startswith(".")]
    for name, store in extensions["jaeger_storage"]["backends"].items():
        for folder in store["badger"]["directories"].values():
            if not any(folder.startswith(f"{volume}/") for volume in kept):
                found.append(f"the store `{name}` is in {folder}, which is in no volume")
    limit, most = config["processors"]["memory_limiter"]["limit_mib"], service["environment"]["GOMEMLIMIT"]
    if limit >= int(most.removesuffix("MiB")):
        found.append(f"may fill {limit} MiB, and is to keep below {most}")
    for panel in dashboard["panels"]:
        for asked in [panel, *panel["targets"]]:
            if asked["datasource"] != {"type": source["type"], "uid": source["uid"]}:
                found.append(f"the dashboard of traces asks {asked['datasource']}")
    return found

"""A registry as plain files: crates, their sparse index, and a Cargo.lock that names every one of them."""

import hashlib
import json
import os
import random
import re
from pathlib import Path

# The same names, sizes and index lines at every run; only the crates' bytes are new.
SEED = 20261123
# Sizes follow a log-normal curve, as those of real crates do: most are small, a few are a hundred times larger.
SPREAD = 1.2
SMALLEST = 300


def prefix(name):
    """The folders of a crate in an index and a mirror, for names of four letters and more."""
    return f"{name[:2]}/{name[2:4]}"


def index_path(name):
    """The path of a crate's file in an index, as cargo looks for it."""
    lower = name.lower()
    if len(lower) < 3:
        return f"{len(lower)}/{lower}"
    if len(lower) == 3:
        return f"3/{lower[0]}/{lower}"
    return f"{prefix(lower)}/{lower}"


def names(count, rng):
    """Different crate names, spread over the prefixes."""
    found = set()
    while len(found) < count:
        letters = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(4, 9)))
        found.add(letters + rng.choice(["", "-core", "-sys", "_derive", "2"]))
    return sorted(found)


def sizes(count, total, rng):
    """Sizes that add up to about `total`."""
    weights = [rng.lognormvariate(0, SPREAD) for _ in range(count)]
    scale = max(0, total - count * SMALLEST) / sum(weights)
    return [SMALLEST + int(weight * scale) for weight in weights]


def index_line(name, version, cksum):
    """One line of an index file, as upstream writes them."""
    fields = {"name": name, "vers": version, "deps": [], "cksum": cksum, "features": {}, "yanked": False}
    return json.dumps(fields, separators=(",", ":"))


def registry_source(repository):
    """How this repository's own Cargo.lock names its registry: the source that romt takes crates from."""
    lockfile = (repository / "Cargo.lock").read_text()
    return re.search(r'^source = "(registry\+[^"]+)"$', lockfile, re.MULTILINE).group(1)


def make(folder, count, total, address, source):
    """Writes the registry to `folder`, to be served at `address`; returns its crates as (name, version)."""
    rng = random.Random(SEED)
    crates, packages = [], []
    for name, size in zip(names(count, rng), sizes(count, total, rng)):
        versions = [f"1.{minor}.0" for minor in range(rng.randint(1, 3))]
        wanted = rng.choice(versions)
        content = os.urandom(size)
        cksum = hashlib.sha256(content).hexdigest()

        crate = folder / "crates" / prefix(name) / name / f"{name}-{wanted}.crate"
        crate.parent.mkdir(parents=True)
        crate.write_bytes(content)

        other = hashlib.sha256(name.encode()).hexdigest()
        lines = [index_line(name, version, cksum if version == wanted else other) for version in versions]
        index = folder / "index" / prefix(name) / name
        index.parent.mkdir(parents=True, exist_ok=True)
        index.write_text("\n".join(lines) + "\n")

        crates.append((name, wanted))
        packages.append(
            f'[[package]]\nname = "{name}"\nversion = "{wanted}"\nsource = "{source}"\nchecksum = "{cksum}"\n'
        )

    dl = f"{address}/crates/{{prefix}}/{{crate}}/{{crate}}-{{version}}.crate"
    (folder / "index" / "config.json").write_text(json.dumps({"dl": dl, "api": address}))
    (folder / "Cargo.lock").write_text("version = 4\n\n" + "\n".join(packages))
    return crates


def curl_config(path, address, files, output):
    """Writes what curl is told: every file at `address` to the same path below the folder `output`."""
    with path.open("w") as config:
        for file in files:
            config.write(f'url = "{address}/{file}"\noutput = "{output}/{file}"\n')
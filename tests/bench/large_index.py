"""Index repositories, made by git fast-import: one as large as that of crates.io, and one of given crates."""

import hashlib
import json
import random
import shutil
import subprocess

import upstream_tree
from measuring import clean_environment

# The same index at every run, so that it can be kept and numbers of two days compared.
SEED = 20261124
# Most crates have a few versions, a few have hundreds.
SPREAD = 1.4
# First words of names: as with real ones, many crates share the folder of theirs (`se/rd/serde-…`).
STEMS = 30_000
# What the repository is before and after a day's changes. `master` is put on one of them; others are not fetched.
BEFORE, AFTER = "refs/bench/before", "refs/bench/after"
# What a day brings.
NEW_VERSIONS, YANKS, REMOVALS = 200, 20, 2
# Half of all dependencies are on one of these.
KNOWN = "serde serde_json tokio log anyhow thiserror clap rand futures-util criterion regex bytes libc syn quote".split()
FEATURES = ["std", "derive", "rt", "macros", "alloc", "full", "net", "sync", "v4", "unstable-internals"]


def make(folder, crates, versions):
    """Makes the large repository below `folder`, unless it is there; returns its path."""
    return make_repository(folder / f"index-{crates}-{versions}.git", lambda out: write(out, crates, versions))


def make_of(repository, files):
    """Makes a repository of index files, pairs of path and text, unless it is there; returns its path."""

    def write_files(out):
        commit(out, BEFORE, 1, "everything")
        for path, text in files:
            put(out, path, text)

    return make_repository(repository, write_files)


def make_repository(repository, write_commits):
    """Makes a repository of what `write_commits` writes; its `master` is on BEFORE."""
    if not repository.is_dir():
        unfinished = repository.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        git("init", "--quiet", "--bare", "--initial-branch=master", unfinished)
        importer = subprocess.Popen(
            ["git", "-C", unfinished, "fast-import", "--quiet", "--done"],
            stdin=subprocess.PIPE, env=clean_environment(),
        )
        write_commits(importer.stdin)
        importer.stdin.write(b"done\n")
        importer.stdin.close()
        if importer.wait() != 0:
            raise SystemExit("error: git fast-import failed")
        unfinished.rename(repository)
    publish(repository, BEFORE)
    return repository


def publish(repository, state):
    """Puts `master` on BEFORE or AFTER."""
    git("-C", repository, "update-ref", "refs/heads/master", state)


def git(*arguments):
    """Runs git without anybody's settings."""
    subprocess.run(["git", *arguments], check=True, env=clean_environment())


def write(out, crates, versions):
    """The two commits, as git fast-import reads them."""
    rng = random.Random(SEED)
    commit(out, BEFORE, 1, "everything")
    changes = []
    every = max(1, crates // NEW_VERSIONS)
    config = {"dl": "http://127.0.0.1:9/{crate}-{version}.crate", "api": "http://127.0.0.1:9"}
    put(out, "config.json", json.dumps(config))
    for number, (name, count) in enumerate(zip(names(crates, rng), counts(crates, versions, rng))):
        lines = index_lines(name, count, rng)
        put(out, upstream_tree.index_path(name), "".join(lines))
        turn, place = divmod(number, every)
        if place == 0:
            changes.append((name, changed(name, lines, turn, rng)))
    commit(out, AFTER, 2, "a day's changes", BEFORE)
    for name, lines in changes:
        put(out, upstream_tree.index_path(name), "".join(lines))


def changed(name, lines, turn, rng):
    """The lines of a crate after the change: most get a version, some lose one or have one yanked."""
    if turn < REMOVALS:
        return lines[1:]
    if turn < REMOVALS + YANKS:
        return [lines[0].replace('"yanked":false', '"yanked":true'), *lines[1:]]
    return [*lines, index_line(name, "99.0.0", dependencies(rng))]


def commit(out, state, number, message, parent=None):
    """The head of a commit; the files follow."""
    out.write(
        f"commit {state}\ncommitter bench <bench@example.invalid> {1_700_000_000 + number * 86_400} +0000\n"
        f"data {len(message)}\n{message}\n".encode()
    )
    if parent:
        out.write(f"from {parent}\n".encode())


def put(out, path, text):
    """One file of a commit."""
    content = text.encode()
    out.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(content), content))


def names(count, rng):
    """Different crate names. They are not in order, so the pack is not either."""
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    weights = [1 / (place + 2) for place in range(len(letters))]
    stems = ["".join(rng.choices(letters, weights, k=rng.randint(2, 7))) for _ in range(STEMS)]
    # A few stems begin a lot of names.
    shares = [1 / (place + 50) for place in range(STEMS)]
    found = {}
    while len(found) < count:
        for stem in rng.choices(stems, shares, k=count):
            name = stem if rng.random() < 0.1 else stem + rng.choice("-_") + rng.choice(stems)
            if rng.random() < 0.01:
                name = name.title()
            found.setdefault(name.lower(), name)
    return list(found.values())[:count]


def counts(count, total, rng):
    """How many versions each crate has; together about `total`."""
    weights = [rng.lognormvariate(0, SPREAD) for _ in range(count)]
    scale = (total - count) / sum(weights)
    exact = [weight * scale for weight in weights]
    # Rounded so that what is cut off here is added there.
    whole, carried = [], 0.0
    for share in exact:
        carried += share
        whole.append(1 + int(carried))
        carried -= int(carried)
    return whole


def index_lines(name, count, rng):
    """The file of a crate, a line a version, as upstream writes it."""
    lines, deps = [], dependencies(rng)
    major, minor, patch = rng.choice([(0, 1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0)])
    for _ in range(count):
        suffix = rng.choice(["-alpha.1", "-rc.1", "+build.5"]) if rng.random() < 0.03 else ""
        lines.append(index_line(name, f"{major}.{minor}.{patch}{suffix}", deps))
        step = rng.random()
        if step < 0.7:
            patch += 1
        elif step < 0.97:
            minor, patch, deps = minor + 1, 0, dependencies(rng)
        else:
            major, minor, patch = major + 1, 0, 0
    return lines


def dependencies(rng):
    """The text of a few dependencies and features."""
    found = []
    for _ in range(rng.choice([0, 1, 1, 2, 2, 2, 3, 4, 5])):
        name = rng.choice(KNOWN) if rng.random() < 0.5 else "".join(rng.choices("etaoinshrdlu", k=8))
        version = rng.choice(["^1", f"^1.{rng.randint(0, 99)}", f"^0.{rng.randint(1, 30)}.{rng.randint(0, 20)}"])
        found.append({
            "name": name, "req": version, "features": rng.sample(FEATURES, rng.choice([0, 0, 0, 1, 2])),
            "optional": rng.random() < 0.2, "default_features": rng.random() < 0.9, "target": None,
            "kind": rng.choice(["normal", "normal", "normal", "dev", "build"]),
        })
    return json.dumps(found, separators=(",", ":"))


def index_line(name, version, deps):
    """One line. Made by hand: 1.9 million times `json.dumps` takes long."""
    digest = hashlib.sha256(f"{name}-{version}".encode())
    noise = digest.digest()
    month, day, hour, minute, second = (part % most for part, most in zip(noise, (12, 28, 24, 60, 60)))
    published = f"2025-{month + 1:02}-{day + 1:02}T{hour:02}:{minute:02}:{second:02}Z"
    return (
        f'{{"name":"{name}","vers":"{version}","deps":{deps},"cksum":"{digest.hexdigest()}",'
        f'"features":{{"default":["std"],"std":[]}},"yanked":false,"rust_version":"1.65","pubtime":"{published}"}}\n'
    )

#!/usr/bin/env python3
"""Writes an upstream as plain files: two crates, the toolchain of this machine as a release, and its rustup, all signed.

  tests/compose/upstream.py TREE KEYS URL
  tests/compose/upstream.py TREE --newer-leaf        adds a version of the crate that the other one depends on

TREE/index/ is a sparse index, TREE/crates/ its crates, TREE/dist/ and TREE/rustup/ as on Rust's own server; URL is where the tree
will be served. KEYS/keyring.asc is the key that its signatures are by. Prints the target of the toolchain.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
DAY = "2026-04-16"
# What the profile `minimal` is made of.
COMPONENTS = ["cargo", "rust-std", "rustc"]

LEAF = 'pub fn answer() -> &\'static str { "a leaf, by way of a branch" }\n'
NEWER_LEAF = 'pub fn answer() -> &\'static str { "a newer leaf, by way of a branch" }\n'
BRANCH = "pub fn answer() -> &'static str { romt_test_leaf::answer() }\n"


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def put(file, content):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def packed(files):
    """A tar.gz of names and contents."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=1) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content.encode()))
    return out.getvalue()


def put_crate(tree, name, code, version="1.0.0", uses=None):
    """A version of a crate and its line in the index, after those of older versions."""
    dependencies = f'\n[dependencies]\n{uses} = "1"\n' if uses else ""
    manifest = f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n{dependencies}'
    crate = packed({f"{name}-{version}/Cargo.toml": manifest, f"{name}-{version}/src/lib.rs": code})
    put(tree / f"crates/{name}/{name}-{version}.crate", crate)
    used = {"name": uses, "req": "^1", "features": [], "optional": False, "default_features": True, "target": None}
    used["kind"] = "normal"
    line = {
        "name": name,
        "vers": version,
        "deps": [used] if uses else [],
        "cksum": hashlib.sha256(crate).hexdigest(),
        "features": {},
        "yanked": False,
    }
    file = tree / f"index/{name[:2]}/{name[2:4]}/{name}"
    older = file.read_text() if file.exists() else ""
    put(file, older + json.dumps(line, separators=(",", ":")) + "\n")


def put_with_hash(file, content=None):
    """A file and its `.sha256`; without content, of one that is there."""
    if content is not None:
        put(file, content)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    put(file.with_name(file.name + ".sha256"), f"{digest}  {file.name}\n")
    return digest


def put_component(folder, installed, component, target, version):
    """A component as rustup installs it, out of what it installed here."""
    name = f"{component}-{version}-{target}"
    inside = f"rust-std-{target}" if component == "rust-std" else component
    lines = (installed / f"lib/rustlib/manifest-{component}-{target}").read_text()
    file = folder / f"{name}.tar.gz"
    file.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(file, "wb", compresslevel=1) as zipped, tarfile.open(fileobj=zipped, mode="w|") as tar:

        folders = set()

        # rustup expects each before what is in it.
        def add_folders(path):
            for folder in reversed(pathlib.PurePath(path).parents[:-1]):
                if folder not in folders:
                    folders.add(folder)
                    entry = tarfile.TarInfo(str(folder))
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(entry)

        def add(path, content):
            add_folders(path)
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            tar.addfile(entry, io.BytesIO(content.encode()))

        add(f"{name}/rust-installer-version", "3\n")
        add(f"{name}/components", f"{inside}\n")
        add(f"{name}/{inside}/manifest.in", lines)
        for kind, _, path in (line.partition(":") for line in lines.splitlines()):
            add_folders(f"{name}/{inside}/{path}")
            tar.add(installed / path, f"{name}/{inside}/{path}", recursive=kind == "dir")
    return file.name, put_with_hash(file)


def put_toolchain(tree, target):
    """The toolchain that cargo runs in here, as the stable release of a day."""
    installed = pathlib.Path(run("rustc", "--print", "sysroot").strip())
    version = run("rustc", "--version").split()[1]
    # What rustup replaces by the address of its mirror.
    defaults = (ROOT / "shared/upstream/src/defaults.rs").read_text()
    server = re.search(r'DIST_SERVER: &str = "([^"]+)"', defaults)[1]
    manifest = [f'manifest-version = "2"\ndate = "{DAY}"\n']
    for component in COMPONENTS:
        name, digest = put_component(tree / "dist" / DAY, installed, component, target, version)
        manifest += [
            f'[pkg.{component}]\nversion = "{version} (0123456789 {DAY})"\n',
            f'[pkg.{component}.target.{target}]\navailable = true\nurl = "{server}/dist/{DAY}/{name}"\nhash = "{digest}"\n',
        ]
    manifest += [f'[pkg.rust]\nversion = "{version} (0123456789 {DAY})"\n', f"[pkg.rust.target.{target}]\navailable = true\n"]
    for component in COMPONENTS:
        manifest.append(f'[[pkg.rust.target.{target}.components]]\npkg = "{component}"\ntarget = "{target}"\n')
    manifest.append(f"[profiles]\nminimal = {json.dumps(COMPONENTS)}\n")
    for folder in ["dist", f"dist/{DAY}"]:
        for channel in ["stable", version]:
            put_with_hash(tree / folder / f"channel-rust-{channel}.toml", "\n".join(manifest))


def put_rustup(tree, target):
    """rustup's own release: the program of this machine."""
    program = pathlib.Path(shutil.which("rustup"))
    version = run("rustup", "--version", stderr=subprocess.DEVNULL).split()[1]
    put(tree / "rustup/release-stable.toml", f'schema-version = "1"\nversion = "{version}"\n')
    for folder in [f"archive/{version}", "dist"]:
        put_with_hash(tree / f"rustup/{folder}/{target}/rustup-init", program.read_bytes())


def sign(tree, keys):
    """Every manifest and package gets a detached signature, by a key of its own for this tree."""
    home = keys / "gnupg"
    home.mkdir(parents=True, mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    try:
        run(*gpg, "--quick-generate-key", "romt test <test@romt.example>", "rsa2048", "sign", "never")
        for file in sorted((tree / "dist").rglob("*")):
            if file.suffix in (".toml", ".gz"):
                run(*gpg, "--armor", "--detach-sign", "--output", f"{file}.asc", str(file))
        put(keys / "keyring.asc", run(*gpg, "--armor", "--export"))
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)


def main():
    if sys.argv[2] == "--newer-leaf":
        put_crate(pathlib.Path(sys.argv[1]), "romt_test_leaf", NEWER_LEAF, version="1.1.0")
        return
    tree, keys, url = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    target = re.search(r"^host: (.+)$", run("rustc", "-vV"), re.MULTILINE)[1]
    put(tree / "index/config.json", json.dumps({"dl": url + "/crates/{crate}/{crate}-{version}.crate", "api": None}))
    put_crate(tree, "romt_test_leaf", LEAF)
    put_crate(tree, "romt_test_branch", BRANCH, uses="romt_test_leaf")
    put_toolchain(tree, target)
    put_rustup(tree, target)
    sign(tree, keys)
    os.chmod(keys, 0o755)
    print(target)


if __name__ == "__main__":
    main()

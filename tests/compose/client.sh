#!/bin/sh
# What a developer does behind the gap, in a container that has a C compiler and no Rust: rustup, the toolchain and the crates
# all come from the mirror at $1.
#
#   client.sh MIRROR install     rustup and the toolchain `stable`
#   client.sh MIRROR build       with fresh caches, a program that needs two crates; runs it
set -eu
mirror=$1
export HOME=/developer CARGO_HOME=/developer/cargo RUSTUP_HOME=/developer/rustup
export RUSTUP_DIST_SERVER=$mirror RUSTUP_UPDATE_ROOT=$mirror/rustup
export PATH=$CARGO_HOME/bin:$PATH

install() {
    wget -q -O /developer/rustup-init "$mirror/rustup/dist/$(uname -m)-unknown-linux-gnu/rustup-init"
    chmod +x /developer/rustup-init
    /developer/rustup-init -y --no-modify-path --profile minimal --default-toolchain stable
    rustup --version
    rustc --version
}

build() {
    rm -rf /developer/app "$CARGO_HOME/registry"
    mkdir -p /developer/app/src
    cat >"$CARGO_HOME/config.toml" <<TOML
[source.crates-io]
replace-with = "romt"

[source.romt]
registry = "sparse+$mirror/crates-index/"
TOML
    cd /developer/app
    cat >Cargo.toml <<TOML
[package]
name = "app"
version = "0.1.0"
edition = "2021"

[dependencies]
romt_test_branch = "1"
TOML
    echo 'fn main() { println!("{}", romt_test_branch::answer()); }' >src/main.rs
    cargo build
    ./target/debug/app
}

"$2"

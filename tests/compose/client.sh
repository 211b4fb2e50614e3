#!/bin/sh
# What a developer does behind the gap, in a container that has a C compiler and no Rust: rustup, the toolchain and the crates
# all come from the mirror at $1.
set -eu
mirror=$1
export HOME=/developer CARGO_HOME=/developer/cargo RUSTUP_HOME=/developer/rustup
export RUSTUP_DIST_SERVER=$mirror RUSTUP_UPDATE_ROOT=$mirror/rustup
mkdir -p /developer/app/src "$CARGO_HOME"
cd /developer/app

target=$(uname -m)-unknown-linux-gnu
wget -q -O /developer/rustup-init "$mirror/rustup/dist/$target/rustup-init"
chmod +x /developer/rustup-init
/developer/rustup-init -y --no-modify-path --profile minimal --default-toolchain stable
export PATH=$CARGO_HOME/bin:$PATH
rustup --version
rustc --version

cat >"$CARGO_HOME/config.toml" <<END
[source.crates-io]
replace-with = "romt"

[source.romt]
registry = "sparse+$mirror/crates-index/"
END
cat >Cargo.toml <<END
[package]
name = "app"
version = "0.1.0"
edition = "2021"

[dependencies]
romt_test_branch = "1"
END
echo 'fn main() { println!("{}", romt_test_branch::answer()); }' >src/main.rs
cargo build --release
./target/release/app

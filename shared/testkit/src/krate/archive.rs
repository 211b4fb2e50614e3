//! `.crate` files: the same bytes from the same crate, always.

use bytes::Bytes;
use flate2::{Compression, GzBuilder};

use super::{FakeCrate, manifest, source};

/// The time that cargo gives to the files it packs.
const PACKED_AT: u64 = 1_153_704_088;

/// The file of `krate`: a gzipped tar.
pub(super) fn archive(krate: &FakeCrate) -> Bytes {
    let folder = format!("{}-{}", krate.name, krate.version);
    let gzip = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::fast());
    let mut tar = tar::Builder::new(gzip);
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(PACKED_AT);
        tar.append_data(&mut header, format!("{folder}/{name}"), content).expect("writing to memory");
    };
    add("Cargo.toml", manifest::manifest(krate).as_bytes());
    if let Some(script) = source::build_script(krate) {
        add("build.rs", script.as_bytes());
    }
    add("src/lib.rs", source::library(krate).as_bytes());
    if krate.padding > 0 {
        add("padding.bin", &noise(krate));
    }
    let gzip = tar.into_inner().expect("writing to memory");
    gzip.finish().expect("writing to memory").into()
}

/// Bytes that do not compress and differ from crate to crate.
fn noise(krate: &FakeCrate) -> Vec<u8> {
    let mut state = krate.name.bytes().chain(krate.version.bytes()).fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
        state.rotate_left(7).wrapping_add(u64::from(byte)).wrapping_mul(0x2545_f491_4f6c_dd1d)
    });
    let mut noise = Vec::with_capacity(krate.padding + 8);
    while noise.len() < krate.padding {
        // xorshift64*: never zero when it did not start there.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        noise.extend_from_slice(&state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_le_bytes());
    }
    noise.truncate(krate.padding);
    noise
}

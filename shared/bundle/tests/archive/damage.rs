//! Archives that a medium has spoiled.

use std::sync::LazyLock;

use proptest::prelude::*;
use romt_bundle::ReadArchiveError;

use crate::support::{Contents, gzip, read, sample};

/// As we write it.
static GZIP: LazyLock<(Vec<u8>, Contents)> = LazyLock::new(|| sample("crates.tar.gz"));
/// As others compress it.
static DEFLATED: LazyLock<(Vec<u8>, Contents)> = LazyLock::new(|| {
    let (plain, contents) = sample("crates.tar");
    (gzip(&plain), contents)
});
static PLAIN: LazyLock<(Vec<u8>, Contents)> = LazyLock::new(|| sample("crates.tar"));

/// Where the plain archive's end begins: what is cut off behind it is padding.
fn end_of_plain() -> usize {
    let (bytes, _) = &*PLAIN;
    bytes.iter().rposition(|byte| *byte != 0).unwrap().next_multiple_of(512) + 512
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn cut_short_it_is_damaged(at: prop::sample::Index) {
        for (bytes, _) in [&*GZIP, &*DEFLATED] {
            let cut = read("crates.tar.gz", &bytes[..2 + at.index(bytes.len() - 2)]);
            prop_assert!(matches!(cut, Err(ReadArchiveError::Damaged { .. })), "{:?}", cut.is_ok());
        }

        let (bytes, contents) = &*PLAIN;
        let at = at.index(bytes.len());
        match read("crates.tar", &bytes[..at]) {
            Ok(found) => {
                prop_assert!(at >= end_of_plain(), "{at} of {}", bytes.len());
                prop_assert_eq!(&found, contents);
            }
            Err(error) => prop_assert!(matches!(error, ReadArchiveError::Damaged { .. }), "{error:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn with_a_bit_flipped_it_is_refused_or_the_same(at: prop::sample::Index, bit in 0..8u32) {
        for (bytes, contents) in [&*GZIP, &*DEFLATED] {
            let mut bytes = bytes.clone();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(found) = read("crates.tar.gz", bytes.as_slice()) {
                prop_assert_eq!(&found, contents);
            }
        }
    }

    /// Without compression there is no checksum of contents and long names; the importer compares both with the index.
    /// But a flip neither adds a member, nor loses one, nor changes a size.
    #[test]
    fn with_a_bit_flipped_a_plain_one_keeps_its_members(at: prop::sample::Index, bit in 0..8u32) {
        let (bytes, contents) = &*PLAIN;
        let mut bytes = bytes.clone();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        if let Ok(found) = read("crates.tar", bytes.as_slice()) {
            let sizes =
                |contents: &Contents| contents.members.iter().map(|(_, content)| content.len()).collect::<Vec<_>>();
            prop_assert_eq!(sizes(&found), sizes(contents));
        }
    }
}

#[test]
fn every_flip_in_the_header_and_the_checksum_is_seen_or_harmless() {
    let (bytes, contents) = &*GZIP;
    for at in (0..16).chain(bytes.len() - 8..bytes.len()) {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            if let Ok(found) = read("crates.tar.gz", bytes.as_slice()) {
                assert_eq!(&found, contents);
            }
        }
    }
}

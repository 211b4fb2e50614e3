//! Unpacking gzip under a limit.

use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

/// Why a body was not unpacked.
#[derive(Debug)]
pub(crate) enum InflateError {
    TooLarge,
    Garbled(io::Error),
}

/// Unpacks `packed` to at most `limit` bytes.
pub(crate) fn inflate(packed: &[u8], limit: u64) -> Result<Bytes, InflateError> {
    let mut bytes = Vec::new();
    let mut decoder = MultiGzDecoder::new(packed).take(limit.saturating_add(1));
    decoder.read_to_end(&mut bytes).map_err(InflateError::Garbled)?;
    if bytes.len() as u64 > limit { Err(InflateError::TooLarge) } else { Ok(bytes.into()) }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let bomb = packed(&vec![0; 10_000_000]);
        assert!(bomb.len() < 20_000);
        assert!(matches!(inflate(&bomb, 100_000), Err(InflateError::TooLarge)));
    }

    #[test]
    fn a_cut_body_is_noticed() {
        let whole = packed(b"some text");
        assert!(matches!(inflate(&whole[..whole.len() - 1], 100), Err(InflateError::Garbled(_))));
    }

    proptest! {
        #[test]
        fn packed_and_unpacked(bytes: Vec<u8>) {
            let unpacked = inflate(&packed(&bytes), bytes.len() as u64).unwrap();
            prop_assert_eq!(unpacked, bytes);
        }
    }
}

//! Taking a file of OpenPGP apart.

use sequoia_openpgp::packet::{Packet, Tag};
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::serialize::SerializeInto;

use super::{Keyring, SignatureError};

/// Where a block of ASCII armour begins.
const BEGIN: &[u8] = b"-----BEGIN PGP ";

/// The most signatures in one file that are looked at; upstream's have one.
const MAX_SIGNATURES: usize = 16;

/// The blocks of a file, each of which is read alone: those in ASCII armour, or the whole file when there are none. The
/// parser would take the first block for the whole.
pub(super) fn blocks(content: &[u8]) -> Vec<&[u8]> {
    let starts: Vec<usize> =
        content.windows(BEGIN.len()).enumerate().filter(|(_, window)| *window == BEGIN).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return vec![content];
    }
    let ends = starts.iter().skip(1).copied().chain([content.len()]);
    starts.iter().zip(ends).filter_map(|(&start, end)| content.get(start..end)).collect()
}

/// The signatures in a file, in binary, with nothing else among them. Containers are not opened, so nothing grows.
pub(super) fn signatures(content: &[u8]) -> Result<Vec<u8>, SignatureError> {
    if content.len() > Keyring::MAX_SIGNATURE {
        return Err(SignatureError::TooLarge);
    }
    if content.iter().all(u8::is_ascii_whitespace) {
        return Err(SignatureError::Missing);
    }
    let (mut signatures, mut count) = (Vec::new(), 0);
    for block in blocks(content) {
        let mut next = PacketParser::from_bytes(block).map_err(malformed)?;
        while let PacketParserResult::Some(parser) = next {
            let (packet, following) = parser.next().map_err(malformed)?;
            next = following;
            match packet {
                Packet::Signature(_) => {
                    count += 1;
                    signatures.extend(packet.to_vec().map_err(malformed)?);
                }
                // One of a kind that is not known may stand beside one that is.
                Packet::Unknown(unknown) if unknown.tag() == Tag::Signature => {}
                Packet::Marker(_) => {}
                other => return Err(SignatureError::Malformed(format!("there is a {} in it", other.tag()))),
            }
            if count > MAX_SIGNATURES {
                return Err(SignatureError::Malformed(format!("there are more than {MAX_SIGNATURES} in one file")));
            }
        }
    }
    if count == 0 { Err(SignatureError::Missing) } else { Ok(signatures) }
}

fn malformed(cause: sequoia_openpgp::anyhow::Error) -> SignatureError {
    SignatureError::Malformed(super::verify::reason(&cause))
}

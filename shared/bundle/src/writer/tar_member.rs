//! The headers of the members we write.

use std::io;

use tar::{EntryType, Header};

/// Headers, contents and padding come in blocks of this many bytes.
pub(super) const BLOCK: u64 = 512;

/// Members are of 1980-01-01: the same archive has the same bytes. Not of 1970, which tar programs warn about.
const MTIME: u64 = 315_532_800;

/// What stands before the content of a member of this name and size.
///
/// A `ustar` header, which every tar program reads. Where a name does not fit into it, a PAX record with the name
/// comes first, as Python romt writes it, too.
pub(super) fn headers(name: &str, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut member = header(EntryType::Regular, size);
    if member.set_path(name).is_err() {
        let record = pax_record("path", name);
        let mut pax = header(EntryType::XHeader, record.len() as u64);
        pax.set_path("././@PaxHeader")?;
        bytes.extend(finished(pax));
        bytes.extend(record.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        // For readers that know no PAX; the others take the name of the record.
        let cut: String = name.chars().take(100).collect();
        member.set_path(cut)?;
    }
    bytes.extend(finished(member));
    Ok(bytes)
}

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MTIME);
    header
}

fn finished(mut header: Header) -> [u8; 512] {
    header.set_cksum();
    *header.as_bytes()
}

/// `LENGTH KEY=VALUE\n`, where the length counts its own digits, too.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + " =\n".len();
    let mut length = rest;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for length in 0..1_100 {
            let record = pax_record("path", &"x".repeat(length));
            assert!(record.starts_with(&format!("{} path=", record.len())), "{record}");
        }
    }

    #[test]
    fn names_that_fit_need_no_record() {
        assert_eq!(headers("crates/se/rd/serde/serde-1.0.0.crate", 5).unwrap().len(), 512);
        assert_eq!(headers(&format!("{}/{}", "d".repeat(150), "f".repeat(100)), 5).unwrap().len(), 512);
        assert_eq!(headers(&"f".repeat(101), 5).unwrap().len(), 3 * 512);
    }
}

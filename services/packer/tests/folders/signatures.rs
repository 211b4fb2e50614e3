//! Signatures of what is in an archive of toolchains.

use std::path::Path;
use std::sync::Mutex;

use anyhow::Context as _;
use romt_dist::testing::{KeyFault, SigningKey};
use romt_dist::{DistFile, DistKey, Keyring, Part};
use romt_packer::{SignedFile, UnpackedToolchains, unpack_toolchains};
use romt_storage::SeenFiles;
use tokio_util::sync::CancellationToken;

use crate::mirror::{Mirror, expected};
use crate::release::{files, small};
use crate::tar_file::Tar;

fn unpack(mirror: &Mirror, archive: &Path, keyring: &Keyring) -> anyhow::Result<UnpackedToolchains> {
    let check = |file: SignedFile<'_>| {
        let signature = file.signature.context("there is no signature")?;
        keyring.verify_detached(&signature, file.content)?;
        Ok(())
    };
    unpack_toolchains(&mirror.order(archive), &mut SeenFiles::default(), &check, &mut |_| (), &CancellationToken::new())
}

struct Signed {
    files: Vec<(DistKey, Vec<u8>)>,
    keyring: Keyring,
}

impl Signed {
    fn new() -> Self {
        let key = SigningKey::new(KeyFault::None);
        let mut keyring = Keyring::empty();
        keyring.add(&key.public()).unwrap();
        Self { files: files(&[small()], Some(&|content| key.sign(content))), keyring }
    }

    /// What becomes of these files.
    fn unpack(&self, mirror: &Mirror, files: &[(DistKey, Vec<u8>)]) -> anyhow::Result<UnpackedToolchains> {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("toolchain.tar");
        Tar::of(files).write(&archive);
        unpack(mirror, &archive, &self.keyring)
    }
}

#[test]
fn good_ones_pass_and_are_taken_over() {
    let signed = Signed::new();
    let mirror = Mirror::new();
    signed.unpack(&mirror, &signed.files).unwrap();
    assert!(mirror.files("dist") == expected(&signed.files));
}

#[test]
fn row_56_one_that_is_bad_or_missing_refuses_the_archive() {
    let signed = Signed::new();
    let signatures = signed.files.iter().enumerate().filter(|(_, (key, _))| key.part == Part::Signature);
    for (at, (key, _)) in signatures {
        let mirror = Mirror::new();
        let mut bad = signed.files.clone();
        // That of another file.
        bad[at].1 = signed.files[if at == 2 { 5 } else { 2 }].1.clone();
        let error = mirror.refuses(|mirror| signed.unpack(mirror, &bad));
        let file = key.file.clone().part(Part::Content);
        assert!(error.contains(&format!("refused at `dist/{file}`")) && error.contains("does not match"), "{error}");
        bad.remove(at);
        let error = mirror.refuses(|mirror| signed.unpack(mirror, &bad));
        assert!(error.contains("there is no signature"), "{error}");
    }
    let mut bad = signed.files.clone();
    bad[2].1 = vec![b'a'; (64 << 10) + 1];
    let error = Mirror::new().refuses(|mirror| signed.unpack(mirror, &bad));
    assert!(error.contains("too large"), "{error}");
}

#[test]
fn every_file_is_shown_once_with_its_signature() {
    let files = files(&[small()], Some(&|content| content.len().to_string().into_bytes()));
    let mirror = Mirror::new();
    let archive = mirror.path("toolchain.tar.gz");
    Tar::of(&files).write(&archive);
    let shown = Mutex::new(Vec::new());
    let check = |mut file: SignedFile<'_>| {
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut file.content, &mut content)?;
        assert_eq!(file.signature, Some(content.len().to_string().into_bytes()));
        shown.lock().unwrap().push((file.key.clone(), content));
        Ok(())
    };
    unpack_toolchains(
        &mirror.order(&archive),
        &mut SeenFiles::default(),
        &check,
        &mut |_| (),
        &CancellationToken::new(),
    )
    .unwrap();
    let mut shown = shown.into_inner().unwrap();
    shown.sort();
    let mut contents: Vec<_> = files.into_iter().filter(|(key, _)| key.part == Part::Content).collect();
    contents.sort();
    assert!(shown == contents);
    assert!(matches!(shown[0].0.file, DistFile::Manifest(_)));
}

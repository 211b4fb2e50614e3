//! `dist/` in a store that is no folder: there are no second names, so the programs are copied within the store.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use romt_dist::{ReleaseVersion, RustupKey, Target};
use romt_storage::{Storage, StorageError, StorageKey};

use super::releases::{hash_of, program};

/// Makes `dist/` hold the programs of a release, and nothing else. Each file is replaced at once, a program before its hash, and
/// what the release does not have goes last; so whoever gets one meanwhile gets a whole one, the old or the new. Returns whether
/// it was anything else before.
pub(super) async fn remake_in_store(
    storage: &Storage,
    version: ReleaseVersion,
    targets: &BTreeSet<Target>,
) -> Result<bool, StorageError> {
    let mut left: BTreeSet<String> =
        storage.list(&format!("{}dist", StorageKey::RUSTUP)).map_ok(|info| info.key).try_collect().await?;
    let mut changed = false;
    for target in targets {
        let from = program(version, target);
        let to = RustupKey::Dist { target: target.clone(), hash: false };
        let [from_hash, to_hash] = [&from, &to].map(|key| StorageKey::from(hash_of(key)));
        let (from, to) = (StorageKey::from(from), StorageKey::from(to));
        left.remove(&to.to_string());
        let hash = storage.digest(&from_hash).await?;
        let is_copy = if hash.is_some() {
            left.remove(&to_hash.to_string());
            // It comes last, so where it is the same, the program was whole before.
            let sizes = storage.sizes(vec![from.clone(), to.clone()]).await?;
            hash == storage.digest(&to_hash).await? && sizes[..].windows(2).all(|pair| pair[0] == pair[1])
        } else {
            // A program without its hash file is what Python romt makes of some.
            storage.digest(&from).await? == storage.digest(&to).await?
        };
        if is_copy {
            continue;
        }
        storage.copy(&from, &to).await?;
        if hash.is_some() {
            storage.copy(&from_hash, &to_hash).await?;
        }
        changed = true;
    }
    let left: Vec<StorageKey> = left.iter().filter_map(|key| key.parse().ok()).collect();
    changed |= !left.is_empty();
    storage.remove(left).await?;
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: &str = "x86_64-unknown-linux-gnu";
    const ARM: &str = "aarch64-unknown-linux-gnu";

    async fn put(storage: &Storage, key: &str, content: &str) {
        storage.put(&key.parse().unwrap(), content.to_owned().into()).await.unwrap();
    }

    /// A release with a hash for each program, but those for ARM.
    async fn release(storage: &Storage, version: &str, targets: &[&str]) {
        for target in targets {
            let key = format!("rustup/archive/{version}/{target}/rustup-init");
            put(storage, &key, &format!("{version} for {target}")).await;
            if *target == LINUX {
                put(storage, &format!("{key}.sha256"), &format!("hash of {version}")).await;
            }
        }
    }

    async fn dist(storage: &Storage) -> Vec<String> {
        let mut keys: Vec<_> = storage.list("rustup/dist").map_ok(|info| info.key).try_collect().await.unwrap();
        keys.sort();
        keys
    }

    async fn remake(storage: &Storage, version: &str, targets: &[&str]) -> bool {
        let targets = targets.iter().map(|target| target.parse().unwrap()).collect();
        remake_in_store(storage, version.parse().unwrap(), &targets).await.unwrap()
    }

    #[tokio::test]
    async fn dist_holds_the_programs_of_the_release_and_nothing_else() {
        let storage = Storage::memory();
        release(&storage, "1.27.0", &[LINUX, ARM]).await;
        release(&storage, "1.28.0", &[LINUX]).await;
        assert!(remake(&storage, "1.27.0", &[LINUX, ARM]).await);
        assert!(!remake(&storage, "1.27.0", &[LINUX, ARM]).await, "nothing to do");
        let linux = format!("rustup/dist/{LINUX}/rustup-init");
        let linux_hash = format!("{linux}.sha256");
        assert_eq!(dist(&storage).await, [format!("rustup/dist/{ARM}/rustup-init"), linux.clone(), linux_hash.clone()]);
        // Killed between a program and its hash.
        put(&storage, &linux, "1.28.0 for x86_64-unknown-linux-gnu").await;
        assert!(remake(&storage, "1.28.0", &[LINUX]).await);
        assert_eq!(dist(&storage).await, [linux, linux_hash.clone()]);
        let hash = storage.digest(&linux_hash.parse().unwrap()).await.unwrap();
        assert_eq!(hash, Some(romt_types::Digest::of(b"hash of 1.28.0")));
        assert!(!remake(&storage, "1.28.0", &[LINUX]).await);
    }
}

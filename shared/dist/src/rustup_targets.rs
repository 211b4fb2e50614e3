//! The targets that rustup is known to be released for.

use crate::Target;

/// The targets that `all` stands for, in the order in which they are listed. Others may be asked for by name.
///
/// The list of Python romt 0.10.3, which took it from the files of release 1.26.0. A later release may lack some.
const NAMES: [&str; 33] = [
    "aarch64-apple-darwin",
    "aarch64-linux-android",
    "aarch64-pc-windows-msvc",
    "aarch64-unknown-linux-gnu",
    "aarch64-unknown-linux-musl",
    "arm-linux-androideabi",
    "arm-unknown-linux-gnueabi",
    "arm-unknown-linux-gnueabihf",
    "armv7-linux-androideabi",
    "armv7-unknown-linux-gnueabihf",
    "i686-apple-darwin",
    "i686-linux-android",
    "i686-pc-windows-gnu",
    "i686-pc-windows-msvc",
    "i686-unknown-linux-gnu",
    "mips-unknown-linux-gnu",
    "mips64-unknown-linux-gnuabi64",
    "mips64el-unknown-linux-gnuabi64",
    "mipsel-unknown-linux-gnu",
    "powerpc-unknown-linux-gnu",
    "powerpc64-unknown-linux-gnu",
    "powerpc64le-unknown-linux-gnu",
    "riscv64gc-unknown-linux-gnu",
    "s390x-unknown-linux-gnu",
    "x86_64-apple-darwin",
    "x86_64-linux-android",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-illumos",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "x86_64-unknown-netbsd",
];

/// The targets that rustup is known to be released for, by name.
pub fn rustup_targets() -> impl Iterator<Item = Target> {
    NAMES.into_iter().filter_map(|name| name.parse().ok())
}

/// Whether `target` is one of [`rustup_targets`].
pub fn is_rustup_target(target: &Target) -> bool {
    NAMES.contains(&target.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_are_there_by_name() {
        let targets: Vec<_> = rustup_targets().collect();
        assert_eq!(targets.len(), NAMES.len());
        assert!(targets.is_sorted());
        assert!(targets.iter().all(is_rustup_target));
        assert_eq!(targets.iter().filter(|target| target.is_windows()).count(), 5);
        assert!(!is_rustup_target(&"nosuch".parse().unwrap()));
    }
}

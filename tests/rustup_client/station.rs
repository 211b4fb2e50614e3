//! An upstream, a site that mirrors it, and the clients of its server.

use std::path::PathBuf;

use romt_dist::testing::{HOST, KeyFault, SigningKey};
use romt_testkit::{DistUpstream, FakeToolchain, Outcome, RustupClient, Serving, with_scripts};
use romt_tests::{Site, SiteKind, not_run};
use romt_upstream::defaults;

/// A target beside that of the machine.
pub(crate) const OTHER: &str = "aarch64-unknown-none";

/// An upstream whose manifests name the public server, as Rust's do, and a site.
pub(crate) struct Station {
    pub(crate) upstream: DistUpstream,
    pub(crate) site: Site,
}

impl Station {
    /// One whose releases are signed.
    pub(crate) fn new(kind: &SiteKind) -> Self {
        let (upstream, key) = (DistUpstream::start_as(defaults::DIST_SERVER), SigningKey::new(KeyFault::None));
        upstream.sign_with(Some(&key));
        let mut site = Site::new(kind, upstream.http());
        site.write("keys.asc", std::str::from_utf8(&key.public()).expect("ASCII armour"));
        for (name, value) in [
            ("ROMT_KEYRING", "keys.asc"),
            ("ROMT_DIST_URL", &*upstream.dist_url()),
            ("ROMT_RUSTUP_URL", &*upstream.rustup_url()),
        ] {
            site.set(name, value);
        }
        Self { upstream, site }
    }

    /// Publishes a release that rustup can install.
    pub(crate) fn publish(&self, toolchain: FakeToolchain) {
        self.upstream.publish(&with_scripts(toolchain, &[OTHER]));
    }

    /// Mirrors what installs `specs` for both targets.
    pub(crate) fn mirror(&self, specs: &str) -> Outcome {
        let mut selection = vec!["--target", "linux", "--target", OTHER];
        selection.extend(["--profile", "minimal", "--components", "rust-src"]);
        selection.extend(specs.split(' ').flat_map(|spec| ["--toolchain", spec]));
        self.site.sync(&selection)
    }

    /// Mirrors the stable release of rustup for this machine.
    pub(crate) fn mirror_rustup(&self) -> Outcome {
        self.site.sync(&["--rustup", "stable", "--rustup-target", "linux"])
    }

    /// Serves the mirror.
    pub(crate) fn serve(&self) -> Serving {
        self.site.serve()
    }
}

/// By hand, on the folder of a site that is one process.
impl Station {
    /// One to work on by hand.
    pub(crate) fn by_hand() -> Self {
        Self::new(&SiteKind::OneProcess)
    }

    /// Runs `romt toolchain ARGS…` on the mirror.
    pub(crate) fn toolchain(&self, args: &[&str]) -> Outcome {
        let url = self.upstream.dist_url();
        let common = ["toolchain", "--keyring", "keys.asc", "--dest", "mirror/dist", "--url", &url];
        self.site.romt().run(&[&common, args].concat())
    }

    /// The arguments that mirror what installs `specs` for both targets.
    pub(crate) fn download(specs: &str) -> Vec<&str> {
        let targets = "linux,aarch64-unknown-none";
        vec!["-s", specs, "-t", targets, "--profile", "minimal", "--components", "rust-src", "download"]
    }

    /// Runs `romt rustup ARGS…` on the mirror.
    pub(crate) fn rustup(&self, args: &[&str]) -> Outcome {
        let common = ["rustup", "--dest", "mirror/rustup", "--url", &self.upstream.rustup_url()];
        self.site.romt().run(&[&common, args].concat())
    }

    /// A file of a toolchain in the mirror.
    pub(crate) fn mirrored(&self, path: &str) -> PathBuf {
        self.site.romt().mirror().join("dist").join(path)
    }
}

/// Whether the real rustup is there, on a machine that the releases are for; if not, says that the test did not run.
pub(crate) fn can_run(test: &str) -> bool {
    let reason = match RustupClient::program() {
        None => "rustup is not installed",
        Some(_) if (std::env::consts::ARCH, std::env::consts::OS) != ("x86_64", "linux") => "it is for another machine",
        Some(_) => return true,
    };
    not_run(test, reason);
    false
}

/// A machine that has rustup and no toolchain, and knows nothing but the server.
pub(crate) fn client(server: &Serving) -> RustupClient {
    RustupClient::new(server.base_url()).expect("rustup was there a moment ago")
}

/// Installs a toolchain of the profile `minimal`.
pub(crate) fn install(client: &RustupClient, name: &str) -> Outcome {
    client.rustup(&["toolchain", "install", name, "--profile", "minimal", "--no-self-update"])
}

/// What rustup calls a toolchain for this machine.
pub(crate) fn named(name: &str) -> String {
    format!("{name}-{HOST}")
}

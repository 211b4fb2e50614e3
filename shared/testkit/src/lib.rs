//! What tests stand on: a fake upstream with named scenarios, and drivers of the real `romt` and the real `cargo`.
//!
//! The outside world is faked, never our own code: [`Upstream`] is a registry over HTTP that publishes real crates
//! ([`FakeCrate`]) and can do wrong whatever upstreams do wrong ([`Mischief`]); [`DistUpstream`] has toolchains
//! ([`FakeToolchain`]) and rustup over the same HTTP.
//! A test reads as a session, so everything here panics when it cannot do its part.

#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "a test's tools fail by failing the test")]

mod archive;
mod audit;
mod authority;
mod cargo;
mod collector;
mod crate_mirror;
mod dist_mirror;
mod dist_upstream;
mod git_upstream;
pub mod http;
mod krate;
mod listening;
mod nats;
mod nats_operator;
mod not_run;
mod process;
mod program;
mod proxy;
mod romt;
mod romt_folder;
mod rustup;
mod s3;
pub mod scenario;
mod stored;
mod tls;
mod upstream;

pub use archive::{Member, MemberKind, RomtArchive};
pub use audit::Audit;
pub use authority::{Authority, Certified};
pub use cargo::{Project, locked};
pub use collector::{CollectorMood, FakeCollector, SpanTold};
pub use crate_mirror::{CrateMirror, IndexState};
pub use dist_mirror::DistMirror;
pub use dist_upstream::{DistUpstream, FakeToolchain};
pub use git_upstream::GitUpstream;
pub use krate::{Dependency, FakeCrate, PackedCrate};
pub use nats::{NatsProgram, NatsServer};
pub use nats_operator::NatsOperator;
pub use not_run::not_run;
pub use process::{Outcome, Process};
pub use program::RomtProgram;
pub use proxy::Proxy;
pub use romt::{Romt, Serving};
pub use romt_folder::RomtFolder;
pub use rustup::{Component, InstalledToolchain, RustupClient, WITH_RUST_SRC, with_scripts};
pub use s3::{FaultyS3, S3Fault, S3Kind, S3Request, S3Server};
pub use stored::{leftovers, stored_files};
pub use tls::TlsServer;
pub use upstream::{DownloadStyle, Mischief, Place, Request, Resource, Upstream};

//! The services as processes of their own, around a real nats-server: what concerns deployments alone. What they have in common
//! with `romt up` is tested on both in `tests/e2e` and others; see `SiteKind` in `tests/support`.

mod access;
mod archives;
mod archives_killed;
mod boxes;
mod bucket_archives;
mod bucket_rust;
mod dead_answers;
mod dead_letters;
mod faults;
mod full_disk;
mod import_status;
mod many_items;
mod misbehaviour;
mod operating;
mod s3;
mod sharing;
mod syncing;
mod traces;

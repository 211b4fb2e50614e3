//! The services as processes of their own, around a real nats-server and a shared folder.

mod archives;
mod archives_killed;
mod boxes;
mod bucket_archives;
mod bucket_rust;
mod building;
mod deployment;
mod faults;
mod misbehaviour;
mod operating;
mod s3;
mod sharing;

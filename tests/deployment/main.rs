//! The services as processes of their own, around a real nats-server and a shared folder.

mod archives;
mod archives_killed;
mod boxes;
mod bucket_archives;
mod bucket_rust;
mod building;
mod dead_letters;
mod deployment;
mod faults;
mod full_disk;
mod many_items;
mod misbehaviour;
mod operating;
mod s3;
mod sharing;
mod traces;

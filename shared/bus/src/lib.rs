//! The bus port: how services talk.
//!
//! Three things pass over it, all of them small; files never do (they go through the store):
//!
//! - **jobs**, each handled once by one of many workers: [`Bus::enqueue`] and [`Bus::next`]. A worker settles each
//!   [`Delivery`]: done, retry later, or failed for good (a dead letter with its reason). What is dropped unsettled
//!   comes again, so jobs must be idempotent.
//! - **events**, heard by everyone who listens at that moment: [`Bus::publish`] and [`Bus::subscribe`].
//! - **small state**, a value under a key with a revision: [`Bus::state`], [`Bus::set_state`].
//!
//! [`MemoryBus`] serves one process. It keeps nothing across a restart, and need not: plans are recomputed at every
//! start. [`NatsBus`] serves the processes of a deployment, on one machine or many. [`BusAddress`] says which, and
//! [`connect()`] makes it, and [`find()`]
//! only looks for it. Every implementation passes the suite in `testing::conformance` (feature `testing`).
//!
//! Jobs and events say which trace they were sent in ([`Message::trace`]), as far as somebody traces: by that, what all
//! services do about one request is one trace.
//!
//! Services use the typed side, [`BusHandle`], and the messages in [`messages`]. A role that only one process may have
//! at a time is a [`Lease`].

mod address;
mod connect;
mod delivery;
mod error;
mod handle;
mod lease;
mod memory;
pub mod messages;
mod names;
mod nats;
mod port;
mod roll_call;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod whereabouts;

pub use address::{AddressError, BusAddress, NatsFiles};
pub use connect::{connect, find};
pub use delivery::{Delivery, Settle};
pub use error::BusError;
pub use handle::{BusHandle, Event, Events, Job, JobDelivery};
pub use lease::Lease;
pub use memory::MemoryBus;
pub use names::{Queue, Topic};
pub use nats::{ClientCertificate, ConnectError, Credentials, NatsBus, NatsConfig, Secret};
pub(crate) use port::EVENT_BACKLOG;
pub use port::{Bus, DEAD_LETTERS, DeadLetter, Enqueued, MAX_ATTEMPTS, MAX_MESSAGE, Message, StateEntry, Subscription};
pub use roll_call::roll_call;
pub use whereabouts::{GivenUp, Whereabouts};

//! An upstream that misbehaves: the sync ends with right files or with a clear list of failures and exit status 1,
//! nothing wrong is published, nothing temporary is left, and with a good upstream the next sync completes.

mod body;
mod index;
mod recovery;
mod redirect;
mod status;

//! What the statuses of answers mean to us.

/// What to make of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// The body is the file.
    Whole,
    /// There is no such file.
    Absent,
    /// Another attempt may go better.
    Again,
    /// It will not be given.
    Refused,
}

/// The meaning of a status. 206, 304 and 416 depend on what was asked and are looked at before.
pub(crate) fn meaning(status: u16) -> Meaning {
    match status {
        200 => Meaning::Whole,
        404 | 410 | 451 => Meaning::Absent,
        408 | 425 | 429 | 500 | 502 | 503 | 504 => Meaning::Again,
        _ => Meaning::Refused,
    }
}

/// Whether an answer's Retry-After is listened to.
pub(crate) fn may_pause(status: u16) -> bool {
    matches!(status, 429 | 503)
}

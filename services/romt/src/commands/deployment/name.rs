//! What a service is called where people read of it.

/// The machine's name and the process's number.
pub(super) fn own_name() -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", machine.trim(), std::process::id())
}

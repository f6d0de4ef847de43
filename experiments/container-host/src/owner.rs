//! Whose a container or a network of the engine is: by labels, so that another host finds what one
//! that was killed has left.

use std::collections::HashMap;
use std::path::Path;

/// The label that says which process something belongs to.
pub(crate) const OWNER: &str = "handoff.owner-pid";
/// The label that says on which start of which machine that process ran.
const BOOT: &str = "handoff.owner-boot";

/// What all of this process is labelled with.
pub(crate) fn labels() -> [(&'static str, String); 2] {
    [(OWNER, std::process::id().to_string()), (BOOT, boot_id())]
}

/// A name that no other host of any machine has.
pub(crate) fn name() -> String {
    format!("handoff-{}-{}", boot_id(), std::process::id())
}

/// Whether the owner was a host of this machine that does not run any more.
pub(crate) fn is_gone(labels: Option<HashMap<String, String>>) -> bool {
    let labels = labels.unwrap_or_default();
    let ours = labels.get(BOOT) == Some(&boot_id());
    let alive = labels.get(OWNER).is_some_and(|pid| is_host(pid));
    ours && !alive
}

/// Whether the owner is this process.
pub(crate) fn is_own(labels: Option<HashMap<String, String>>) -> bool {
    let labels = labels.unwrap_or_default();
    self::labels().iter().all(|(label, value)| labels.get(*label) == Some(value))
}

/// Whether the process runs and is a host: process numbers come again.
fn is_host(pid: &str) -> bool {
    let name = Path::new("/proc").join(pid).join("comm");
    // The kernel keeps 15 characters of a name.
    std::fs::read_to_string(name).is_ok_and(|name| name.trim() == "container-host")
}

fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

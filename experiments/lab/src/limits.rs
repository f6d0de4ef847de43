//! Service limits that bound a sweep, from `data/reference/aws_limits.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wire::Transport;

use crate::error::LabError;

/// Where the limits lie below the workspace's folder.
pub const FILE: &str = "data/reference/aws_limits.toml";

/// A limit and where it is documented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// `<section>.<key>` of the file.
    pub name: String,
    /// The limit, in bytes.
    pub bytes: u64,
    /// What the file says of its source.
    pub source: String,
}

/// The limits of the services that the transports use.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    payload: BTreeMap<Transport, Limit>,
}

impl Limits {
    /// Reads the limits of the workspace at `root`.
    ///
    /// # Errors
    /// When the file cannot be read or says something else than numbers of bytes.
    pub fn read(root: &Path) -> Result<Self, LabError> {
        let path: PathBuf = root.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(LabError::io("read", &path))?;
        Self::parse(&text, &path)
    }

    /// Reads the limits from a file's text. Each section names its source.
    ///
    /// # Errors
    /// When the text is no TOML or a limit is no whole number of bytes.
    pub fn parse(text: &str, path: &Path) -> Result<Self, LabError> {
        let bad = |reason: String| LabError::BadFile { path: path.to_owned(), reason };
        let table: toml::Table = text.parse().map_err(|e: toml::de::Error| bad(e.to_string()))?;
        let mut payload = BTreeMap::new();
        for transport in Transport::ALL {
            let Some(section) = table.get(transport.name()) else { continue };
            let Some(value) = section.get(KEY) else { continue };
            let bytes = value
                .as_integer()
                .and_then(|bytes| u64::try_from(bytes).ok())
                .ok_or_else(|| bad(format!("{transport}.{KEY} is {value}: expected bytes")))?;
            let name = format!("{transport}.{KEY}");
            let source = section
                .get("source")
                .and_then(toml::Value::as_str)
                .ok_or_else(|| bad(format!("[{transport}] has no source")))?
                .to_owned();
            payload.insert(transport, Limit { name, bytes, source });
        }
        Ok(Self { payload })
    }

    /// The most bytes that a transport takes in one message.
    #[must_use]
    pub fn payload_bytes(&self, transport: Transport) -> Option<&Limit> {
        self.payload.get(&transport)
    }

    /// All limits by name, as the manifest keeps them.
    #[must_use]
    pub fn by_name(&self) -> BTreeMap<String, u64> {
        self.payload.values().map(|limit| (limit.name.clone(), limit.bytes)).collect()
    }
}

const KEY: &str = "payload_bytes_max";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_bounds_every_transport_with_its_source() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let limits = Limits::read(&root).unwrap();
        for transport in Transport::ALL {
            let limit = limits.payload_bytes(transport).unwrap();
            assert!(limit.bytes >= 262_144, "{limit:?}");
            assert!(!limit.source.is_empty(), "{limit:?}");
        }
        assert_eq!(limits.by_name().len(), 4);
    }

    #[test]
    fn a_limit_that_is_no_number_is_named() {
        let error = Limits::parse(
            "[sns]\npayload_bytes_max = \"lots\"\nsource = \"s\"",
            Path::new("l.toml"),
        )
        .unwrap_err();
        assert!(error.to_string().contains("l.toml"), "{error}");
        assert!(error.to_string().contains("lots"), "{error}");
    }
}

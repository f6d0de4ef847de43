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
    /// Those that can be raised, as far as they can be.
    raised: BTreeMap<Transport, Limit>,
    /// The most bytes of a Kinesis record that an invocation of B can carry.
    deliverable: Option<Limit>,
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
        let read = |section: &str, key: &str| -> Result<Option<Limit>, LabError> {
            let Some(section_table) = table.get(section) else { return Ok(None) };
            let Some(value) = section_table.get(key) else { return Ok(None) };
            let bytes = value
                .as_integer()
                .and_then(|bytes| u64::try_from(bytes).ok())
                .ok_or_else(|| bad(format!("{section}.{key} is {value}: expected bytes")))?;
            let source = section_table
                .get("source")
                .and_then(toml::Value::as_str)
                .ok_or_else(|| bad(format!("[{section}] has no source")))?
                .to_owned();
            Ok(Some(Limit { name: format!("{section}.{key}"), bytes, source }))
        };
        let (mut payload, mut raised) = (BTreeMap::new(), BTreeMap::new());
        for transport in Transport::ALL {
            if let Some(limit) = read(transport.name(), KEY)? {
                payload.insert(transport, limit);
            }
            if let Some(limit) = read(transport.name(), OPT_IN_KEY)? {
                raised.insert(transport, limit);
            }
        }
        let deliverable = read("lambda", EVENT_KEY)?.map(|event| {
            let bytes = event.bytes.saturating_sub(KINESIS_EVENT_BYTES) / 4 * 3;
            Limit { bytes, ..event }
        });
        Ok(Self { payload, raised, deliverable })
    }

    /// The most bytes that a transport takes in one message and delivers, where its limit is left
    /// as it is or raised as far as it can be. A stream may be made to take records that no
    /// invocation of B can carry.
    #[must_use]
    pub fn payload_bytes(&self, transport: Transport, raised: bool) -> Option<&Limit> {
        let accepted = self.accepted_bytes(transport, raised)?;
        let deliverable = self
            .deliverable
            .as_ref()
            .filter(|limit| transport == Transport::Kinesis && limit.bytes < accepted.bytes);
        Some(deliverable.unwrap_or(accepted))
    }

    /// The most bytes that a transport takes in one message, whether or not it delivers them.
    #[must_use]
    pub fn accepted_bytes(&self, transport: Transport, raised: bool) -> Option<&Limit> {
        let limit = self.payload.get(&transport);
        if raised { self.raised.get(&transport).or(limit) } else { limit }
    }

    /// All limits by name, as the manifest keeps them.
    #[must_use]
    pub fn by_name(&self) -> BTreeMap<String, u64> {
        let limits = self.payload.values().chain(self.raised.values());
        limits.map(|limit| (limit.name.clone(), limit.bytes)).collect()
    }
}

const KEY: &str = "payload_bytes_max";
const OPT_IN_KEY: &str = "payload_bytes_opt_in";
const EVENT_KEY: &str = "invoke_event_total_bytes_max";

/// What an event of one Kinesis record has beside the record's data, generously; the data take 4
/// bytes for each 3 (base64).
const KINESIS_EVENT_BYTES: u64 = 2_048;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_file_bounds_every_transport_with_its_source() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let limits = Limits::read(&root).unwrap();
        for transport in Transport::ALL {
            let limit = limits.payload_bytes(transport, false).unwrap();
            assert!(limit.bytes >= 262_144, "{limit:?}");
            assert!(!limit.source.is_empty(), "{limit:?}");
        }
        assert_eq!(limits.by_name().len(), Transport::ALL.len() + 2);
        let raised = |transport| limits.payload_bytes(transport, true).unwrap();
        assert_eq!(raised(Transport::Sns).bytes, 1_048_576);
        assert_eq!(raised(Transport::Sqs), limits.payload_bytes(Transport::Sqs, false).unwrap());
        // 10 MiB can be put, and not be delivered.
        let accepted = limits.accepted_bytes(Transport::Kinesis, true).unwrap();
        assert_eq!(accepted.bytes, 10_485_760);
        let kinesis = raised(Transport::Kinesis);
        assert_eq!(kinesis.name, "lambda.invoke_event_total_bytes_max");
        assert!((4 << 20..6 << 20).contains(&kinesis.bytes), "{kinesis:?}");
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

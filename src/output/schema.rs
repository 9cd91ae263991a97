//! The JSON Schemas that vigie publishes.

/// `vigie.audit/1`, draft 2020-12.
pub const AUDIT: &str = include_str!("schema/audit.json");

//! Owns how a JSON Schema is made of the types of what covgate writes.
//! Must not know what is written.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;

/// The JSON Schema of a type (draft 2020-12). It describes what covgate writes, which never leaves out a
/// field.
#[must_use]
pub(super) fn of<T: JsonSchema>() -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    format!("{:#}\n", schema.to_value())
}

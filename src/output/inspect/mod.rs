//! What files are and hold, in every format.

mod json;
mod mapping;
mod text;

pub use json::{SCHEMA, write as write_json};
pub use mapping::write as write_mapping;
pub use text::write as write_text;

use crate::diag::Text;
use crate::socle::Holds;
use crate::text;

/// What a section of the inventory of a machine holds: its stable name, and the one for people.
fn section(holds: Holds) -> (&'static str, Text) {
    match holds {
        Holds::System => ("system", text!("système", "system")),
        Holds::Software => ("software", text!("logiciels", "software")),
        Holds::Evidence => ("evidence", text!("valeurs relevées une à une", "values collected one by one")),
        Holds::Devices => ("devices", text!("périphériques", "devices")),
        Holds::Antivirus => ("antivirus", text!("antivirus", "antivirus")),
        Holds::Equipment => ("equipment", text!("équipements", "equipment")),
    }
}

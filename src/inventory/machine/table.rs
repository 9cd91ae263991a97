//! Machines as records: one row each, what is no installation set aside.

use super::{Machine, header};
use crate::diag::Text;
use crate::inventory::Finding;
use crate::inventory::records::Records;
use crate::socle::{Collection, MachineKind};
use crate::text;

/// The records of machines, in their order.
pub(in crate::inventory) fn records(machines: &[Machine], collection: &Collection) -> Records {
    let mut records = Records::default();
    for name in header(collection) {
        records.add(name);
    }
    for machine in machines {
        let line = u64::from(machine.line);
        let row = machine.kind.is_judged().then(|| {
            records.push(machine.line, machine.cells.iter().map(String::as_str));
            records.rows() as u64
        });
        if row.is_none() {
            let message = set_aside(machine.kind);
            records.found(Finding {
                code: "inventory/set-aside",
                message,
                help: None,
                count: 1,
                row: None,
                line,
                column: None,
            });
        }
        if machine.partial {
            records.found(Finding {
                code: "inventory/partial",
                message: text!(
                    "inventaires partiels : ce qu'ils ne disent pas est inconnu",
                    "partial inventories: what they do not tell is unknown"
                ),
                help: Some(text!("demander un inventaire complet à l'agent", "ask the agent for a full inventory")),
                count: 1,
                row,
                line,
                column: None,
            });
        }
        for finding in &machine.findings {
            records.found(Finding { row, ..finding.clone() });
        }
    }
    records
}

/// What is said of what is no installation.
fn set_aside(kind: MachineKind) -> Text {
    match kind {
        MachineKind::Network => text!("équipements de réseau laissés de côté", "network gear set aside"),
        MachineKind::Printer => text!("imprimantes laissées de côté", "printers set aside"),
        MachineKind::Phone => text!("téléphones et tablettes laissés de côté", "phones and tablets set aside"),
        MachineKind::Workstation | MachineKind::Server | MachineKind::Other => {
            text!("messages d'agents qui ne sont pas des inventaires", "messages of agents that are no inventories")
        }
    }
}

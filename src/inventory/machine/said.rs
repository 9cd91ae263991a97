//! What is said of a machine beside its cells.

use super::Machine;
use crate::diag::Text;
use crate::inventory::Finding;
use crate::socle::MachineKind;
use crate::text;

impl Machine {
    /// What was found about it: `row` is its place among the records, if it is one.
    pub(in crate::inventory) fn said(&self, row: Option<u64>) -> Vec<Finding> {
        let line = u64::from(self.line);
        let finding =
            |code, message, help| Finding { code, message, help, count: 1, row, line, column: None, document: None };
        let mut said = Vec::new();
        if !self.kind.is_judged() {
            said.push(finding("inventory/set-aside", set_aside(self.kind), None));
        }
        if self.partial {
            let message = text!(
                "inventaires partiels : ce qu'ils ne disent pas est inconnu",
                "partial inventories: what they do not tell is unknown"
            );
            let help = text!("demander un inventaire complet à l'agent", "ask the agent for a full inventory");
            said.push(finding("inventory/partial", message, Some(help)));
        }
        said.extend(self.findings.iter().map(|finding| Finding { row, ..finding.clone() }));
        said
    }
}

/// What is said of what is no installation.
#[must_use]
pub fn set_aside(kind: MachineKind) -> Text {
    match kind {
        MachineKind::Network => text!("équipements de réseau laissés de côté", "network gear set aside"),
        MachineKind::Printer => text!("imprimantes laissées de côté", "printers set aside"),
        MachineKind::Phone => text!("téléphones et tablettes laissés de côté", "phones and tablets set aside"),
        MachineKind::Workstation | MachineKind::Server | MachineKind::Other => {
            text!("messages d'agents qui ne sont pas des inventaires", "messages of agents that are no inventories")
        }
    }
}

//! Machine inventories: where each fact lies in each dialect, and which facts give which field.
//!
//! A *dialect* is a way in which agents or commands write what they found on one machine; a *section* of it holds
//! records (the system, a software, a device); a *fact* is what one key of a record tells, the same whatever the
//! dialect; a *feed* says how facts give the text of a field. Reading the bytes is `inventory::machine`'s.

use super::regex::LazyPattern;
use super::{RowRef, TableId};
use crate::diag::Text;

/// What `rules/socle/collecte.toml` and `rules/socle/collecte/` say.
#[derive(Default)]
pub struct Collection {
    /// Dialects, in the order in which they are tried.
    pub dialects: Vec<Dialect>,
    /// Fields that machines give, in the order of their columns.
    pub feeds: Vec<Feed>,
    pub(crate) families: Vec<Family>,
    /// What tells the kind of a machine in any dialect, after what its own says.
    pub(crate) kinds: Vec<KindSign>,
    /// What is doubted in any dialect, after what its own doubts.
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) products: Option<Products>,
    pub(crate) applications: Applications,
    pub(crate) readers: Option<Readers>,
}

/// One way of writing what was found on a machine.
pub struct Dialect {
    /// Stable name.
    pub id: String,
    /// Name for people.
    pub label: Text,
    /// How it is written.
    pub forms: Vec<Form>,
    /// Of a document: the element it is made of.
    pub(crate) root: Option<String>,
    /// Of a document of keys: any of these sets of paths tells it.
    pub(crate) signs: Vec<Vec<Path>>,
    /// Where its records lie.
    pub(crate) sections: Vec<Section>,
    /// The paths of its sections, from the root.
    pub(crate) tree: Tree,
    pub(crate) variants: Vec<Variant>,
    pub(crate) kinds: Vec<KindSign>,
    pub(crate) doubts: Vec<Doubt>,
    pub(crate) envelope: Option<Envelope>,
    /// Why it cannot be judged, if so.
    pub(crate) refusal: Option<Text>,
}

/// How a dialect is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An XML document.
    Xml,
    /// A JSON document.
    Json,
    /// Flat JSON objects, wherever they stand; a section is told by its keys.
    Rows,
    /// Lines `Key=Value`, a blank line between records.
    Listing,
    /// An export of the Windows registry.
    Registry,
    /// A table, whatever stands between its cells; a section is told by its header.
    Table,
}

/// Keys from the root of a document.
pub(crate) type Path = Vec<String>;

/// What a section holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holds {
    /// The machine and its system.
    System,
    /// Installed software.
    Software,
    /// Software told by values that an administrator asked for: never the whole list.
    Evidence,
    /// Devices.
    Devices,
    /// Antivirus.
    Antivirus,
    /// Equipment that is no workstation: each record is one.
    Equipment,
}

/// Records of one kind.
pub(crate) struct Section {
    pub(crate) holds: Holds,
    /// Its records are never all there are of their kind.
    pub(crate) part: bool,
    /// Keys read of a record.
    pub(crate) keys: Vec<Path>,
    /// Of rows: the keys that tell the section.
    pub(crate) told_by: Vec<usize>,
    /// Of rows told by keys that anyone may use: no other key stands beside these.
    pub(crate) within: Vec<String>,
    /// Records without this are not of the section.
    pub(crate) when: Option<(usize, LazyPattern)>,
    /// What is installed and turned off.
    pub(crate) off: Option<(usize, LazyPattern)>,
    /// Facts, each by the first of these keys that is not blank.
    pub(crate) facts: Vec<(Fact, Vec<usize>)>,
}

/// What one key of a record tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    Host,
    Tag,
    Date,
    Agent,
    Kind,
    Partial,
    System,
    Caption,
    Product,
    Release,
    Kernel,
    Build,
    ServicePack,
    Arch,
    Name,
    Version,
    Publisher,
    VendorId,
    ProductId,
    DeviceId,
    Manufacturer,
    Class,
}

impl Fact {
    /// Whether it tells which release of a system is there: what differs in one makes the others doubtful.
    pub(crate) fn tells_release(self) -> bool {
        use Fact::{Build, Caption, Kernel, Product, Release, ServicePack};
        matches!(self, Caption | Product | Release | Kernel | Build | ServicePack)
    }

    /// Names in the files of the socle, and what holds them.
    pub(crate) const NAMED: &[(&'static str, Fact, &'static [Holds])] = {
        use Holds::{Antivirus, Devices, Equipment, Evidence, Software, System};
        const SYSTEM: &[Holds] = &[System];
        const PRODUCT: &[Holds] = &[Software, Evidence, Antivirus];
        &[
            ("host", Fact::Host, &[System, Software, Evidence, Antivirus, Devices]),
            ("tag", Fact::Tag, SYSTEM),
            ("date", Fact::Date, SYSTEM),
            ("agent", Fact::Agent, SYSTEM),
            ("kind", Fact::Kind, &[System, Equipment]),
            ("partial", Fact::Partial, SYSTEM),
            ("system", Fact::System, SYSTEM),
            ("caption", Fact::Caption, SYSTEM),
            ("product", Fact::Product, SYSTEM),
            ("release", Fact::Release, SYSTEM),
            ("kernel", Fact::Kernel, SYSTEM),
            ("build", Fact::Build, SYSTEM),
            ("service_pack", Fact::ServicePack, SYSTEM),
            ("arch", Fact::Arch, SYSTEM),
            ("name", Fact::Name, &[Software, Evidence, Antivirus, Devices]),
            ("version", Fact::Version, PRODUCT),
            ("publisher", Fact::Publisher, PRODUCT),
            ("vendor_id", Fact::VendorId, &[Devices]),
            ("product_id", Fact::ProductId, &[Devices]),
            ("device_id", Fact::DeviceId, &[Devices]),
            ("manufacturer", Fact::Manufacturer, &[Devices]),
            ("class", Fact::Class, &[Devices]),
        ]
    };
}

/// Paths of a dialect, step by step.
#[derive(Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

/// A place in a document.
#[derive(Default)]
pub(crate) struct Node {
    children: Vec<(String, usize)>,
    /// Where any other key leads.
    any: Option<usize>,
    /// The section whose records stand here.
    pub(crate) section: Option<usize>,
    /// The key of a section whose value stands here.
    pub(crate) cell: Option<(usize, usize)>,
    /// What stands here is one machine.
    pub(crate) machine: bool,
}

/// The key that any key is.
pub(crate) const ANY: &str = "*";

impl Tree {
    pub(crate) const ROOT: usize = 0;

    pub(crate) fn new() -> Tree {
        Tree { nodes: vec![Node::default()] }
    }

    /// Where a key leads.
    pub(crate) fn child(&self, node: usize, key: &str) -> Option<usize> {
        let node = &self.nodes[node];
        node.children.iter().find(|(name, _)| name == key).map(|(_, child)| *child).or(node.any)
    }

    /// Whether a child is that of any key.
    pub(crate) fn is_any(&self, node: usize, child: usize) -> bool {
        self.nodes[node].any == Some(child)
    }

    /// The place of a path from another, made if need be.
    pub(crate) fn reach(&mut self, from: usize, path: &[String]) -> usize {
        let mut at = from;
        for key in path {
            let known = if key == ANY { self.nodes[at].any } else { self.child(at, key) };
            at = known.unwrap_or_else(|| {
                let new = self.nodes.len();
                self.nodes.push(Node::default());
                let node = &mut self.nodes[at];
                if key == ANY {
                    node.any = Some(new);
                } else {
                    node.children.push((key.clone(), new));
                }
                new
            });
        }
        at
    }
}

/// A dialect of a dialect, told once the document is read.
pub(crate) struct Variant {
    pub(crate) id: String,
    pub(crate) label: Text,
    /// The name that the agent gives itself: sure.
    pub(crate) agent: Option<LazyPattern>,
    /// Sections that are there, and that are not: likely.
    pub(crate) has: Vec<usize>,
    pub(crate) lacks: Vec<usize>,
    /// What is told besides.
    pub(crate) facts: Vec<Fact>,
    pub(crate) refusal: Option<Text>,
}

/// What a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MachineKind {
    /// A workstation, as far as is known.
    Workstation,
    /// A server.
    Server,
    /// Network gear.
    Network,
    /// A printer.
    Printer,
    /// A phone or a tablet.
    Phone,
    /// No machine: a message between an agent and its server, or something else that is no workstation.
    Other,
}

impl MachineKind {
    pub(crate) const NAMED: &[(&'static str, MachineKind)] = &[
        ("server", MachineKind::Server),
        ("network", MachineKind::Network),
        ("printer", MachineKind::Printer),
        ("phone", MachineKind::Phone),
        ("other", MachineKind::Other),
    ];

    /// Whether it is an installation to judge.
    #[must_use]
    pub fn is_judged(self) -> bool {
        matches!(self, MachineKind::Workstation | MachineKind::Server)
    }
}

/// A fact that tells what a machine is.
pub(crate) struct KindSign {
    pub(crate) fact: Fact,
    pub(crate) pattern: LazyPattern,
    /// The kind is told by what does not match.
    pub(crate) unless: bool,
    pub(crate) kind: MachineKind,
}

impl KindSign {
    /// Whether a text tells the kind.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.pattern.is_match(text) != self.unless
    }
}

/// Facts of the system that are not to be believed.
pub(crate) struct Doubt {
    /// All these facts are so.
    pub(crate) signs: Vec<(Fact, LazyPattern)>,
    /// What is then unknown; nothing when it is only told.
    pub(crate) forget: Vec<Fact>,
    pub(crate) why: Text,
}

/// Result logs: where the rows lie in a line of the log. Names of keys.
pub(crate) struct Envelope {
    pub(crate) host: Vec<String>,
    pub(crate) time: Vec<String>,
    pub(crate) query: String,
    pub(crate) counter: String,
    pub(crate) epoch: String,
    pub(crate) action: String,
    /// One row.
    pub(crate) row: String,
    /// All the rows.
    pub(crate) rows: String,
    /// Rows that came and went, in an object of two lists.
    pub(crate) changes: String,
}

/// A family of systems, told by any of the facts that name a system.
pub(crate) struct Family {
    pub(crate) id: String,
    pub(crate) pattern: LazyPattern,
}

/// How names of software are recognised.
pub(crate) struct Products {
    pub(crate) table: TableId,
    /// What may follow the name of a product.
    pub(crate) after: Option<LazyPattern>,
    /// Names of systems, which some agents list among the software: they are none.
    pub(crate) system: Option<LazyPattern>,
    /// The column of the table that names the editor.
    pub(crate) editor: Option<usize>,
}

/// Headers of tables of applications, as keys: what an application is called, which version, how many have it.
#[derive(Default)]
pub(crate) struct Applications {
    pub(crate) name: Vec<String>,
    pub(crate) version: Vec<String>,
    pub(crate) publisher: Vec<String>,
    pub(crate) count: Vec<String>,
}

/// How readers are told among devices.
pub(crate) struct Readers {
    pub(crate) table: TableId,
    /// Texts of the class of a device that is a reader.
    pub(crate) class: LazyPattern,
    /// Names that say no more than that it is one.
    pub(crate) name: LazyPattern,
    /// Names of what is none in spite of its class.
    pub(crate) not: LazyPattern,
    /// The row of a reader whose model the table does not have.
    pub(crate) unlisted: RowRef,
}

/// How a field is given.
pub struct Feed {
    /// Name of the field: the header of the column.
    pub field: String,
    pub(crate) from: FeedFrom,
}

pub(crate) enum FeedFrom {
    /// The first of these that says something.
    Facts(Vec<Take>),
    /// The products of the machine that have these values in their row; `all`: the section that tells all of them.
    Products { wanted: Vec<Wanted>, except: Vec<RowRef>, give: Give, all: Holds },
    /// The readers.
    Readers,
}

/// A fact as the text of a field.
pub(crate) struct Take {
    pub(crate) fact: Fact,
    /// Only a text that matches, and of it the first group.
    pub(crate) pattern: Option<LazyPattern>,
    /// Only in these families (all when empty).
    pub(crate) families: Vec<usize>,
    /// Only if this other fact is there (and matches).
    pub(crate) with: Option<(Fact, Option<LazyPattern>)>,
    /// What is said after it, after a space.
    pub(crate) and: Option<Fact>,
}

/// Rows of a table: by the values of one of its columns, or by their ids.
pub(crate) enum Wanted {
    Column(usize, Vec<String>),
    Rows(Vec<RowRef>),
}

/// What is given of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Give {
    /// Its name.
    Name,
    /// The version installed.
    Version,
    /// Its editor.
    Editor,
    /// Its name and version.
    NameAndVersion,
    /// The names of all of them.
    List,
}

//! Headers of an inventory → fields of the socle.

use super::applications::ApplicationTable;
use super::mapping_file::MappingFile;
use super::quote::{self, names};
use super::survey::Roles;
use super::wide::Wide;
use crate::diag::{Diagnostic, Text, did_you_mean};
use crate::socle::{Field, FieldId, HeaderMatch, Role, Socle, Stated};
use crate::text;
use crate::value::{Datum, Type};
use std::collections::{BTreeMap, BTreeSet};

/// What the user said of the columns.
#[derive(Clone, Debug, Default)]
pub struct MappingOptions {
    /// `--map field=header`, in the order given.
    pub map: Vec<(String, String)>,
    /// `--blank field=no`: fields whose blank cells mean "no".
    pub blank_is_no: Vec<String>,
    /// Headers that no field takes.
    pub ignored: Vec<String>,
    /// The file that says some of this (`--mapping`).
    pub file: Option<MappingFile>,
}

impl MappingOptions {
    /// What a file says beside the options: an option prevails for its field.
    #[must_use]
    pub fn with(mut self, file: MappingFile) -> MappingOptions {
        let said = |field: &String| self.map.iter().any(|(known, _)| known == field);
        let more: Vec<_> = file.map.iter().filter(|(field, _)| !said(field)).cloned().collect();
        self.map.extend(more);
        let more: Vec<_> = file.blank_is_no.iter().filter(|field| !self.blank_is_no.contains(field)).cloned().collect();
        self.blank_is_no.extend(more);
        self.ignored.extend(file.ignored.iter().cloned());
        self.file = Some(file);
        self
    }

    /// A fault about a field, at its place in the file when it stands there.
    fn at(&self, field: &str, fault: Diagnostic) -> Diagnostic {
        match &self.file {
            Some(file) => file.place(field, fault),
            None => fault,
        }
    }
}

/// The columns of an input, understood.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// Column of each field that has one.
    pub columns: BTreeMap<FieldId, usize>,
    /// Columns that no field claims.
    pub unmapped: Vec<usize>,
    /// Columns that identify people too, beside the one that is kept.
    pub spare: Vec<usize>,
    /// Columns of persons' names and the like: never read. With the kind of what they hold.
    pub private: Vec<(usize, Text)>,
    /// The schemes of identifiers that the header of their column states.
    pub stated: Stated,
    /// The values of a field are columns, and the records the cells.
    pub wide: Option<Wide>,
    /// Options that were followed: their place in [`MappingOptions::map`].
    pub given: Vec<usize>,
    /// The rows are applications, not installations.
    pub applications: Option<Box<ApplicationTable>>,
}

impl Mapping {
    /// Names of the columns that are not in the table itself, past its own.
    pub(super) fn more_headers(&self, headers: &[String]) -> Vec<String> {
        match (&self.wide, &self.applications) {
            (Some(wide), _) => vec![wide.header(headers); 2],
            (None, Some(applications)) => applications.headers(headers),
            (None, None) => Vec::new(),
        }
    }
}

/// Checks that options name fields of the socle.
///
/// # Errors
/// One diagnostic an unknown field.
pub(super) fn check_options(options: &MappingOptions, socle: &Socle) -> Result<(), Vec<Diagnostic>> {
    let names = options.map.iter().map(|(field, _)| field).chain(&options.blank_is_no);
    let mut faults: Vec<Diagnostic> = names
        .filter(|name| socle.field(name).is_none())
        .map(|name| {
            let mut fault = Diagnostic::error(
                "option/unknown-field",
                text!("le socle n'a pas de champ `{name}`", "the socle has no field `{name}`"),
            );
            fault.help = did_you_mean(name, socle.fields.iter().map(|field| field.id.as_str())).or_else(|| {
                Some(text!(
                    "`vigie schema inventory` donne la liste des champs",
                    "`vigie schema inventory` lists the fields"
                ))
            });
            options.at(name, fault)
        })
        .collect();
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    for (field, header) in &options.map {
        if said.insert(field, header).is_some_and(|before| before.trim() != header.trim()) {
            faults.push(Diagnostic::error(
                "option/mapped-twice",
                text!("`--map` donne deux colonnes au champ `{field}`", "`--map` gives field `{field}` two columns"),
            ));
        }
    }
    for (name, _) in &options.map {
        let role = socle.field(name).and_then(|field| socle.fields[usize::from(field.0)].role);
        if role.is_some_and(|role| !role.has_columns()) {
            let fault = Diagnostic::error(
                "option/no-column",
                text!("le champ `{name}` ne se lit pas d'une colonne", "field `{name}` is not read from a column"),
            );
            faults.push(options.at(name, fault));
        }
    }
    for name in &options.blank_is_no {
        if socle.field(name).is_some_and(|field| !socle.can_say_no(field)) {
            let fault = Diagnostic::error(
                "option/no-no",
                text!("« non » n'est pas une valeur du champ `{name}`", "“no” is not a value of field `{name}`"),
            );
            faults.push(options.at(name, fault));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Maps the columns of documents of machines, which are named after their fields; an option gives one of them to
/// another field too.
pub(super) fn map_machines(headers: &[String], socle: &Socle, options: &MappingOptions) -> Mapping {
    let own: BTreeMap<FieldId, usize> =
        headers.iter().enumerate().filter_map(|(at, id)| Some((socle.field(id)?, at))).collect();
    let mut mapping = Mapping { columns: own.clone(), ..Mapping::default() };
    for (place, (name, header)) in options.map.iter().enumerate() {
        let column = column_of_machines(headers, header, &own, socle);
        if let (Some(field), Some(column)) = (socle.field(name), column) {
            mapping.columns.insert(field, column);
            mapping.given.push(place);
        }
    }
    mapping
}

/// The column of machines that a name means: a field, or one of its headers.
fn column_of_machines(
    headers: &[String],
    name: &str,
    columns: &BTreeMap<FieldId, usize>,
    socle: &Socle,
) -> Option<usize> {
    headers.iter().position(|known| known == name.trim()).or_else(|| match socle.field_of_header(name) {
        HeaderMatch::Field(field) => columns.get(&field).copied(),
        HeaderMatch::Private(_) | HeaderMatch::None => None,
    })
}

/// What an input took of the options.
pub(super) struct Followed {
    name: String,
    headers: Vec<String>,
    /// See [`Mapping::given`].
    given: Vec<usize>,
}

impl Followed {
    pub(super) fn new(name: &str, headers: &[String], mapping: &Mapping) -> Followed {
        Followed { name: name.to_owned(), headers: headers.to_vec(), given: mapping.given.clone() }
    }
}

/// Checks that each option was followed in one input at least.
///
/// # Errors
/// One diagnostic an option that no input followed.
pub(super) fn check_followed(read: &[Followed], options: &MappingOptions) -> Result<(), Vec<Diagnostic>> {
    let followed = |place: &usize| read.iter().any(|input| input.given.contains(place));
    let left = options.map.iter().enumerate().filter(|(place, _)| !followed(place)).map(|(_, option)| option);
    let fault = |name: &str, header: &str| match read {
        [only] => unknown_header(&only.name, name, header, &only.headers),
        _ => {
            let mut fault = Diagnostic::error(
                "inventory/unknown-header",
                text!(
                    "`--map {name}={header}` : aucun inventaire n'a de colonne `{header}`",
                    "`--map {name}={header}`: no inventory has a column `{header}`"
                ),
            );
            let all: BTreeSet<&str> = read.iter().flat_map(|input| &input.headers).map(String::as_str).collect();
            fault.help = did_you_mean(header, all.iter().copied()).or_else(|| {
                let list = all.iter().map(|header| quote::header(header)).collect::<Vec<_>>();
                let list = names(&list.iter().map(AsRef::as_ref).collect::<Vec<_>>());
                Some(text!("colonnes des inventaires : {list}", "columns of the inventories: {list}"))
            });
            fault
        }
    };
    let faults: Vec<Diagnostic> = left.map(|(name, header)| options.at(name, fault(name, header))).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// Maps the headers of one input.
///
/// # Errors
/// No column is known, or two claim one field. A `--map` whose header the input does not have is for another input:
/// see [`check_followed`].
pub fn map_headers(
    headers: &[String],
    file: &str,
    socle: &Socle,
    kind: &str,
    options: &MappingOptions,
) -> Result<Mapping, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut missing = Vec::new();
    let mut claims: BTreeMap<FieldId, Vec<usize>> = BTreeMap::new();
    let mut given: Vec<usize> = Vec::new();
    let mut mapping = Mapping::default();
    for (place, (name, header)) in options.map.iter().enumerate() {
        let Some(field) = socle.field(name) else { continue };
        match headers.iter().position(|known| known.trim() == header.trim()) {
            Some(column) => {
                if let HeaderMatch::Private(what) = socle.field_of_header(header) {
                    faults.push(private_header(name, header, what));
                }
                claims.insert(field, vec![column]);
                given.push(column);
                mapping.given.push(place);
            }
            // Another input may have it.
            None => missing.push(options.at(name, unknown_header(file, name, header, headers))),
        }
    }
    let ignored = |header: &str| options.ignored.iter().any(|other| other.trim() == header.trim());
    for (column, header) in headers.iter().enumerate().filter(|(column, _)| !given.contains(column)) {
        if ignored(header) {
            continue;
        }
        match socle.field_of_header_among(header, headers) {
            HeaderMatch::Field(field) if socle.fields[usize::from(field.0)].of_kind(kind) => {
                let chosen = mapping.given.iter().any(|place| socle.field(&options.map[*place].0) == Some(field));
                if chosen && socle.fields[usize::from(field.0)].role == Some(Role::Identifier) {
                    mapping.spare.push(column);
                } else if !chosen {
                    claims.entry(field).or_default().push(column);
                }
            }
            HeaderMatch::Private(what) => mapping.private.push((column, what.clone())),
            HeaderMatch::Field(_) | HeaderMatch::None => mapping.unmapped.push(column),
        }
    }
    for (field, mut columns) in claims {
        let own = &socle.fields[usize::from(field.0)];
        if own.role == Some(Role::Identifier) {
            // A client base names people in several ways: the first that the field lists is kept, the others told.
            let rank = |column: &usize| socle.header_rank(field, &headers[*column]);
            columns.sort_by_key(rank);
            if columns.len() > 1 && rank(&columns[0]) < rank(&columns[1]) {
                mapping.spare.extend(columns.drain(1..));
            }
        }
        if let [column] = columns[..] {
            mapping.columns.insert(field, column);
        } else {
            faults.push(two_claims(file, &socle.fields[usize::from(field.0)], &columns, headers));
        }
    }
    let identifier = Roles::of(socle, kind).identifier.and_then(|field| mapping.columns.get(&field));
    mapping.stated = identifier.map(|column| socle.stated_by(&headers[*column])).unwrap_or_default();
    mapping.unmapped.retain(|column| !headers[*column].trim().is_empty());
    mapping.applications = ApplicationTable::find(headers, &mut mapping, &given, socle, kind).map(Box::new);
    mapping.wide = match mapping.applications {
        Some(_) => None,
        None => Wide::find(headers, &mut mapping, Roles::of(socle, kind).weight, socle, kind),
    };
    if faults.is_empty() && mapping.columns.is_empty() {
        faults.append(&mut missing);
    }
    if faults.is_empty() && mapping.columns.is_empty() {
        let is_data = headers.iter().any(|header| is_data(header, socle));
        faults.push(if is_data { no_header(file) } else { nothing_known(file, headers) });
    }
    if faults.is_empty() { Ok(mapping) } else { Err(faults) }
}

/// Bytes of the longest header that is tried as a value.
const LONGEST_VALUE: usize = 100;

/// Whether a text is a value rather than the name of a column.
fn is_data(header: &str, socle: &Socle) -> bool {
    let fields = || (0u16..).zip(&socle.fields).filter(|(_, field)| matches!(field.ty, Type::Row(_) | Type::Date));
    let reads = |number| matches!(socle.read(FieldId(number), header, false).datum, Datum::Known(_));
    let short = (1..=LONGEST_VALUE).contains(&header.trim().len());
    quote::is_personal(header) || (short && fields().any(|(number, _)| reads(number)))
}

/// Nothing is quoted of what may be someone's record.
fn no_header(file: &str) -> Diagnostic {
    Diagnostic::error(
        "inventory/no-header",
        text!(
            "`{file}` : sa première ligne est faite de données, et ne nomme aucune colonne connue",
            "`{file}`: its first line is made of data, and names no known column"
        ),
    )
    .help(text!(
        "y ajouter une ligne qui nomme les colonnes ; s'il y en a une plus bas, `--header-row N` dit où",
        "add a line that names the columns; if there is one further down, `--header-row N` says where"
    ))
}

fn nothing_known(file: &str, headers: &[String]) -> Diagnostic {
    let visible: Vec<String> =
        headers.iter().map(|header| header.chars().filter(|c| !c.is_control()).take(40).collect()).collect();
    let list = names(&visible.iter().map(String::as_str).collect::<Vec<_>>());
    Diagnostic::error(
        "inventory/no-known-column",
        text!(
            "`{file}` n'a aucune colonne que le socle connaisse : {list}",
            "`{file}` has no column that the socle knows: {list}"
        ),
    )
    .help(text!(
        "la première ligne doit nommer les colonnes ; `--map CHAMP=EN-TÊTE` dit ce que l'une d'elles contient",
        "the first line must name the columns; `--map FIELD=HEADER` says what one of them holds"
    ))
}

fn private_header(name: &str, header: &str, what: &Text) -> Diagnostic {
    let Text { fr, en } = what;
    Diagnostic::error(
        "inventory/private-column",
        text!(
            "`--map {name}={header}` : la colonne `{header}` est une donnée personnelle ({fr}), jamais lue",
            "`--map {name}={header}`: column `{header}` is personal data ({en}), never read"
        ),
    )
    .help(text!(
        "si ce n'en est pas une, renommer la colonne dans le fichier",
        "if it is not, rename the column in the file"
    ))
}

fn unknown_header(file: &str, name: &str, header: &str, headers: &[String]) -> Diagnostic {
    let mut fault = Diagnostic::error(
        "inventory/unknown-header",
        text!(
            "`--map {name}={header}` : `{file}` n'a pas de colonne `{header}`",
            "`--map {name}={header}`: `{file}` has no column `{header}`"
        ),
    );
    fault.help = did_you_mean(header, headers.iter().map(String::as_str)).or_else(|| {
        let list = headers.iter().map(|header| quote::header(header)).collect::<Vec<_>>();
        let list = names(&list.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        Some(text!("colonnes du fichier : {list}", "columns of the file: {list}"))
    });
    fault
}

fn two_claims(file: &str, field: &Field, columns: &[usize], headers: &[String]) -> Diagnostic {
    let id = &field.id;
    let names = names(&columns.iter().map(|column| headers[*column].as_str()).collect::<Vec<_>>());
    let first = headers[columns[0]].trim();
    let same = columns.iter().all(|column| headers[*column].trim() == first);
    let fault = Diagnostic::error(
        "inventory/two-columns",
        text!(
            "`{file}` : plusieurs colonnes donnent le champ `{id}` : {names}",
            "`{file}`: several columns claim field `{id}`: {names}"
        ),
    );
    if same {
        fault.help(text!("renommer l'une des deux colonnes dans le fichier", "rename one of the columns in the file"))
    } else {
        let options =
            columns.iter().map(|column| format!("--map {}", shell_word(&format!("{id}={}", headers[*column].trim()))));
        let options = options.collect::<Vec<_>>();
        Diagnostic::help(
            fault,
            Text::new(format!("choisir : {}", options.join(" ou ")), format!("choose: {}", options.join(" or "))),
        )
    }
}

/// A word to paste in a shell: in the quotes that it does not hold itself.
fn shell_word(word: &str) -> String {
    let quote = if word.contains('\'') { '"' } else { '\'' };
    format!("{quote}{word}{quote}")
}

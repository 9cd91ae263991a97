//! What files are and hold, for people.

use super::section;
use crate::audit::{Filled, Inspected, Inspection, Machines, Sure, Use};
use crate::diag::{Diagnostic, Lang};
use crate::output::basis::{data_lines, lang_pick, paragraph};
use crate::output::table::{Heading, Table};
use crate::output::{Look, number, said, visible_line};
use std::io::{self, Write};

/// Columns that are not known, named before « … ».
const LISTED: usize = 12;
/// Values of a field.
const VALUES: usize = 4;
/// Agents named.
const AGENTS: usize = 5;

/// Writes a paragraph a file, then what cannot be read.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, told: &Inspection, look: &Look) -> io::Result<()> {
    for (number, file) in told.files.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        one(out, file, look)?;
    }
    if !(told.bad.is_empty() && told.left.is_empty()) {
        writeln!(out, "\n{}", look.bold(lang_pick(look.lang, "Illisibles", "Not read")))?;
        for (_, Diagnostic { message, help, .. }) in told.bad.iter().chain(&told.left) {
            paragraph(out, look, "  ", &said(message, look.lang))?;
            if let Some(help) = help {
                paragraph(out, look, "    ", &said(help, look.lang))?;
            }
        }
    }
    Ok(())
}

fn one(out: &mut impl Write, file: &Inspected, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    writeln!(out, "{}", look.bold(&visible_line(&file.name)))?;
    let mut what = file.format.wrappings.iter().map(|wrapping| (*wrapping).to_owned()).collect::<Vec<_>>();
    what.push(match file.format.is_machines() {
        true => lang_pick(lang, "inventaires de machines", "inventories of machines").to_owned(),
        false => file.format.name.to_owned(),
    });
    if let Some(sheet) = &file.format.sheet {
        what.push(format!("{} `{}`", lang_pick(lang, "feuille", "sheet"), visible_line(sheet)));
    }
    what.extend(file.encoding.clone());
    what.extend(file.format.delimiter.map(|delimiter| match delimiter {
        '\t' => lang_pick(lang, "tabulation", "tab").to_owned(),
        delimiter => format!("`{delimiter}`"),
    }));
    line(out, look, ("format", "format"), &what.join(", "))?;
    line(out, look, ("certitude", "sureness"), &sureness(file, lang))?;
    let rows = number::counted(
        file.rows,
        lang,
        lang_pick(lang, "enregistrement", "record"),
        lang_pick(lang, "enregistrements", "records"),
    );
    line(out, look, ("contenu", "content"), &rows)?;
    if let Some(machines) = &file.machines {
        of_machines(out, machines, look)?;
    }
    of_columns(out, file, look)?;
    // Of machines, all fields that their dialects may give stand there: those that none gives are told in one line.
    let is_told = |field: &&Filled| file.machines.is_none() || field.filled > 0;
    let empty = file.fields.iter().filter(|field| !is_told(field)).map(|field| field.field.as_str());
    let empty = empty.collect::<Vec<_>>().join(", ");
    if !empty.is_empty() {
        line(out, look, ("non collecté", "not told"), &empty)?;
    }
    if file.fields.iter().any(|field| is_told(&field)) {
        writeln!(out)?;
        write!(out, "{}", fields(file, lang).draw(look))?;
    }
    if !file.data.is_empty() {
        writeln!(out)?;
    }
    data_lines(out, &file.data, look)
}

/// `name  value`.
fn line(out: &mut impl Write, look: &Look, name: (&str, &str), value: &str) -> io::Result<()> {
    paragraph(out, look, &format!("  {:<14}", lang_pick(look.lang, name.0, name.1)), value)
}

/// How sure, and by what.
fn sureness(file: &Inspected, lang: Lang) -> String {
    let word = match file.sure {
        Sure::Certain => lang_pick(lang, "sûr", "certain"),
        Sure::Likely => lang_pick(lang, "probable", "likely"),
    };
    let known = file.columns.iter().filter(|column| !matches!(column.what, Use::Unknown)).count();
    let of = file.columns.len();
    let by = match (&file.machines, file.sure, lang) {
        (Some(_), Sure::Certain, Lang::Fr) => "les documents nomment leur agent".to_owned(),
        (Some(_), Sure::Certain, Lang::En) => "the documents name their agent".to_owned(),
        (Some(_), Sure::Likely, Lang::Fr) => "d'après ce qui s'y trouve, sans nom d'agent".to_owned(),
        (Some(_), Sure::Likely, Lang::En) => "by what is there, without the name of an agent".to_owned(),
        (None, _, Lang::Fr) => format!("{known} des {of} colonnes sont connues"),
        (None, _, Lang::En) => format!("{known} of the {of} columns are known"),
    };
    format!("{word}{} {by}", if lang == Lang::Fr { "\u{a0}:" } else { ":" })
}

fn of_machines(out: &mut impl Write, machines: &Machines, look: &Look) -> io::Result<()> {
    let lang = look.lang;
    let of = |n: u64, one: &str, many: &str| number::counted(n, lang, one, many);
    let list = |items: Vec<String>| if items.is_empty() { "–".to_owned() } else { items.join(", ") };
    let dialects = machines.dialects.iter();
    let dialects = dialects.map(|dialect| {
        format!("{} ({})", visible_line(dialect.label.get(lang)), of(dialect.documents, "document", "documents"))
    });
    line(out, look, ("dialectes", "dialects"), &list(dialects.collect()))?;
    let mut agents: Vec<String> = machines
        .agents
        .iter()
        .take(AGENTS)
        .map(|(agent, n)| format!("{} ({})", visible_line(agent), number::integer(*n, lang)))
        .collect();
    agents.extend((machines.agents.len() > AGENTS).then(|| "…".to_owned()));
    if !agents.is_empty() {
        line(out, look, ("agents", "agents"), &agents.join(", "))?;
    }
    if machines.gear > 0 {
        let one = lang_pick(lang, "appareil qui n'est pas un poste", "machine that is no workstation");
        let many = lang_pick(lang, "appareils qui ne sont pas des postes", "machines that are no workstations");
        line(out, look, ("mis de côté", "set aside"), &of(machines.gear, one, many))?;
    }
    if machines.partial > 0 {
        let n = of(machines.partial, "machine", "machines");
        line(out, look, ("partiels", "partial"), &n)?;
    }
    let collected = machines.collected.iter().map(|(holds, n, records)| {
        let name = section(*holds).1;
        let records = number::integer(*records, lang);
        format!("{} ({}, {records})", name.get(lang), of(*n, "machine", "machines"))
    });
    line(out, look, ("relevé", "collected"), &list(collected.collect()))?;
    let missing = machines
        .not_collected
        .iter()
        .map(|(holds, n)| format!("{} ({})", section(*holds).1.get(lang), of(*n, "machine", "machines")));
    line(out, look, ("non relevé", "not collected"), &list(missing.collect()))
}

fn of_columns(out: &mut impl Write, file: &Inspected, look: &Look) -> io::Result<()> {
    let names = |wanted: &dyn Fn(&Use) -> bool| -> Vec<String> {
        let columns = file.columns.iter().filter(|column| wanted(&column.what));
        columns.map(|column| format!("`{}`", visible_line(&column.header))).collect()
    };
    let list = |names: Vec<String>| {
        let more = if names.len() > LISTED { format!(" … ({})", names.len()) } else { String::new() };
        format!("{}{more}", names.into_iter().take(LISTED).collect::<Vec<_>>().join(", "))
    };
    let mapped = file.columns.iter().filter_map(|column| match &column.what {
        Use::Field(field) if *field == column.header => Some(format!("`{field}`")),
        Use::Field(field) | Use::Application(field) => Some(format!("`{}` → `{field}`", visible_line(&column.header))),
        _ => None,
    });
    let mapped: Vec<String> = mapped.collect();
    if !mapped.is_empty() {
        line(out, look, ("colonnes", "columns"), &mapped.join(", "))?;
    }
    let wide = names(&|what| matches!(what, Use::Wide(_)));
    if let Some(Use::Wide(field)) = file.columns.iter().map(|c| &c.what).find(|what| matches!(what, Use::Wide(_))) {
        line(out, look, ("table large", "wide table"), &format!("`{field}`: {}", list(wide)))?;
    }
    let spare = names(&|what| matches!(what, Use::Spare));
    if !spare.is_empty() {
        line(out, look, ("non retenues", "not kept"), &list(spare))?;
    }
    let unknown = names(&|what| matches!(what, Use::Unknown));
    if !unknown.is_empty() {
        line(out, look, ("non reconnues", "not known"), &list(unknown))?;
    }
    let private = names(&|what| matches!(what, Use::Private(_)));
    if !private.is_empty() {
        line(out, look, ("personnelles", "personal"), &list(private))?;
    }
    Ok(())
}

/// The fields, with what they hold.
fn fields(file: &Inspected, lang: Lang) -> Table {
    let mut table = Table::new(vec![
        Heading::text(lang_pick(lang, "champ", "field")),
        Heading::number(lang_pick(lang, "rempli", "filled")),
        Heading::number(lang_pick(lang, "lisible", "readable")),
        Heading::text(lang_pick(lang, "valeurs", "values")),
    ]);
    for field in file.fields.iter().filter(|field| file.machines.is_none() || field.filled > 0) {
        table.push(vec![
            field.field.clone(),
            number::percent(field.filled, file.rows, lang),
            number::percent(field.readable, file.rows, lang),
            values(field, lang),
        ]);
    }
    table
}

fn values(field: &Filled, lang: Lang) -> String {
    let told = field.values.iter().take(VALUES);
    let mut told: Vec<String> =
        told.map(|(value, n)| format!("{} ({})", visible_line(value.get(lang)), number::integer(*n, lang))).collect();
    told.extend((field.distinct > VALUES as u64).then(|| "…".to_owned()));
    told.join(", ")
}

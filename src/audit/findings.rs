//! What is to be said about the data and the packs beside the counts.

use super::quote::{self, may_quote, names, shortened};
use super::read::ReadInput;
use super::report::{DataFinding, FirstSeen, Unit};
use super::survey::{Roles, Rules, Survey};
use super::watch::{Aged, Watched};
use crate::diag::{Diagnostic, Text};
use crate::engine::{Seen, Tally};
use crate::inventory::{Finding, LeftOut, Summary};
use crate::pack::Pack;
use crate::socle::{FieldId, Origin, Problem, Role, Socle};
use crate::text;
use crate::value::{Date, Type};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Everything the findings are drawn from.
pub(super) struct Notice<'n> {
    pub(super) rules: &'n Rules<'n>,
    pub(super) survey: &'n Survey,
    pub(super) tally: &'n Tally,
    pub(super) read: &'n [ReadInput],
    pub(super) bad: &'n [(String, Diagnostic)],
    pub(super) left: &'n [(String, LeftOut)],
    pub(super) watched: &'n Watched,
    pub(super) strangers: Option<Seen>,
    pub(super) read_fields: &'n [FieldId],
}

/// All findings, in a fixed order: packs, files, columns, cells.
pub(super) fn collect(notice: &Notice<'_>) -> Vec<DataFinding> {
    let mut findings = Vec::new();
    for pack in &notice.rules.packs {
        about_pack(pack, notice.survey.as_of, &mut findings);
    }
    about_files(notice.read, notice.bad, notice.left, &mut findings);
    about_columns(notice, &mut findings);
    about_cells(notice, &mut findings);
    about_declared(notice, &mut findings);
    if let Some(ages) = &notice.watched.ages {
        about_ages(ages, notice, &mut findings);
    }
    findings
}

/// What is said of the files themselves.
pub(super) fn about_files(
    read: &[ReadInput],
    bad: &[(String, Diagnostic)],
    left: &[(String, LeftOut)],
    findings: &mut Vec<DataFinding>,
) {
    about_bad_files(bad, findings);
    for (name, left) in left {
        let Diagnostic { code, message, help, .. } = left_out(name, *left);
        let LeftOut { hidden, links, special } = left;
        findings.push(DataFinding {
            help,
            first: Some(in_file(name)),
            ..finding(code, message, hidden + links + special)
        });
    }
    for input in read {
        findings.extend(of_reader(&input.name, &input.headers, &input.summary));
    }
}

/// What is said of what was not looked at in a folder or an archive.
pub(super) fn left_out(name: &str, left: LeftOut) -> Diagnostic {
    let LeftOut { hidden, links, special } = left;
    let parts = [
        (hidden, text!("cachés : {hidden}", "hidden: {hidden}")),
        (
            links,
            text!(
                "liens vers ailleurs ou vers ce qui est déjà lu : {links}",
                "links to elsewhere or to what is read already: {links}"
            ),
        ),
        (special, text!("tubes ou périphériques : {special}", "pipes or devices: {special}")),
    ];
    let parts: Vec<Text> = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, part)| part).collect();
    let fr = parts.iter().map(|part| part.fr.as_str()).collect::<Vec<_>>().join(", ");
    let en = parts.iter().map(|part| part.en.as_str()).collect::<Vec<_>>().join(", ");
    Diagnostic::error(
        "inventory/not-looked-at",
        text!(
            "`{name}` : fichiers et dossiers qui n'ont pas été regardés ({fr})",
            "`{name}`: files and folders that were not looked at ({en})"
        ),
    )
    .help(text!(
        "les nommer sur la ligne de commande s'il faut les lire",
        "name them on the command line if they are to be read"
    ))
}

/// What the reader of an input found.
pub(super) fn of_reader(name: &str, headers: &[String], summary: &Summary) -> Vec<DataFinding> {
    let header = |column: usize| headers.get(column).map(|header| shortened(header));
    let told = |said: &Finding| DataFinding {
        help: said.help.clone(),
        first: Some(FirstSeen {
            row: said.row,
            // A document of a machine starts on its first line, mostly.
            line: (summary.collected.is_none() || said.line > 1).then_some(said.line),
            column: said.column.and_then(header),
            document: said.document.clone(),
            ..in_file(name)
        }),
        ..finding(said.code, said.message.clone(), said.count)
    };
    summary.findings.iter().map(told).collect()
}

pub(super) fn finding(code: &'static str, message: Text, count: u64) -> DataFinding {
    DataFinding { code, field: None, message, help: None, count, distinct: None, first: None }
}

pub(super) fn in_file(name: &str) -> FirstSeen {
    FirstSeen { file: name.to_owned(), document: None, row: None, line: None, column: None, value: None }
}

/// Each of a few; those of many that have the same fault together.
fn about_bad_files(bad: &[(String, Diagnostic)], findings: &mut Vec<DataFinding>) {
    const FEW: usize = 5;
    let mut said: Vec<(&'static str, usize)> = Vec::new();
    for (name, diagnostic) in bad {
        if bad.len() > FEW {
            if let Some((_, place)) = said.iter().find(|(code, _)| *code == diagnostic.code) {
                findings[*place].count += 1;
                continue;
            }
            said.push((diagnostic.code, findings.len()));
        }
        let (fr, en) = (&diagnostic.message.fr, &diagnostic.message.en);
        findings.push(DataFinding {
            help: diagnostic.help.clone(),
            first: Some(in_file(name)),
            ..finding("inventory/bad-file", text!("fichier laissé de côté : {fr}", "file set aside: {en}"), 1)
        });
    }
    for (_, place) in said {
        let DataFinding { count, message: Text { fr, en }, .. } = &mut findings[place];
        if *count > 1 {
            let more = *count - 1;
            fr.push_str(&format!(" ; {more} de plus avec le même défaut"));
            en.push_str(&format!("; {more} more with the same fault"));
        }
    }
}

/// What is to be said of a pack used on a date.
pub(super) fn about_pack(pack: &Pack, as_of: Date, findings: &mut Vec<DataFinding>) {
    let (id, reviewed) = (&pack.id, pack.reviewed);
    if !pack.valid_on(as_of) {
        let bounds = match (pack.since, pack.until) {
            (Some(since), Some(until)) => text!("du {since} au {until}", "from {since} to {until}"),
            (Some(since), None) => text!("depuis le {since}", "since {since}"),
            (None, Some(until)) => text!("jusqu'au {until}", "until {until}"),
            (None, None) => text!("sans bornes", "unbounded"),
        };
        let Text { fr, en } = bounds;
        let message = text!(
            "le pack `{id}` vaut {fr}, et l'audit est au {as_of}",
            "pack `{id}` is valid {en}, and the audit is as of {as_of}"
        );
        findings.push(finding("pack/out-of-validity", message, 1));
    }
    if pack.stale_on(as_of) {
        let message = text!(
            "le pack `{id}` a été relu le {reviewed}, plus de 12 mois avant le {as_of}",
            "pack `{id}` was last reviewed on {reviewed}, more than 12 months before {as_of}"
        );
        findings.push(DataFinding {
            help: Some(text!(
                "ses faits peuvent avoir vieilli : mettre vigie à jour ou relire le pack",
                "its facts may have aged: update vigie or review the pack"
            )),
            ..finding("pack/not-reviewed", message, 1)
        });
    }
}

/// Whether no input gives a field.
pub(super) fn is_missing(field: FieldId, socle: &Socle, read: &[ReadInput]) -> bool {
    !socle.tellers(field).into_iter().any(|field| read.iter().any(|input| input.mapping.columns.contains_key(&field)))
}

/// Says which inputs lack a column that the others have.
fn about_columns_of_some(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let socle = notice.rules.socle;
    let tables: Vec<&ReadInput> = notice.read.iter().filter(|input| !input.format.is_machines()).collect();
    let read: BTreeSet<FieldId> = notice.read_fields.iter().copied().collect();
    for field in read.into_iter().filter(|field| !is_missing(*field, socle, notice.read)) {
        let tellers = socle.tellers(field);
        let gives = |input: &&&ReadInput| tellers.iter().any(|field| input.mapping.columns.contains_key(field));
        let lacking: Vec<&str> = tables.iter().filter(|input| !gives(input)).map(|input| &*input.name).collect();
        let Some(first) = lacking.first() else { continue };
        let (id, count, list) = (&socle.fields[usize::from(field.0)].id, lacking.len(), names(&lacking));
        findings.push(DataFinding {
            field: Some(id.clone()),
            first: Some(in_file(first)),
            help: Some(text!(
                "si une de leurs colonnes le donne : `--map {id}=EN-TÊTE`",
                "if one of their columns gives it: `--map {id}=HEADER`"
            )),
            ..finding(
                "inventory/missing-column-of-some",
                text!(
                    "fichiers sans colonne pour `{id}`, que d'autres donnent : {list}",
                    "files without a column for `{id}`, which others give: {list}"
                ),
                count as u64,
            )
        });
    }
}

fn about_columns(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let socle = notice.rules.socle;
    let missing: BTreeSet<FieldId> =
        notice.read_fields.iter().copied().filter(|field| is_missing(*field, socle, notice.read)).collect();
    for field in missing {
        let id = &socle.fields[usize::from(field.0)].id;
        // No column is what the catalogue offers: the one to give is what finds its rows.
        let column = if socle.is_offer(field) { socle.tellers(field).last().copied() } else { None };
        let column = column.map_or(id, |teller| &socle.fields[usize::from(teller.0)].id);
        let rules: Vec<&str> = notice
            .rules
            .packs
            .iter()
            .flat_map(|pack| &pack.rules)
            .filter(|rule| rule.fields().contains(&field))
            .map(|rule| rule.id.as_str())
            .collect();
        let is_key = socle.catalogue_keys().is_some_and(|keys| keys.contains(&field));
        // Without it the catalogue tells less, and no rule asks for it.
        if is_key && rules.is_empty() {
            continue;
        }
        let count = rules.len() as u64;
        let list = names(&rules);
        findings.push(DataFinding {
            field: Some(id.clone()),
            help: Some(text!(
                "si une colonne le donne : `--map {column}=EN-TÊTE`",
                "if a column gives it: `--map {column}=HEADER`"
            )),
            ..finding(
                "inventory/missing-column",
                match count {
                    0 => text!(
                        "aucune colonne ne donne `{id}` : inconnu partout",
                        "no column gives `{id}`: unknown everywhere"
                    ),
                    _ => text!(
                        "aucune colonne ne donne `{id}` : inconnu partout, ce qui touche {list}",
                        "no column gives `{id}`: unknown everywhere, which concerns {list}"
                    ),
                },
                count,
            )
        });
    }
    about_columns_of_some(notice, findings);
    for input in notice.read {
        if let Some(wide) = &input.mapping.wide {
            let weighs = notice.survey.unit == Unit::Weight;
            findings.push(DataFinding {
                field: Some(socle.fields[usize::from(wide.field.0)].id.clone()),
                help: (!weighs)
                    .then(|| text!("pour compter les poids : `--unit weight`", "to count weights: `--unit weight`")),
                first: Some(in_file(&input.name)),
                ..finding("inventory/wide-table", wide.message(&input.headers, socle), wide.columns.len() as u64)
            });
        }
        about_columns_left_out(input, findings);
    }
}

/// Columns that are not read: those of persons, and those that no field claims.
pub(super) fn about_columns_left_out(input: &ReadInput, findings: &mut Vec<DataFinding>) {
    for (column, what) in &input.mapping.private {
        let header = shortened(&input.headers[*column]);
        let Text { fr, en } = what;
        findings.push(DataFinding {
            first: Some(FirstSeen { column: Some(header.clone()), ..in_file(&input.name) }),
            ..finding(
                "inventory/private-column",
                text!(
                    "colonne `{header}` ({fr}) : donnée personnelle, jamais lue ni gardée",
                    "column `{header}` ({en}): personal data, never read nor kept"
                ),
                1,
            )
        });
    }
    if let Some(first) = input.mapping.spare.first() {
        let list = input.mapping.spare.iter().map(|column| input.headers[*column].as_str()).collect::<Vec<_>>();
        let list = names(&list);
        findings.push(DataFinding {
            first: Some(FirstSeen { column: Some(shortened(&input.headers[*first])), ..in_file(&input.name) }),
            help: Some(text!(
                "pour en choisir une autre : `--map CHAMP=EN-TÊTE`",
                "to choose another: `--map FIELD=HEADER`"
            )),
            ..finding(
                "inventory/other-identifiers",
                text!(
                    "autres colonnes qui identifient les PS, non lues : {list}",
                    "other columns that identify the PS, not read: {list}"
                ),
                input.mapping.spare.len() as u64,
            )
        });
    }
    if let Some(first) = input.mapping.unmapped.first() {
        let mut seen = BTreeSet::new();
        let headers = input.mapping.unmapped.iter().map(|column| input.headers[*column].trim());
        let headers: Vec<Cow<'_, str>> = headers.filter(|header| seen.insert(*header)).map(quote::header).collect();
        let list = names(&headers.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        findings.push(DataFinding {
            first: Some(FirstSeen {
                column: Some(quote::header(&input.headers[*first]).into_owned()),
                ..in_file(&input.name)
            }),
            help: Some(text!(
                "si l'une d'elles est utile : `--map CHAMP=EN-TÊTE`",
                "if one of them is of use: `--map FIELD=HEADER`"
            )),
            ..finding(
                "inventory/unmapped-column",
                text!("colonnes que le socle ne connaît pas : {list}", "columns that the socle does not know: {list}"),
                input.mapping.unmapped.len() as u64,
            )
        });
    }
}

fn about_cells(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let socle = notice.rules.socle;
    for (key, cells) in &notice.tally.problems {
        let Some(seen) = cells.seen else { continue };
        let field = &socle.fields[usize::from(key.field.0)];
        // A weight that cannot be read is told with those that are missing.
        if field.role == Some(Role::Weight) && notice.tally.weightless.is_some() {
            continue;
        }
        let (id, distinct) = (&field.id, cells.distinct.len() as u64);
        let (code, message, help) = match key.problem {
            Problem::Unreadable => (
                "inventory/unreadable-value",
                text!(
                    "valeurs de `{id}` que le socle ne sait pas lire : inconnues",
                    "values of `{id}` that the socle cannot read: unknown"
                ),
                match field.ty {
                    Type::Row(_) => text!(
                        "corriger l'export, ou ajouter un alias dans le socle",
                        "correct the export, or add an alias to the socle"
                    ),
                    _ => text!("corriger l'export", "correct the export"),
                },
            ),
            Problem::WrongKey { scheme } => {
                let Text { fr, en } = socle.scheme_label(scheme);
                (
                    "inventory/wrong-key",
                    text!(
                        "numéros {fr} de `{id}` dont la clé est fausse : lus tout de même",
                        "{en} numbers of `{id}` whose check key is wrong: read all the same"
                    ),
                    text!("vérifier les zéros de tête et les chiffres perdus", "check leading zeros and lost digits"),
                )
            }
            Problem::Repaired => (
                "inventory/repaired-value",
                text!(
                    "valeurs de `{id}` lues après réparation de leur écriture",
                    "values of `{id}` read after their spelling was repaired"
                ),
                match field.ty {
                    Type::Identifier => text!(
                        "zéros de tête ou fractions qu'un tableur a changés : mettre la colonne au format Texte",
                        "leading zeros or fractions that a spreadsheet changed: format the column as Text"
                    ),
                    _ => text!("les écrire telles que le socle les attend", "write them as the socle expects them"),
                },
            ),
            Problem::Lost => lost(id),
            Problem::Personal => personal(id),
            Problem::Disagreement => (
                "inventory/disagreement",
                text!(
                    "colonnes de `{id}` qui se contredisent : lues ensemble, elles disent autre chose que la première seule",
                    "columns of `{id}` that disagree: read together, they tell something else than the first alone"
                ),
                text!(
                    "ce qu'elles disent ensemble est retenu ; vérifier de quel poste vient chacune",
                    "what they tell together is kept; check which workstation each comes from"
                ),
            ),
            Problem::WhichItem => (
                "inventory/which-item",
                text!(
                    "listes de `{id}` à plusieurs éléments, près de colonnes qui n'en disent qu'un : l'un ou l'autre",
                    "lists of `{id}` of several items, beside columns that tell of one: either may be true"
                ),
                text!(
                    "dire tout dans la liste, ou un élément par ligne",
                    "tell all of it in the list, or one item a row"
                ),
            ),
        };
        // A row shifted by one column puts an identifier anywhere.
        let masks = socle.masks() && key.problem == Problem::Unreadable;
        let quotes = may_quote(&field.ty) && !masks;
        // A line break tells that a stray quote swallowed other rows.
        let (input, spot) = seen.first;
        let whole = notice.read.get(input).is_some_and(|input| !input.summary.is_misshapen(spot.place));
        let text = cells.text.trim();
        let quotes = quotes && whole && !text.contains(['\n', '\r']);
        let mut first = first_seen(&seen, notice, Some(key.field));
        if let Some(first) = &mut first {
            first.value = if quotes { quote::value(text) } else { None };
        }
        findings.push(DataFinding {
            field: Some(id.clone()),
            help: Some(help),
            distinct: Some(distinct),
            first,
            ..finding(code, message, seen.count)
        });
    }
    about_origins(notice, findings);
    if let Some(seen) = &notice.strangers {
        findings.push(DataFinding {
            first: first_seen(seen, notice, Roles::of(socle, notice.rules.kind()).identifier),
            help: Some(text!(
                "numéros mal saisis, d'un autre schéma, ou postérieurs au registre",
                "numbers mistyped, of another scheme, or later than the register"
            )),
            ..finding(
                "register/stranger",
                text!(
                    "lignes dont l'identifiant n'est dans aucun registre joint",
                    "rows whose identifier is in none of the registers joined"
                ),
                seen.count,
            )
        });
    }
    for (field, marks) in &notice.tally.marks {
        let id = &socle.fields[usize::from(field.0)].id;
        let Some(blanks) = marks.blanks.filter(|_| marks.marks && !marks.noes) else { continue };
        if notice.survey.mapping.blank_is_no.contains(id) {
            continue;
        }
        findings.push(DataFinding {
            field: Some(id.clone()),
            help: Some(text!(
                "si une case vide veut dire non : `--blank {id}=no`",
                "if a blank cell means no: `--blank {id}=no`"
            )),
            first: first_seen(&blanks, notice, Some(*field)),
            ..finding(
                "inventory/marks-and-blanks",
                text!(
                    "colonne de croix et de cases vides pour `{id}` : les cases vides sont lues comme inconnues",
                    "column of marks and blanks for `{id}`: blank cells are read as unknown"
                ),
                blanks.count,
            )
        });
    }
    let rows = [
        (
            &notice.tally.anonymous,
            "inventory/no-identifier",
            text!(
                "lignes sans identifiant : chacune compte pour un PS",
                "rows without identifier: each counts as one PS"
            ),
        ),
        (
            &notice.tally.weightless,
            "inventory/bad-weight",
            text!(
                "lignes dont le poids manque ou n'est pas un entier positif : elles pèsent 0",
                "rows whose weight is missing or no integer ≥ 0: they weigh 0"
            ),
        ),
    ];
    for (seen, code, message) in rows {
        if let Some(seen) = seen {
            findings.push(DataFinding { first: first_seen(seen, notice, None), ..finding(code, message, seen.count) });
        }
    }
    about_schemes(notice, findings);
    if notice.tally.filter_unknown > 0 {
        findings.push(finding(
            "inventory/filter-unknown",
            text!(
                "lignes écartées parce que la condition `--where` y est inconnue",
                "rows left out because the `--where` condition is unknown on them"
            ),
            notice.tally.filter_unknown,
        ));
    }
}

/// Values of a field that lost characters: what is said of them, and what to do.
pub(super) fn lost(id: &str) -> (&'static str, Text, Text) {
    (
        "inventory/lost-characters",
        text!(
            "valeurs de `{id}` où des caractères ont été perdus avant vigie (\u{fffd}) : gardées telles quelles",
            "values of `{id}` in which characters were lost before vigie (\u{fffd}): kept as they are"
        ),
        text!(
            "refaire l'export en UTF-8 : rien ici ne dit quelles lettres c'étaient",
            "export again as UTF-8: nothing here says which letters they were"
        ),
    )
}

/// Values of a field that may name a person: what is said of them, and what to do.
pub(super) fn personal(id: &str) -> (&'static str, Text, Text) {
    (
        "inventory/personal-value",
        text!(
            "valeurs de `{id}` qui peuvent nommer une personne (n° de sécurité sociale, courriel, nom) : jamais gardées",
            "values of `{id}` that may name a person (social security number, e-mail, name): never kept"
        ),
        text!(
            "donner une colonne de numéros professionnels, ou de codes de client : `--map {id}=EN-TÊTE`",
            "give a column of professional numbers, or of customer codes: `--map {id}=HEADER`"
        ),
    )
}

/// PS that several files declare.
fn about_declared(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let (count, inputs) = &notice.watched.several;
    if *count == 0 {
        return;
    }
    let files: Vec<&str> = inputs.iter().filter_map(|input| notice.read.get(*input)).map(|i| i.name.as_str()).collect();
    let (list, merged) = (names(&files), notice.survey.unit == Unit::Ps);
    let message = if merged {
        text!(
            "PS déclarés dans plusieurs fichiers ({list}) : leurs lignes sont réunies",
            "PS declared in several files ({list}): their rows are put together"
        )
    } else {
        text!(
            "PS déclarés dans plusieurs fichiers ({list}) : leurs lignes comptent chaque fois",
            "PS declared in several files ({list}): their rows count each time"
        )
    };
    let help = (!merged).then(|| {
        text!(
            "pour ne compter chaque PS qu'une fois : `--unit ps` ; sinon, ne garder qu'un des fichiers",
            "to count each PS once: `--unit ps`; else keep one of the files"
        )
    });
    findings.push(DataFinding { help, ..finding("inventory/declared-twice", message, *count) });
}

/// Rows that are too old, or of a day to come.
fn about_ages(ages: &Aged, notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let socle = notice.rules.socle;
    let (Some(date), Some(stale)) = (Roles::of(socle, notice.rules.kind()).date, &notice.survey.stale) else { return };
    let field = &socle.fields[usize::from(date.0)];
    let (id, as_of, span) = (&field.id, notice.survey.as_of, &stale.text);
    let Some(since) = stale.since(as_of) else { return };
    let mut tell = |seen: Seen, code, message, help| {
        findings.push(DataFinding {
            field: Some(id.clone()),
            help,
            first: first_seen(&seen, notice, Some(date)),
            ..finding(code, message, seen.count)
        });
    };
    if let Some((seen, oldest)) = ages.stale {
        tell(
            seen,
            "inventory/stale",
            text!(
                "lignes relevées avant le {since} ({span} avant le {as_of}) : elles comptent ; la plus ancienne est du {oldest}",
                "rows observed before {since} ({span} before {as_of}): they count; the oldest is of {oldest}"
            ),
            Some(text!(
                "pour les écarter : `--where '{id} >= date(\"{since}\")'`",
                "to leave them out: `--where '{id} >= date(\"{since}\")'`"
            )),
        );
    }
    if let Some((seen, latest)) = ages.future {
        tell(
            seen,
            "inventory/future",
            text!(
                "lignes relevées après le {as_of} : elles comptent ; la dernière est du {latest}",
                "rows observed after {as_of}: they count; the last is of {latest}"
            ),
            Some(text!(
                "vérifier ces dates, ou la date du jugement (`--as-of`)",
                "check these dates, or the date of the judgement (`--as-of`)"
            )),
        );
    }
    if let Some(seen) = ages.undated {
        tell(
            seen,
            "inventory/undated",
            text!(
                "lignes dont la date du relevé est inconnue : leur âge aussi",
                "rows whose date of observation is unknown: so is their age"
            ),
            None,
        );
    }
}

/// PS that are counted by identifiers of several schemes: one person under two numbers counts twice.
fn about_schemes(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    let mut schemes: Vec<(u64, u32)> = notice.tally.schemes.iter().map(|(schemes, rows)| (*rows, *schemes)).collect();
    schemes.sort_unstable_by_key(|(rows, schemes)| (std::cmp::Reverse(*rows), *schemes));
    let [(_, most), others @ ..] = &schemes[..] else { return };
    // Forms that may all be of one scheme tell nothing.
    if others.iter().fold(*most, |common, (_, schemes)| common & schemes) != 0 || others.is_empty() {
        return;
    }
    let list = |of: fn(&Text) -> &str| {
        let label =
            |(rows, schemes): &(u64, u32)| format!("{} {rows}", of(&notice.rules.socle.scheme_labels(*schemes)));
        schemes.iter().map(label).collect::<Vec<_>>().join(" ; ")
    };
    let (fr, en) = (list(|text| &text.fr), list(|text| &text.en).replace(" ; ", "; "));
    let identifier = Roles::of(notice.rules.socle, notice.rules.kind()).identifier;
    let id = identifier.map_or("", |field| notice.rules.socle.fields[usize::from(field.0)].id.as_str());
    findings.push(DataFinding {
        field: Some(id.to_owned()),
        help: Some(text!(
            "une personne qui a deux numéros compte pour deux ; par schéma : `--by {id}.scheme`",
            "a person with two numbers counts twice; by scheme: `--by {id}.scheme`"
        )),
        ..finding(
            "inventory/several-schemes",
            text!(
                "identifiants de plusieurs schémas, en lignes : {fr}",
                "identifiers of several schemes, in rows: {en}"
            ),
            others.iter().map(|(rows, _)| rows).sum(),
        )
    });
}

/// Rows have a weight, and are counted one each.
pub(super) fn unused_weight(rules: &Rules<'_>, read: &[ReadInput]) -> Option<DataFinding> {
    let weight = Roles::of(rules.socle, rules.kind()).weight?;
    let tall = read.iter().filter(|input| input.mapping.wide.is_none());
    let (input, column) = tall.clone().find_map(|input| Some((input, *input.mapping.columns.get(&weight)?)))?;
    let header = shortened(&input.headers[column]);
    Some(DataFinding {
        first: Some(FirstSeen { column: Some(header.clone()), ..in_file(&input.name) }),
        field: Some(rules.socle.fields[usize::from(weight.0)].id.clone()),
        help: Some(text!("pour compter les poids : `--unit weight`", "to count weights: `--unit weight`")),
        ..finding(
            "inventory/unused-weight",
            text!(
                "la colonne `{header}` donne un poids, et chaque ligne compte pour un",
                "column `{header}` gives a weight, and each row counts as one"
            ),
            1,
        )
    })
}

/// Values that the catalogue tells.
fn about_origins(notice: &Notice<'_>, findings: &mut Vec<DataFinding>) {
    for ((field, origin), cells) in &notice.tally.origins {
        let Some(seen) = cells.seen else { continue };
        let field_of = &notice.rules.socle.fields[usize::from(field.0)];
        let id = &field_of.id;
        let (code, message) = match origin {
            Origin::Derived => (
                "catalogue/derived",
                text!(
                    "valeurs de `{id}` que l'inventaire ne dit pas, dérivées du catalogue",
                    "values of `{id}` that the inventory does not tell, derived from the catalogue"
                ),
            ),
            Origin::Conflict => (
                "catalogue/conflict",
                text!(
                    "valeurs de `{id}` qui ne sont pas celles du catalogue pour ce produit et cette version : gardées",
                    "values of `{id}` that are not those of the catalogue for this product and version: kept"
                ),
            ),
            Origin::Registered => (
                "register/derived",
                text!(
                    "valeurs de `{id}` que l'inventaire ne dit pas, données par le registre",
                    "values of `{id}` that the inventory does not tell, given by the register"
                ),
            ),
            Origin::RegisteredAmong => (
                "register/several",
                text!(
                    "valeurs de `{id}` pour lesquelles le registre en a plusieurs : l'une d'elles, sans dire laquelle",
                    "values of `{id}` of which the register has several: one of them, which one is not known"
                ),
            ),
            Origin::RegisterConflict => (
                "register/conflict",
                text!(
                    "valeurs de `{id}` qui ne sont pas celles du registre pour cet identifiant : gardées",
                    "values of `{id}` that are not those of the register for this identifier: kept"
                ),
            ),
        };
        let conflicts = matches!(origin, Origin::Conflict | Origin::RegisterConflict);
        let help = match origin {
            Origin::Conflict => {
                Some(text!("vérifier l'inventaire, ou le catalogue", "check the inventory, or the catalogue"))
            }
            Origin::RegisterConflict => Some(text!(
                "vérifier l'inventaire, ou la date du registre",
                "check the inventory, or the date of the register"
            )),
            _ => None,
        };
        let mut first = first_seen(&seen, notice, Some(*field));
        if let Some(first) = first.as_mut().filter(|_| conflicts && may_quote(&field_of.ty)) {
            first.value = quote::value(cells.text.trim());
        }
        findings.push(DataFinding { field: Some(id.clone()), help, first, ..finding(code, message, seen.count) });
    }
}

fn first_seen(seen: &Seen, notice: &Notice<'_>, field: Option<FieldId>) -> Option<FirstSeen> {
    let (number, spot) = seen.first;
    let input = notice.read.get(number)?;
    let column = field.and_then(|field| {
        let parts = notice.rules.socle.fields[usize::from(field.0)].parts.iter().map(|part| part.field);
        std::iter::once(field).chain(parts).find_map(|field| input.mapping.columns.get(&field))
    });
    let document = input.summary.document(spot.place);
    Some(FirstSeen {
        row: Some(input.summary.row(spot.place)),
        line: Some(input.summary.line(spot)).filter(|line| document.is_none() || *line > 1),
        document: document.filter(|document| *document != input.name).map(str::to_owned),
        column: column.map(|column| shortened(&input.headers[*column])),
        ..in_file(&input.name)
    })
}

/// The label of a `--by` path: that of its field, and of its attribute.
pub(super) fn label_of_path(path: &str, socle: &Socle) -> Text {
    let (field, attribute) = path.split_once('.').unwrap_or((path, ""));
    socle.field(field).map_or_else(|| Text::same(path), |field| socle.path_label(field, attribute))
}

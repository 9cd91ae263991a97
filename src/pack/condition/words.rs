//! A condition in words, French and English, from the labels of what it reads.

use super::Names;
use super::expr::{BinaryOp, Expr, Kind, StringTest, VersionPart};
use super::flips::mirrored;
use super::limits::is_today;
use crate::diag::Text;
use crate::socle::Tables;
use crate::text;
use crate::value::{Datum, Type, Value};

/// Characters of a value that are shown.
const SHOWN: usize = 80;

/// Says a condition in words: « palier au moins « Add. 6 » ».
#[must_use]
pub fn words(expr: &Expr, names: &Names<'_>) -> Text {
    Writer { names, items: Vec::new() }.sentence(expr, true)
}

struct Writer<'a> {
    names: &'a Names<'a>,
    /// What the variables of the enclosing loops are called.
    items: Vec<Text>,
}

/// Both languages at once: `$fr` and `$en` are built from the fields of the same texts.
macro_rules! both {
    ($fr:literal, $en:literal $(, $name:ident)*) => {
        Text { fr: { $(let $name = &$name.fr;)* format!($fr) }, en: { $(let $name = &$name.en;)* format!($en) } }
    };
}
impl Writer<'_> {
    /// The condition (or its contrary) as a sentence.
    fn sentence(&mut self, expr: &Expr, holds: bool) -> Text {
        match &expr.kind {
            Kind::Literal(Value::Bool(value)) => {
                if *value == holds {
                    text!("toujours", "always")
                } else {
                    text!("jamais", "never")
                }
            }
            Kind::Not(operand) => self.sentence(operand, !holds),
            Kind::And(..) | Kind::Or(..) => {
                let and = matches!(expr.kind, Kind::And(..));
                let mut terms = Vec::new();
                chain(expr, and, &mut terms);
                // The contrary of a conjunction is the disjunction of the contraries.
                let joined_by_and = and == holds;
                let terms = terms.into_iter().map(|term| {
                    let mixed = match &term.kind {
                        Kind::And(..) | Kind::Or(..) => true,
                        Kind::If(..) | Kind::Exists(..) | Kind::All(..) => true,
                        Kind::Not(inner) => matches!(inner.kind, Kind::And(..) | Kind::Or(..)),
                        _ => false,
                    };
                    let said = self.sentence(term, holds);
                    if mixed { both!("({said})", "({said})", said) } else { said }
                });
                let terms: Vec<Text> = terms.collect();
                if joined_by_and { join(&terms, " et ", " and ") } else { join(&terms, " ou ", " or ") }
            }
            Kind::If(test, then, otherwise) => {
                let test = self.sentence(test, true);
                let (then, otherwise) = (self.sentence(then, holds), self.sentence(otherwise, holds));
                both!(
                    "si {test} : {then} ; sinon : {otherwise}",
                    "if {test}: {then}; otherwise: {otherwise}",
                    test,
                    then,
                    otherwise
                )
            }
            Kind::Binary(op, a, b) if op.is_comparison() => {
                let op = if holds { *op } else { contrary(*op) };
                if a.ty == Type::Bool && matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) {
                    match (&a.kind, &b.kind) {
                        (_, Kind::Literal(Value::Bool(value))) => {
                            return self.sentence(a, *value == (op == BinaryOp::Equal));
                        }
                        (Kind::Literal(Value::Bool(value)), _) => {
                            return self.sentence(b, *value == (op == BinaryOp::Equal));
                        }
                        _ => {}
                    }
                }
                if is_today(a) && matches!(a.kind, Kind::Today) {
                    return deadline(op, &self.noun(b));
                }
                // What is judged comes first, what it is judged against after.
                let (subject, op, object) = if reads(a) || !reads(b) { (a, op, b) } else { (b, mirrored(op), a) };
                if is_today(object) && matches!(object.kind, Kind::Today) {
                    let subject = self.noun(subject);
                    let predicate = predicate(op, &Type::Date, &text!("la date du jour", "today"));
                    return both!("{subject} {predicate}", "{subject} {predicate}", subject, predicate);
                }
                let (subject, object) = (self.noun(subject), self.noun(object));
                let predicate = predicate(op, &a.ty, &object);
                both!("{subject} {predicate}", "{subject} {predicate}", subject, predicate)
            }
            Kind::In(item, list) => {
                let predicate = self.membership(list, holds);
                let item = self.noun(item);
                both!("{item} {predicate}", "{item} {predicate}", item, predicate)
            }
            Kind::Exists(list, body) | Kind::All(list, body) => {
                let exists = matches!(expr.kind, Kind::Exists(..));
                let item = self.item_name(list);
                let list = self.noun(list);
                self.items.push(item);
                let body = self.sentence(body, true);
                self.items.pop();
                match (exists, holds) {
                    (true, true) => {
                        both!("au moins un des {list} : {body}", "at least one of {list}: {body}", list, body)
                    }
                    (true, false) => both!("aucun des {list} : {body}", "none of {list}: {body}", list, body),
                    (false, true) => both!("tous les {list} : {body}", "all of {list}: {body}", list, body),
                    (false, false) => both!("pas tous les {list} : {body}", "not all of {list}: {body}", list, body),
                }
            }
            Kind::StringTest(test, text, part) => {
                let (text, part) = (self.noun(text), self.noun(part));
                let predicate = string_test(*test, holds, &part);
                both!("{text} {predicate}", "{text} {predicate}", text, predicate)
            }
            Kind::Matches(text, regex) => {
                let text = self.noun(text);
                let predicate = matching(regex, holds);
                both!("{text} {predicate}", "{text} {predicate}", text, predicate)
            }
            _ => {
                let noun = self.noun(expr);
                if holds {
                    both!("{noun} : oui", "{noun}: yes", noun)
                } else {
                    both!("{noun} : non", "{noun}: no", noun)
                }
            }
        }
    }

    fn membership(&mut self, list: &Expr, holds: bool) -> Text {
        if let Kind::List(items) = &list.kind {
            let items: Vec<Text> = items.iter().map(|item| self.noun(item)).collect();
            return one_of(&items, holds);
        }
        let list = self.noun(list);
        if holds {
            both!("fait partie de {list}", "is among {list}", list)
        } else {
            both!("ne fait pas partie de {list}", "is not among {list}", list)
        }
    }

    /// What one item of a list is called.
    fn item_name(&self, list: &Expr) -> Text {
        match &list.ty {
            Type::List(item) => match &**item {
                Type::Record(record) => self.names.tables.record(*record).label.clone(),
                _ => text!("l'élément", "the item"),
            },
            _ => text!("l'élément", "the item"),
        }
    }

    /// An expression as a thing that is compared.
    fn noun(&mut self, expr: &Expr) -> Text {
        let names = self.names;
        match &expr.kind {
            Kind::Literal(value) => quoted(value, names.tables),
            Kind::Today => text!("la date du jour", "today"),
            Kind::Field(id) => names.fields.get(usize::from(id.0)).map(|f| f.label.clone()).unwrap_or_default(),
            Kind::Previous(id) => {
                let label = names.fields.get(usize::from(id.0)).map(|f| f.label.clone()).unwrap_or_default();
                both!("{label} (manifeste précédent)", "{label} (previous manifest)", label)
            }
            Kind::Parameter(id) => names.parameters.get(usize::from(id.0)).map(|p| p.label.clone()).unwrap_or_default(),
            Kind::Local(depth) => self.items.get(*depth).cloned().unwrap_or_default(),
            Kind::Column(row, column) => {
                let label = match row.ty {
                    Type::Row(table) => {
                        names.tables.table(table).columns.get(*column).map(|c| c.label.clone()).unwrap_or_default()
                    }
                    _ => Text::default(),
                };
                self.attribute(row, label)
            }
            Kind::Member(record, member) => {
                let label = match record.ty {
                    Type::Record(id) => {
                        names.tables.record(id).members.get(*member).map(|m| m.label.clone()).unwrap_or_default()
                    }
                    _ => Text::default(),
                };
                self.attribute(record, label)
            }
            Kind::DatePart(date, _) => self.attribute(date, text!("année", "year")),
            Kind::VersionPart(version, part) => {
                let label = match part {
                    VersionPart::Major => text!("numéro majeur", "major number"),
                    VersionPart::Minor => text!("numéro mineur", "minor number"),
                    VersionPart::Patch => text!("numéro de correctif", "patch number"),
                };
                self.attribute(version, label)
            }
            Kind::Scheme(id) => self.attribute(id, text!("nature", "scheme")),
            Kind::KeyOk(id) => self.attribute(id, text!("clé juste", "right key")),
            Kind::Negate(operand) => {
                let operand = self.noun(operand);
                both!("-{operand}", "-{operand}", operand)
            }
            Kind::Binary(op, a, b) if !op.is_comparison() => {
                let days = a.ty != b.ty;
                let (ta, tb) = (self.grouped(a), self.grouped(b));
                let sign = Text::same(op.sign());
                match (days, op) {
                    (true, BinaryOp::Subtract) => both!("{ta} moins {tb} jours", "{ta} minus {tb} days", ta, tb),
                    (true, _) if a.ty == Type::Date => both!("{ta} plus {tb} jours", "{ta} plus {tb} days", ta, tb),
                    (true, _) => both!("{tb} plus {ta} jours", "{tb} plus {ta} days", ta, tb),
                    _ => both!("{ta} {sign} {tb}", "{ta} {sign} {tb}", ta, sign, tb),
                }
            }
            Kind::List(items) => {
                let items: Vec<Text> = items.iter().map(|item| self.noun(item)).collect();
                let list = join(&items, ", ", ", ");
                both!("[{list}]", "[{list}]", list)
            }
            Kind::Size(operand) => {
                let is_list = matches!(operand.ty, Type::List(_));
                let operand = self.noun(operand);
                if is_list {
                    both!("nombre de {operand}", "number of {operand}", operand)
                } else {
                    both!("longueur ({operand})", "length ({operand})", operand)
                }
            }
            Kind::If(test, then, otherwise) if expr.ty != Type::Bool => {
                let test = self.sentence(test, true);
                let (then, otherwise) = (self.noun(then), self.noun(otherwise));
                both!(
                    "(si {test} : {then} ; sinon : {otherwise})",
                    "(if {test}: {then}; otherwise: {otherwise})",
                    test,
                    then,
                    otherwise
                )
            }
            _ => {
                let sentence = self.sentence(expr, true);
                both!("({sentence})", "({sentence})", sentence)
            }
        }
    }

    fn grouped(&mut self, expr: &Expr) -> Text {
        let noun = self.noun(expr);
        match expr.kind {
            Kind::Binary(..) if expr.ty != Type::Date => both!("({noun})", "({noun})", noun),
            _ => noun,
        }
    }

    /// The attribute of the item of a loop goes without saying whose; elsewhere it is said.
    fn attribute(&mut self, owner: &Expr, label: Text) -> Text {
        if matches!(owner.kind, Kind::Local(_)) {
            return label;
        }
        let owner = self.noun(owner);
        both!("{label} ({owner})", "{label} ({owner})", label, owner)
    }
}

/// The terms of a chain of `&&` (or `||`), in order.
fn chain<'a>(expr: &'a Expr, and: bool, terms: &mut Vec<&'a Expr>) {
    match (&expr.kind, and) {
        (Kind::And(a, b), true) | (Kind::Or(a, b), false) => {
            chain(a, and, terms);
            chain(b, and, terms);
        }
        _ => terms.push(expr),
    }
}

/// Whether an expression reads the record.
pub(super) fn reads(expr: &Expr) -> bool {
    let mut reads = false;
    expr.visit(&mut |e| reads |= matches!(e.kind, Kind::Field(_) | Kind::Previous(_) | Kind::Local(_)));
    reads
}

pub(super) fn join(texts: &[Text], fr: &str, en: &str) -> Text {
    let french: Vec<&str> = texts.iter().map(|t| t.fr.as_str()).collect();
    let english: Vec<&str> = texts.iter().map(|t| t.en.as_str()).collect();
    Text::new(french.join(fr), english.join(en))
}

/// The comparison that holds when `op` does not.
pub(super) fn contrary(op: BinaryOp) -> BinaryOp {
    match op {
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::GreaterOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Greater,
        BinaryOp::Greater => BinaryOp::LessOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Less,
        other => other,
    }
}

/// What a comparison says of its subject: « au moins 3 ».
fn predicate(op: BinaryOp, ty: &Type, object: &Text) -> Text {
    let dated = with_article(ty, object);
    let object = &dated;
    let named = matches!(ty, Type::Row(_) | Type::String | Type::Bool | Type::Identifier);
    match (op, ty) {
        (BinaryOp::Equal, _) if named => both!("est {object}", "is {object}", object),
        (BinaryOp::NotEqual, _) if named => both!("n'est pas {object}", "is not {object}", object),
        (BinaryOp::Equal, _) => both!("égal à {object}", "equal to {object}", object),
        (BinaryOp::NotEqual, _) => both!("différent de {object}", "other than {object}", object),
        (BinaryOp::Less, Type::Date) => both!("avant {object}", "before {object}", object),
        (BinaryOp::LessOrEqual, Type::Date) => both!("pas après {object}", "not after {object}", object),
        (BinaryOp::Greater, Type::Date) => both!("après {object}", "after {object}", object),
        (BinaryOp::GreaterOrEqual, Type::Date) => both!("pas avant {object}", "not before {object}", object),
        (BinaryOp::Less, _) => both!("en dessous de {object}", "below {object}", object),
        (BinaryOp::LessOrEqual, _) => both!("au plus {object}", "at most {object}", object),
        (BinaryOp::Greater, _) => both!("au-dessus de {object}", "above {object}", object),
        _ => both!("au moins {object}", "at least {object}", object),
    }
}

/// What is needed, after « attendu »: as [`predicate`], but without the verb of « est » and « n'est pas ».
pub(super) fn need(op: BinaryOp, ty: &Type, object: &Text) -> Text {
    let named = matches!(ty, Type::Row(_) | Type::String | Type::Bool | Type::Identifier);
    match op {
        BinaryOp::Equal if named => object.clone(),
        // Only what is absent is below every version.
        BinaryOp::Less if *ty == Type::Version && object.fr == "0" => text!("qu'il n'y en ait pas", "none"),
        BinaryOp::NotEqual if named => both!("autre que {object}", "other than {object}", object),
        _ => predicate(op, ty, object),
    }
}

/// A day written in figures takes an article in French.
fn with_article(ty: &Type, object: &Text) -> Text {
    let figures = *ty == Type::Date && object.fr.starts_with(|c: char| c.is_ascii_digit());
    if figures { both!("le {object}", "{object}", object) } else { object.clone() }
}

/// `today op date` as a deadline.
fn deadline(op: BinaryOp, date: &Text) -> Text {
    let day = with_article(&Type::Date, date);
    let (to, from) = match day.fr.strip_prefix("le ") {
        Some(figures) => (format!("au {figures}"), format!("du {figures}")),
        None => (format!("à {}", day.fr), format!("de {}", day.fr)),
    };
    let (to, from) = (Text::new(to, &*day.en), Text::new(from, &*day.en));
    match op {
        BinaryOp::Less => both!("avant {day}", "before {day}", day),
        BinaryOp::LessOrEqual => both!("jusqu'{to} inclus", "until {to} included", to),
        BinaryOp::Greater => both!("après {day}", "after {day}", day),
        BinaryOp::GreaterOrEqual => both!("à partir {from}", "from {from} on", from),
        BinaryOp::Equal => both!("le jour même : {date}", "on the very day: {date}", date),
        _ => both!("un autre jour que {day}", "on another day than {day}", day),
    }
}

pub(super) fn one_of(items: &[Text], holds: bool) -> Text {
    let list = join(items, ", ", ", ");
    match (items.len(), holds) {
        (1, true) => both!("est {list}", "is {list}", list),
        (1, false) => both!("n'est pas {list}", "is not {list}", list),
        (_, true) => both!("parmi {list}", "one of {list}", list),
        (_, false) => both!("hors de {list}", "none of {list}", list),
    }
}

pub(super) fn string_test(test: StringTest, holds: bool, part: &Text) -> Text {
    match (test, holds) {
        (StringTest::StartsWith, true) => both!("commence par {part}", "starts with {part}", part),
        (StringTest::StartsWith, false) => both!("ne commence pas par {part}", "does not start with {part}", part),
        (StringTest::EndsWith, true) => both!("finit par {part}", "ends with {part}", part),
        (StringTest::EndsWith, false) => both!("ne finit pas par {part}", "does not end with {part}", part),
        (StringTest::Contains, true) => both!("contient {part}", "contains {part}", part),
        (StringTest::Contains, false) => both!("ne contient pas {part}", "does not contain {part}", part),
    }
}

pub(super) fn matching(regex: &regex::Regex, holds: bool) -> Text {
    let pattern = regex.as_str();
    if holds {
        text!("a la forme `{pattern}`", "has the form `{pattern}`")
    } else {
        text!("n'a pas la forme `{pattern}`", "does not have the form `{pattern}`")
    }
}

/// A value for people, between quotation marks when it is a name or a text.
pub(super) fn quoted(value: &Value, tables: &Tables) -> Text {
    let shown = shown(value, tables);
    match value {
        Value::Row(_) | Value::String(_) => both!("« {shown} »", "“{shown}”", shown),
        _ => shown,
    }
}

/// A value for people: labels of rows, at most 80 characters, control characters made visible.
pub(super) fn shown(value: &Value, tables: &Tables) -> Text {
    match value {
        Value::Bool(true) => text!("oui", "yes"),
        Value::Bool(false) => text!("non", "no"),
        Value::Int(n) => Text::same(n.to_string()),
        Value::Double(x) => Text::new(x.to_string().replace('.', ","), x.to_string()),
        Value::String(text) => Text::same(cut(text)),
        Value::Date(date) => Text::same(date.to_string()),
        Value::Version(version) if version.is_absent() => text!("absent", "absent"),
        Value::Version(version) => Text::same(version.to_string()),
        Value::Identifier(id) => Text::same(cut(id.shown())),
        Value::Row(row) => tables.row(*row).label.clone(),
        Value::Record(members) => several(members, tables),
        Value::List(items) if items.is_empty() => text!("aucun", "none"),
        Value::List(items) => several(items, tables),
    }
}

fn several(items: &[Datum], tables: &Tables) -> Text {
    let mut texts: Vec<Text> = items.iter().take(5).map(|item| shown_datum(item, tables)).collect();
    if items.len() > 5 {
        let total = items.len();
        texts.push(text!("… ({total})", "… ({total})"));
    }
    join(&texts, ", ", ", ")
}

/// What is known of a value, for people.
pub(super) fn shown_datum(datum: &Datum, tables: &Tables) -> Text {
    match datum {
        Datum::Known(value) => shown(value, tables),
        Datum::OneOf(values) => {
            let mut texts: Vec<Text> = values.iter().take(5).map(|value| shown(value, tables)).collect();
            if values.len() > 5 {
                texts.push(Text::same("…"));
            }
            join(&texts, " ou ", " or ")
        }
        Datum::Unknown(_) => text!("inconnu", "unknown"),
    }
}

fn cut(text: &str) -> String {
    let visible = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    let mut shown: String = text.chars().take(SHOWN).map(visible).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

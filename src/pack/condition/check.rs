//! Untyped tree → checked expression: names resolved, types known, every fault found.
//!
//! A literal that stands beside something typed takes its type from it: a string beside a scale is a
//! row, an integer beside a double is a double, an empty list is a list of what it is compared with.

use super::expr::{BinaryOp, Expr, Kind};
use super::fault::{Fault, HIDDEN_NAME, TYPE, UNKNOWN_VALUE};
use super::parse::{Form, Tree};
use super::types::type_name;
use super::vocabulary::{self, Vocabulary};
use super::{Names, call, names};
use crate::diag::{Span, Text, did_you_mean};
use crate::socle::Tables;
use crate::text;
use crate::value::{Type, Value};

/// What a literal is expected to be.
#[derive(Clone)]
pub(super) struct Hint {
    pub(super) ty: Type,
    pub(super) vocabulary: Option<Vocabulary>,
}

/// A variable of an enclosing `exists` or `all`.
pub(super) struct Local {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) vocabulary: Option<Vocabulary>,
}

pub(super) struct Checker<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) text: &'a str,
    pub(super) locals: Vec<Local>,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(text: &'a str, names: &'a Names<'a>) -> Checker<'a> {
        Checker { names, text, locals: Vec::new(), faults: Vec::new() }
    }

    pub(super) fn tables(&self) -> &'a Tables {
        self.names.tables
    }

    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(super) fn type_text(&self, ty: &Type) -> Text {
        type_name(ty, self.tables())
    }

    /// The text a span covers, short enough for a message.
    pub(super) fn written(&self, span: &Span) -> String {
        let text = &self.text[span.clone()];
        if text.chars().count() <= 40 {
            return text.to_owned();
        }
        text.chars().take(39).chain(['…']).collect()
    }

    /// Checks a tree; `None` when something in it is at fault, which is already told.
    pub(super) fn expr(&mut self, tree: &Tree, hint: Option<&Hint>) -> Option<Expr> {
        let span = tree.span.clone();
        let (ty, kind) = match &tree.form {
            Form::Broken => return None,
            Form::Bool(value) => (Type::Bool, Kind::Literal(Value::Bool(*value))),
            // Beyond, the double would be another number: integers and doubles then do not mix.
            Form::Int(value) if hint.is_some_and(|h| h.ty == Type::Double) && value.unsigned_abs() <= 1 << 53 => {
                #[expect(clippy::cast_precision_loss, reason = "an integer written beside a double is read as one")]
                let value = *value as f64;
                (Type::Double, Kind::Literal(Value::Double(value)))
            }
            Form::Int(value) => (Type::Int, Kind::Literal(Value::Int(*value))),
            Form::Double(value) => (Type::Double, Kind::Literal(Value::Double(*value))),
            Form::String(text) => return self.string(&span, text, hint),
            Form::Name(name) => return names::name(self, &span, name),
            Form::Select(..) => return names::select(self, tree),
            Form::Call(target, word, arguments) => {
                return call::call(self, &span, target.as_deref(), word, arguments);
            }
            Form::Not(operand) => {
                let operand = self.boolean(operand, "!");
                (Type::Bool, Kind::Not(Box::new(operand?)))
            }
            Form::Negate(operand) => {
                let operand = self.expr(operand, hint)?;
                if !matches!(operand.ty, Type::Int | Type::Double) {
                    let found = self.type_text(&operand.ty);
                    self.mismatch(
                        &operand.span,
                        Text::new(
                            format!("`-` attend un nombre, pas {}", found.fr),
                            format!("`-` takes a number, not {}", found.en),
                        ),
                        &found,
                        None,
                    );
                    return None;
                }
                (operand.ty.clone(), Kind::Negate(Box::new(operand)))
            }
            Form::And(a, b) => {
                let (a, b) = (self.boolean(a, "&&"), self.boolean(b, "&&"));
                (Type::Bool, Kind::And(Box::new(a?), Box::new(b?)))
            }
            Form::Or(a, b) => {
                let (a, b) = (self.boolean(a, "||"), self.boolean(b, "||"));
                (Type::Bool, Kind::Or(Box::new(a?), Box::new(b?)))
            }
            Form::If(test, then, otherwise) => {
                let test = self.boolean(test, "?:");
                let (then, otherwise) = self.pair(then, otherwise, hint);
                let (test, then, otherwise) = (test?, then?, otherwise?);
                if then.ty != otherwise.ty {
                    let (a, b) = (self.type_text(&then.ty), self.type_text(&otherwise.ty));
                    self.mismatch(
                        &otherwise.span,
                        Text::new(
                            format!("les deux branches de `?:` sont de types différents : {} et {}", a.fr, b.fr),
                            format!("the two branches of `?:` have different types: {} and {}", a.en, b.en),
                        ),
                        &b,
                        None,
                    );
                    return None;
                }
                (then.ty.clone(), Kind::If(Box::new(test), Box::new(then), Box::new(otherwise)))
            }
            Form::Binary(op, a, b) => {
                let (a, b) = self.pair(a, b, None);
                let (a, b) = (a?, b?);
                let ty = self.binary_type(&span, *op, &a, &b)?;
                (ty, Kind::Binary(*op, Box::new(a), Box::new(b)))
            }
            Form::In(item, list) => return self.membership(span, item, list),
            Form::List(items) => return self.list(span, items, hint),
        };
        Some(Expr { span, ty, kind })
    }

    /// Checks an operand that must be a boolean.
    pub(super) fn boolean(&mut self, tree: &Tree, operator: &str) -> Option<Expr> {
        let expr = self.expr(tree, None)?;
        if expr.ty == Type::Bool {
            return Some(expr);
        }
        let found = self.type_text(&expr.ty);
        self.mismatch(
            &expr.span,
            Text::new(
                format!("`{operator}` attend un booléen, pas {}", found.fr),
                format!("`{operator}` takes a boolean, not {}", found.en),
            ),
            &found,
            None,
        );
        None
    }

    /// Records a type fault whose label is the type found.
    pub(super) fn mismatch(&mut self, span: &Span, message: Text, found: &Text, help: Option<Text>) {
        let label = Text::new(format!("type : {}", found.fr), format!("type: {}", found.en));
        self.fault(Fault::new(TYPE, span.clone(), message, label).help(help));
    }

    /// Checks two trees of which one may give the other's literals their type.
    fn pair(&mut self, a: &Tree, b: &Tree, hint: Option<&Hint>) -> (Option<Expr>, Option<Expr>) {
        if bareness(a) > bareness(b) {
            let b = self.expr(b, hint);
            let from_b = self.hint_beside(b.as_ref(), hint);
            return (self.expr(a, from_b.as_ref()), b);
        }
        let a = self.expr(a, hint);
        let from_a = self.hint_beside(a.as_ref(), hint);
        let b = self.expr(b, from_a.as_ref());
        (a, b)
    }

    /// What a literal is beside `expr`, in a place where `hint` is expected: of the same type, the
    /// hint says more, for it may come from an enumerated column.
    fn hint_beside(&self, expr: Option<&Expr>, hint: Option<&Hint>) -> Option<Hint> {
        match (expr, hint) {
            (Some(expr), Some(hint)) if expr.ty == hint.ty => Some(hint.clone()),
            (Some(expr), _) => Some(self.hint_of(expr)),
            (None, hint) => hint.cloned(),
        }
    }

    fn hint_of(&self, expr: &Expr) -> Hint {
        Hint { ty: expr.ty.clone(), vocabulary: vocabulary::of(expr, self.tables(), &self.locals) }
    }

    fn string(&mut self, span: &Span, text: &str, hint: Option<&Hint>) -> Option<Expr> {
        let string =
            |text: &str| Expr { span: span.clone(), ty: Type::String, kind: Kind::Literal(Value::String(text.into())) };
        match hint {
            Some(Hint { ty: Type::Row(table), .. }) => match self.tables().row_named(*table, text) {
                Some(row) => {
                    Some(Expr { span: span.clone(), ty: Type::Row(*table), kind: Kind::Literal(Value::Row(row)) })
                }
                None => {
                    let table = self.tables().table(*table);
                    let ids = table.rows.iter().map(|row| row.id.as_str());
                    let labels = table.rows.iter().flat_map(|row| [row.label.fr.as_str(), row.label.en.as_str()]);
                    let help = did_you_mean(text, ids.chain(labels));
                    self.unknown_value(span, &table.id, text, help);
                    None
                }
            },
            Some(Hint { ty: Type::String, vocabulary: Some(vocabulary) }) => {
                let values = vocabulary.values(self.tables());
                if values.contains(text) {
                    return Some(string(text));
                }
                let name = vocabulary.name(self.tables());
                let help = did_you_mean(text, values.iter().copied()).or_else(|| {
                    let list = values.iter().copied().take(8).collect::<Vec<_>>().join("`, `");
                    let more = if values.len() > 8 { ", …" } else { "" };
                    (!values.is_empty())
                        .then(|| text!("valeurs possibles : `{list}`{more}", "possible values: `{list}`{more}"))
                });
                self.unknown_value(span, name, text, help);
                None
            }
            _ => Some(string(text)),
        }
    }

    fn unknown_value(&mut self, span: &Span, what: &str, text: &str, help: Option<Text>) {
        let text = text.escape_debug();
        self.fault(
            Fault::new(
                UNKNOWN_VALUE,
                span.clone(),
                text!("`{text}` n'est pas une valeur de `{what}`", "unknown {what} `{text}`"),
                text!("valeur inconnue", "unknown value"),
            )
            .help(help),
        );
    }

    fn list(&mut self, span: Span, trees: &[Tree], hint: Option<&Hint>) -> Option<Expr> {
        let from_above = match hint {
            Some(Hint { ty: Type::List(item), vocabulary }) => {
                Some(Hint { ty: (**item).clone(), vocabulary: *vocabulary })
            }
            _ => None,
        };
        // The item that says most about its type is checked first and gives it to the others.
        let first = (0..trees.len()).min_by_key(|i| bareness(&trees[*i]));
        let Some(first) = first else {
            // Nothing says the type of an empty list that stands alone, and nothing can tell the difference.
            let item = from_above.map_or(Type::Int, |h| h.ty);
            return Some(Expr { span, ty: Type::List(Box::new(item)), kind: Kind::List(Vec::new()) });
        };
        let lead = self.expr(&trees[first], from_above.as_ref());
        let from_lead = self.hint_beside(lead.as_ref(), from_above.as_ref());
        let mut items = Vec::with_capacity(trees.len());
        for (i, tree) in trees.iter().enumerate() {
            items.push(if i == first { lead.clone() } else { self.expr(tree, from_lead.as_ref()) });
        }
        let items: Vec<Expr> = items.into_iter().collect::<Option<_>>()?;
        let ty = items[first].ty.clone();
        if let Some(other) = items.iter().find(|item| item.ty != ty) {
            let (a, b) = (self.type_text(&ty), self.type_text(&other.ty));
            let help = self.conversion_help(&ty, other).or_else(|| self.conversion_help(&other.ty, &items[first]));
            self.mismatch(
                &other.span,
                Text::new(
                    format!("les éléments d'une liste sont d'un seul type : {} et {} ici", a.fr, b.fr),
                    format!("items of a list have one type: {} and {} here", a.en, b.en),
                ),
                &b,
                help,
            );
            return None;
        }
        Some(Expr { span, ty: Type::List(Box::new(ty)), kind: Kind::List(items) })
    }

    fn membership(&mut self, span: Span, item: &Tree, list: &Tree) -> Option<Expr> {
        let (item, list) = if bareness(item) > bareness(list) {
            let list = self.expr(list, None);
            let hint = list.as_ref().map(|l| self.hint_of(l)).and_then(|hint| match hint.ty {
                Type::List(ty) => Some(Hint { ty: *ty, vocabulary: hint.vocabulary }),
                _ => None,
            });
            (self.expr(item, hint.as_ref()), list)
        } else {
            let item = self.expr(item, None);
            let hint = item.as_ref().map(|item| {
                let hint = self.hint_of(item);
                Hint { ty: Type::List(Box::new(hint.ty)), ..hint }
            });
            let list = self.expr(list, hint.as_ref());
            (item, list)
        };
        let (item, list) = (item?, list?);
        let Type::List(of) = &list.ty else {
            let found = self.type_text(&list.ty);
            let help = (list.ty == Type::String)
                .then(|| text!("pour un texte : `texte.contains(\"…\")`", "for a string: `text.contains(\"…\")`"));
            self.mismatch(
                &list.span,
                Text::new(
                    format!("`in` cherche dans une liste, pas dans {}", found.fr),
                    format!("`in` looks into a list, not {}", found.en),
                ),
                &found,
                help,
            );
            return None;
        };
        if **of != item.ty {
            let (a, b) = (self.type_text(&item.ty), self.type_text(of));
            let help = self.conversion_help(of, &item).or_else(|| self.conversion_help(&item.ty, &list));
            self.mismatch(
                &item.span,
                Text::new(
                    format!("une liste de {} ne contient pas de {}", b.fr, a.fr),
                    format!("a list of {} never holds {}", b.en, a.en),
                ),
                &a,
                help,
            );
            return None;
        }
        if !self.comparable(&item) {
            return None;
        }
        Some(Expr { span, ty: Type::Bool, kind: Kind::In(Box::new(item), Box::new(list)) })
    }

    fn binary_type(&mut self, span: &Span, op: BinaryOp, a: &Expr, b: &Expr) -> Option<Type> {
        use BinaryOp::{Add, Equal, Multiply, NotEqual, Remainder, Subtract};
        let sign = op.sign();
        if op.is_comparison() {
            if a.ty != b.ty {
                let (l, r) = (self.type_text(&a.ty), self.type_text(&b.ty));
                let help = self
                    .conversion_help(&a.ty, b)
                    .or_else(|| self.conversion_help(&b.ty, a))
                    .or_else(|| self.chain_help(a));
                self.mismatch(
                    span,
                    Text::new(
                        format!("`{sign}` compare {} et {}", l.fr, r.fr),
                        format!("`{sign}` compares {} and {}", l.en, r.en),
                    ),
                    &Text::new(format!("{}, {}", l.fr, r.fr), format!("{}, {}", l.en, r.en)),
                    help,
                );
                return None;
            }
            let fits = if matches!(op, Equal | NotEqual) { self.comparable(a) } else { self.ordered(sign, a) };
            return fits.then_some(Type::Bool);
        }
        let ty = match (&a.ty, &b.ty) {
            (Type::Int, Type::Int) => Some(Type::Int),
            (Type::Double, Type::Double) if op != Remainder => Some(Type::Double),
            (Type::String, Type::String) if op == Add => Some(Type::String),
            (Type::Date, Type::Int) if matches!(op, Add | Subtract) => Some(Type::Date),
            (Type::Int, Type::Date) if op == Add => Some(Type::Date),
            _ => None,
        };
        if ty.is_none() {
            let (l, r) = (self.type_text(&a.ty), self.type_text(&b.ty));
            let help = match (&a.ty, &b.ty) {
                (Type::Date, Type::Date) => Some(text!(
                    "on ajoute ou retire un nombre de jours à une date : `date + 30`",
                    "a number of days is added to or taken from a date: `date + 30`"
                )),
                (Type::List(_), Type::List(_)) => {
                    Some(text!("les listes ne se mettent pas bout à bout", "lists are not put end to end"))
                }
                (Type::Double, Type::Double) if op == Remainder => {
                    Some(text!("`%` est réservé aux entiers", "`%` is for integers"))
                }
                (Type::String, Type::String) if op == Multiply || op == Subtract => None,
                _ => self.conversion_help(&a.ty, b).or_else(|| self.conversion_help(&b.ty, a)),
            };
            self.mismatch(
                span,
                Text::new(
                    format!("`{sign}` ne s'applique pas à {} et {}", l.fr, r.fr),
                    format!("`{sign}` does not apply to {} and {}", l.en, r.en),
                ),
                &Text::new(format!("{}, {}", l.fr, r.fr), format!("{}, {}", l.en, r.en)),
                help,
            );
        }
        ty
    }

    /// What to write so that `other` has the type `wanted`.
    fn conversion_help(&self, wanted: &Type, other: &Expr) -> Option<Text> {
        let literal = match &other.kind {
            Kind::Literal(Value::String(text)) => Some(format!("\"{}\"", text.escape_debug())),
            _ => None,
        };
        match (wanted, &other.ty) {
            (Type::List(wanted), Type::List(_)) => match &other.kind {
                Kind::List(items) => items.first().and_then(|item| self.conversion_help(wanted, item)),
                _ => None,
            },
            (Type::Version, Type::String) => {
                let inner = literal.unwrap_or_else(|| "\"…\"".to_owned());
                Some(text!("écrire `version({inner})`", "write `version({inner})`"))
            }
            (Type::Date, Type::String) => {
                let inner = literal.unwrap_or_else(|| "\"AAAA-MM-JJ\"".to_owned());
                let en = inner.replace("AAAA-MM-JJ", "YYYY-MM-DD");
                Some(Text::new(format!("écrire `date({inner})`"), format!("write `date({en})`")))
            }
            (Type::Double, Type::Int) => Some(text!(
                "entiers et décimaux ne se mélangent pas : écrire les constantes avec un point (`3.0`)",
                "integers and decimals do not mix: write constants with a point (`3.0`)"
            )),
            (Type::Row(table), Type::String) => {
                let id = &self.tables().table(*table).id;
                Some(text!(
                    "une valeur de `{id}` se compare à un texte écrit dans la condition",
                    "a value of `{id}` is compared with a string written in the condition"
                ))
            }
            (Type::Identifier, Type::String) => Some(text!(
                "un identifiant se lit par `.scheme`, `.key_ok`, `.startsWith(…)`",
                "an identifier is read by `.scheme`, `.key_ok`, `.startsWith(…)`"
            )),
            (Type::Bool, Type::String) => {
                Some(text!("un booléen s'écrit `true` ou `false`", "a boolean is written `true` or `false`"))
            }
            _ => None,
        }
    }

    fn chain_help(&self, left: &Expr) -> Option<Text> {
        match &left.kind {
            Kind::Binary(op, ..) if op.is_comparison() => Some(text!(
                "les comparaisons ne s'enchaînent pas : écrire `a < b && b < c`",
                "comparisons do not chain: write `a < b && b < c`"
            )),
            _ => None,
        }
    }

    /// Whether `==` makes sense; a fault when not.
    fn comparable(&mut self, expr: &Expr) -> bool {
        let mut ty = &expr.ty;
        while let Type::List(item) = ty {
            ty = item;
        }
        if !matches!(ty, Type::Record(_)) {
            return true;
        }
        let found = self.type_text(&expr.ty);
        self.mismatch(
            &expr.span,
            Text::new(
                format!("{} ne se compare pas d'un bloc", found.fr),
                format!("{} is not compared as a whole", found.en),
            ),
            &found,
            Some(text!("comparer ses membres", "compare its members")),
        );
        false
    }

    fn ordered(&mut self, sign: &str, expr: &Expr) -> bool {
        let ordered = match &expr.ty {
            Type::Bool | Type::Int | Type::Double | Type::String | Type::Date | Type::Version => true,
            Type::Row(table) => self.tables().table(*table).ordered,
            Type::Identifier | Type::Record(_) | Type::List(_) => false,
        };
        if !ordered {
            let found = self.type_text(&expr.ty);
            self.mismatch(
                &expr.span,
                Text::new(
                    format!("`{sign}` demande un ordre, et {} n'en a pas", found.fr),
                    format!("`{sign}` needs an order, and {} has none", found.en),
                ),
                &found,
                matches!(expr.ty, Type::Row(_)).then(|| text!("écrire `==`, `!=` ou `in`", "write `==`, `!=` or `in`")),
            );
        }
        ordered
    }

    /// A bound variable's name must not be in use: it would hide something, or say it twice.
    pub(super) fn new_variable(&mut self, span: &Span, name: &str) -> bool {
        let taken = self.locals.iter().any(|l| l.name == name)
            || matches!(name, "today" | "previous")
            || self.names.fields.iter().any(|f| f.id == name)
            || self.names.parameters.iter().any(|p| p.id == name);
        if taken {
            self.fault(
                Fault::new(
                    HIDDEN_NAME,
                    span.clone(),
                    text!(
                        "la variable `{name}` porte un nom déjà pris",
                        "variable `{name}` bears a name already taken"
                    ),
                    text!("cache un autre `{name}`", "hides another `{name}`"),
                )
                .help(text!("choisir un autre nom", "choose another name")),
            );
        }
        !taken
    }
}

/// How much a tree needs its neighbour to know its type: 0 not at all; then integers (or doubles), strings, empty lists.
fn bareness(tree: &Tree) -> u8 {
    match &tree.form {
        Form::Int(_) => 1,
        Form::String(_) => 2,
        Form::List(items) => items.iter().map(bareness).min().unwrap_or(3),
        Form::If(_, a, b) => bareness(a).min(bareness(b)),
        _ => 0,
    }
}

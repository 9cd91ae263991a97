//! Random well-typed conditions, and random values for their variables.

use std::sync::Arc;
use vigie::value::{Datum, Type, Value};

/// Variables and their types.
pub const NAMES: [(&str, &str); 11] = [
    ("a", "bool"),
    ("b", "bool"),
    ("i", "int"),
    ("j", "int"),
    ("x", "double"),
    ("y", "double"),
    ("s", "string"),
    ("t", "string"),
    ("l", "list(int)"),
    ("m", "list(string)"),
    ("n", "list(list(int))"),
];

/// A deterministic source of choices (SplitMix64).
pub struct Choices {
    state: u64,
    variables: usize,
}

impl Choices {
    /// A source that always gives the same choices for a seed.
    pub fn new(seed: u64) -> Choices {
        Choices { state: seed, variables: 0 }
    }

    fn below(&mut self, n: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        usize::try_from(z % n as u64).unwrap_or(0)
    }

    fn pick(&mut self, texts: &[&str]) -> String {
        texts[self.below(texts.len())].to_owned()
    }

    fn variable(&mut self) -> String {
        self.variables += 1;
        format!("v{}", self.variables)
    }
}

/// What may be used where: the variables bound around, by type.
#[derive(Clone, Default)]
struct Scope {
    ints: Vec<String>,
    strings: Vec<String>,
    lists: Vec<String>,
}

/// A random condition, or a random expression of another simple type.
pub fn condition(choices: &mut Choices) -> String {
    choices.variables = 0;
    let scope = Scope::default();
    match choices.below(8) {
        0 => int(choices, 3, &scope),
        1 => double(choices, 3),
        2 => string(choices, 2, &scope),
        _ => boolean(choices, 4, &scope),
    }
}

fn relation(choices: &mut Choices) -> String {
    choices.pick(&["==", "!=", "<", "<=", ">", ">="])
}

fn boolean(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    if depth == 0 {
        return choices.pick(&["a", "b", "true", "false"]);
    }
    let d = depth - 1;
    match choices.below(16) {
        0 | 1 => format!("({} && {})", boolean(choices, d, scope), boolean(choices, d, scope)),
        2 | 3 => format!("({} || {})", boolean(choices, d, scope), boolean(choices, d, scope)),
        4 => format!("!{}", boolean(choices, d, scope)),
        5 => {
            format!(
                "({} ? {} : {})",
                boolean(choices, d, scope),
                boolean(choices, d, scope),
                boolean(choices, d, scope)
            )
        }
        6 | 7 => format!("({} {} {})", int(choices, d, scope), relation(choices), int(choices, d, scope)),
        8 => format!("({} {} {})", double(choices, d), relation(choices), double(choices, d)),
        9 => format!("({} {} {})", string(choices, d, scope), relation(choices), string(choices, d, scope)),
        10 => format!("({} in {})", int(choices, d, scope), ints(choices, d, scope)),
        11 => format!("({} in {})", string(choices, 0, scope), strings(choices, d, scope)),
        12 => {
            format!("({} {} {})", ints(choices, d, scope), choices.pick(&["==", "!="]), ints(choices, d, scope))
        }
        13 => {
            let test = choices.pick(&["startsWith", "endsWith", "contains"]);
            format!("{}.{test}({})", string(choices, 0, scope), string(choices, d, scope))
        }
        14 => {
            let pattern = choices.pick(&["^a", "b$", "a+b?", "[^a]", "\\\\d", "^$", "é", "(?i)A"]);
            format!("{}.matches('{pattern}')", string(choices, 0, scope))
        }
        _ => quantified(choices, d, scope),
    }
}

fn quantified(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    let quantifier = choices.pick(&["exists", "all"]);
    let variable = choices.variable();
    let mut inner = scope.clone();
    let list = match choices.below(3) {
        0 => {
            inner.strings.push(variable.clone());
            strings(choices, depth, scope)
        }
        1 => {
            inner.lists.push(variable.clone());
            "n".to_owned()
        }
        _ => {
            inner.ints.push(variable.clone());
            ints(choices, depth, scope)
        }
    };
    format!("{list}.{quantifier}({variable}, {})", boolean(choices, depth, &inner))
}

fn int(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    if depth == 0 {
        if !scope.ints.is_empty() && choices.below(2) == 0 {
            return scope.ints[choices.below(scope.ints.len())].clone();
        }
        let literals = ["i", "j", "0", "1", "-1", "7", "0x1F", "9223372036854775807", "-9223372036854775808"];
        return choices.pick(&literals);
    }
    let d = depth - 1;
    match choices.below(7) {
        0..3 => {
            let op = choices.pick(&["+", "-", "*", "/", "%"]);
            format!("({} {op} {})", int(choices, d, scope), int(choices, d, scope))
        }
        3 => format!("-({})", int(choices, d, scope)),
        4 => format!("size({})", ints(choices, d, scope)),
        5 => format!("size({})", string(choices, d, scope)),
        _ => format!("({} ? {} : {})", boolean(choices, d, scope), int(choices, d, scope), int(choices, d, scope)),
    }
}

fn double(choices: &mut Choices, depth: usize) -> String {
    if depth == 0 {
        return choices.pick(&["x", "y", "0.0", "-1.5", "1e308", ".5", "2.5e-3"]);
    }
    let op = choices.pick(&["+", "-", "*", "/"]);
    format!("({} {op} {})", double(choices, depth - 1), double(choices, depth - 1))
}

fn string(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    if depth == 0 {
        if !scope.strings.is_empty() && choices.below(2) == 0 {
            return scope.strings[choices.below(scope.strings.len())].clone();
        }
        return choices.pick(&["s", "t", "''", "'a'", "\"b\\n\"", "r'\\d'", "'\\u00e9'", "'\\x41\\101'"]);
    }
    let d = depth - 1;
    match choices.below(3) {
        0 => format!("({} + {})", string(choices, d, scope), string(choices, d, scope)),
        1 => {
            format!("({} ? {} : {})", boolean(choices, d, scope), string(choices, 0, scope), string(choices, d, scope))
        }
        _ => string(choices, 0, scope),
    }
}

fn ints(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    if !scope.lists.is_empty() && choices.below(2) == 0 {
        return scope.lists[choices.below(scope.lists.len())].clone();
    }
    match choices.below(4) {
        0 => "l".to_owned(),
        1 => "[1, 2, 7]".to_owned(),
        2 if depth > 0 => format!("[{}, {}]", int(choices, depth - 1, scope), int(choices, depth - 1, scope)),
        _ => "l".to_owned(),
    }
}

fn strings(choices: &mut Choices, depth: usize, scope: &Scope) -> String {
    match choices.below(3) {
        0 => "['a', 'b']".to_owned(),
        1 if depth > 0 => format!("[{}, {}]", string(choices, depth - 1, scope), string(choices, depth - 1, scope)),
        _ => "m".to_owned(),
    }
}

/// A random value of a type, among few.
pub fn given(choices: &mut Choices, ty: &Type) -> Value {
    match ty {
        Type::Int => Value::Int([0, 1, 2, 7, -1, i64::MAX, i64::MIN][choices.below(7)]),
        Type::Double => Value::Double([0.0, -0.0, 1.5, -3.0, f64::INFINITY, f64::NAN, 1e308][choices.below(7)]),
        Type::String => Value::String(choices.pick(&["", "a", "ab", "A", "é", "b\n", "7"]).into()),
        Type::List(item) => {
            let n = choices.below(4);
            let items: Arc<[Datum]> = (0..n).map(|_| Datum::Known(given(choices, item))).collect();
            Value::List(items)
        }
        _ => Value::Bool(choices.below(2) == 0),
    }
}

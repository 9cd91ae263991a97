//! Any bytes as a condition, and as a line of `rules eval --batch`: an answer or faults, in bounded time.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use vigie::diag::{Lang, Text};
use vigie::pack::condition::{Env, Names, compile, decide, eval, flips, json, parse_type, words};
use vigie::socle::{Column, Field, Row, Table, Tables};
use vigie::value::{Date, Datum, Type, Value};

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let levels = Table {
        id: "palier".to_owned(),
        title: Text::same("palier"),
        ordered: true,
        columns: vec![Column {
            name: "extended.until".to_owned(),
            label: Text::same("until"),
            ty: Type::String,
            enumerated: true,
        }],
        rows: ["A", "B"].map(row).into(),
    };
    Tables::new(vec![levels], Vec::new())
});

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    [
        ("b", "bool"),
        ("i", "int"),
        ("x", "double"),
        ("s", "string"),
        ("d", "date"),
        ("v", "version"),
        ("id", "identifier"),
        ("p", "palier"),
        ("l", "list(int)"),
        ("n", "list(list(palier))"),
    ]
    .into_iter()
    .map(|(id, ty)| Field {
        id: id.to_owned(),
        kinds: Vec::new(),
        ty: parse_type(ty, &TABLES).unwrap_or(Type::Bool),
        label: Text::same(id),
        headers: Vec::new(),
        parts: Vec::new(),
        role: None,
        wide: false,
    })
    .collect()
});

fn row(id: &str) -> Row {
    let cell = Datum::Known(Value::String(id.into()));
    Row { id: id.to_owned(), label: Text::same(id), cells: vec![cell] }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (Some(today), Some(to)) = (Date::new(2026, 6, 30), Date::new(2027, 6, 30)) else { return };
    let _ = json::eval_line(text, &TABLES, today, Lang::Fr);
    let names = Names { tables: &TABLES, fields: &FIELDS, parameters: &[], kind: None, previous: true };
    match compile(text, &names) {
        Err(faults) => {
            assert!(!faults.is_empty());
            for fault in faults {
                assert!(text.get(fault.span).is_some());
            }
        }
        Ok(expr) => {
            let list: Datum = Datum::Known(Value::List((0..30).map(|n| Datum::Known(Value::Int(n))).collect()));
            let mut record = vec![Datum::Unknown(vigie::value::Missing::Blank); FIELDS.len()];
            record[8] = list;
            let env = Env { tables: &TABLES, parameters: &[], fields: &record, previous: &record, today };
            let answer = eval(&expr, &env);
            let settled = answer.known().is_some_and(|value| *value != Value::Bool(false));
            assert_eq!(decide(&expr, &env).is_empty(), settled);
            let _ = flips(&expr, &env, today, to);
            assert!(!words(&expr, &names).en.is_empty());
        }
    }
});

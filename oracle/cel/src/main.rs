//! Random conditions on random values, given to vigie and to the `cel` crate: where both answer, they agree.
//!
//! `cel` knows no unknown value: every variable is given. An overflow or a division by zero is an
//! error there and unknown here. Two differences are accepted and counted, both where `cel` has no
//! answer: an error inside a list literal spoils the whole list for it, and one item for vigie; the
//! order of a NaN is an error for it, and false for vigie as in CEL's conformance suite.

mod generate;

use generate::{Choices, NAMES, condition, given};
use std::process::ExitCode;
use vigie::diag::Text;
use vigie::pack::condition::{Env, Names, compile, eval, json::missing_code};
use vigie::socle::{Field, Tables};
use vigie::value::{Date, Datum, Value};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let cases = arguments.next().and_then(Result::ok).unwrap_or(200_000);
    let seed = arguments.next().and_then(Result::ok).unwrap_or(1);
    let tables = Tables::default();
    let fields: Vec<Field> = NAMES.iter().map(|(name, ty)| field(name, ty, &tables)).collect();
    let names = Names { tables: &tables, fields: &fields, parameters: &[], kind: None, previous: false };
    let Some(today) = Date::new(2026, 6, 30) else { return ExitCode::FAILURE };
    let mut choices = Choices::new(seed);
    let (mut agreed, mut undefined, mut spoilt, mut nan, mut costly, mut refused, mut differ) =
        (0u64, 0u64, 0u64, 0u64, 0u64, 0u64, 0u64);
    for _ in 0..cases {
        let text = condition(&mut choices);
        let expr = match compile(&text, &names) {
            Ok(expr) => expr,
            // Loops inside loops inside loops: `cel` has no such limit.
            Err(faults) if faults.iter().all(|fault| fault.code == "condition/limit") => {
                costly += 1;
                continue;
            }
            Err(faults) => {
                refused += 1;
                println!("vigie refuses: {text}: {faults:?}");
                continue;
            }
        };
        let record: Vec<Datum> = fields.iter().map(|field| Datum::Known(given(&mut choices, &field.ty))).collect();
        let env = Env { tables: &tables, parameters: &[], fields: &record, previous: &[], today };
        let ours = match eval(&expr, &env) {
            Datum::Known(value) => Ok(value),
            Datum::OneOf(_) => Err("undecided"),
            Datum::Unknown(missing) => Err(missing_code(missing)),
        };
        let theirs = oracle(&text, &record);
        match (&ours, &theirs) {
            (Ok(a), Ok(b)) if same(a, b) => agreed += 1,
            (Err(_), Err(_)) => undefined += 1,
            // The list literal spoilt by one of its items.
            (Ok(_), Err(error)) if text.contains('[') && arithmetic(error) => spoilt += 1,
            // The order of a NaN, alone or beside an error that `false &&` hides from vigie.
            (Ok(_), Err(error)) if order_of_doubles(error) || (doubles(&text) && arithmetic(error)) => nan += 1,
            _ => {
                differ += 1;
                println!("{text}\n    on {record:?}\n    vigie {ours:?}\n    cel   {theirs:?}");
            }
        }
        if differ + refused > 20 {
            break;
        }
    }
    println!(
        "{cases} cases, seed {seed}: {agreed} agree, {undefined} undefined in both, {spoilt} spoilt list literals, \
         {nan} orders of NaN, {costly} too costly, {refused} refused, {differ} differ"
    );
    if differ + refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn field(name: &str, ty: &str, tables: &Tables) -> Field {
    Field {
        id: name.to_owned(),
        kinds: Vec::new(),
        ty: vigie::pack::condition::parse_type(ty, tables).unwrap_or(vigie::value::Type::Bool),
        label: Text::same(name),
        headers: Vec::new(),
        parts: Vec::new(),
        role: None,
        wide: false,
    }
}

fn arithmetic(error: &str) -> bool {
    error.contains("verflow") || error.contains("by zero") || error.contains("ByZero") || error.contains("modulus")
}

fn order_of_doubles(error: &str) -> bool {
    error.contains("NoSuchOverload") && error.contains("[\"double\", \"double\"]")
}

fn doubles(text: &str) -> bool {
    ["x", "y", "0.0", "1.5", "1e308", ".5", "2.5e-3"].iter().any(|word| text.contains(word))
}

fn oracle(text: &str, record: &[Datum]) -> Result<cel::Value, String> {
    let program = cel::Program::compile(text).map_err(|error| format!("does not compile: {error}"))?;
    let mut context = cel::Context::default();
    for ((name, _), datum) in NAMES.iter().zip(record) {
        if let Datum::Known(value) = datum {
            context.add_variable_from_value(*name, theirs(value));
        }
    }
    program.execute(&context).map_err(|error| format!("{error:?}"))
}

fn theirs(value: &Value) -> cel::Value {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::String(text) => text.to_string().into(),
        Value::List(items) => {
            items.iter().filter_map(|item| item.known().map(theirs)).collect::<Vec<cel::Value>>().into()
        }
        _ => cel::Value::Null,
    }
}

fn same(ours: &Value, theirs: &cel::Value) -> bool {
    match (ours, theirs) {
        (Value::Bool(a), cel::Value::Bool(b)) => a == b,
        (Value::Int(a), cel::Value::Int(b)) => a == b,
        (Value::Double(a), cel::Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (Value::String(a), cel::Value::String(b)) => **a == ***b,
        _ => false,
    }
}

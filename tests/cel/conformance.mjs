// Runs the public CEL conformance suite through `vigie rules eval --batch`.
//
//   npm install --prefix DIR @bufbuild/cel-spec
//   node tests/cel/conformance.mjs convert DIR/node_modules/@bufbuild/cel-spec OUT
//   vigie rules eval --batch OUT/cases.ndjson > OUT/answers.ndjson
//   node tests/cel/conformance.mjs compare OUT [OUT/answers.ndjson]
//
// A case fits when it uses only the types and operators of the condition language: bool, int, double,
// string and lists of these; literals, operators, `exists`, `all`, `size` and the tests on strings.
// This is decided on the suite's own syntax tree and types, never on what vigie answers. Each other
// case is counted under the first thing in it that conditions do not have. Where CEL's own checker
// rejects a case that otherwise fits, vigie must reject it too.

import { createRequire } from "node:module";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const FUNCTIONS = new Set([
  "_&&_", "_||_", "!_", "-_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_?_:_", "_+_", "_-_", "_*_", "_/_",
  "_%_", "size", "startsWith", "endsWith", "contains", "matches", "__comprehension__", "@not_strictly_false",
]);

const PRIMITIVES = { BOOL: "bool", INT64: "int", DOUBLE: "double", STRING: "string" };

function typeText(type) {
  if (type?.primitive in PRIMITIVES) return PRIMITIVES[type.primitive];
  const item = type?.listType?.elemType && typeText(type.listType.elemType);
  return item ? `list(${item})` : undefined;
}

function plain(value) {
  if (!value) return undefined;
  if ("int64Value" in value) return { value: Number(value.int64Value), digits: String(value.int64Value) };
  if ("boolValue" in value) return { value: value.boolValue };
  if ("stringValue" in value) return { value: value.stringValue };
  if ("doubleValue" in value) {
    const double = value.doubleValue;
    return { value: typeof double === "number" && !Number.isFinite(double) ? String(double) : double };
  }
  if ("listValue" in value) {
    const items = (value.listValue.values ?? []).map(plain);
    return items.includes(undefined) ? undefined : { value: items.map((item) => item.value) };
  }
  return undefined;
}

// What the suite's tree says of a case: the first thing that conditions do not have, or nothing.
function misfit(test, suite) {
  const { original } = test;
  const tree = (test.ast ?? "").replace(/"(\\.|[^"\\])*"/g, '""');
  const checked = (test.checkedAst ?? "").replace(/"(\\.|[^"\\])*"/g, '""');
  if (/_ext$|^optionals$|^macros2$/.test(suite)) return `an extension of CEL (${suite})`;
  if (/Constant_BytesValue/.test(tree)) return "bytes";
  if (/Constant_Uint64Value/.test(tree)) return "unsigned integers";
  if (/Constant_NullValue/.test(tree)) return "null";
  if (/Expr_StructExpr/.test(tree) || (!test.ast && /[{`]/.test(original.expr))) return "maps and messages";
  if (/_\[_\]\(/.test(tree)) return "index";
  if (/\.(exists_one|existsOne|map|filter)\(|\bhas\(/.test(original.expr)) return "map, filter, exists_one, has";
  for (const [, path] of tree.matchAll(/([^\s(),]+)\(/g)) {
    const name = path.startsWith("_") || path.startsWith("!") || path.startsWith("-") ? path : path.split(".").pop();
    if (!FUNCTIONS.has(name)) {
      return /^(int|uint|double|string|bool|bytes|dyn|type|timestamp|duration)$/.test(name)
        ? "conversions, dyn, type, timestamps, durations"
        : `function ${name}`;
    }
  }
  if (/Expr_SelectExpr|~test-only~/.test(tree)) return "fields of messages, qualified names";
  if (/add_list/.test(checked)) return "list concatenation";
  if (/list\(dyn\)|list\(wrapper|list\(null/.test(checked.replace(/\[\]~list\(dyn\)/g, "[]"))) return "lists of several types";
  for (const declared of original.typeEnv ?? []) {
    if (!declared.ident) return "functions of the caller";
    if (!/^[_a-zA-Z]\w*$/.test(declared.name)) return "fields of messages, qualified names";
    if (!typeText(declared.ident.type)) return "variables of other types";
  }
  for (const bound of Object.values(original.bindings ?? {})) {
    if (!plain(bound.value)) return "variables of other types";
  }
  if (test.type && !/^(list\()*(bool|int|double|string|dyn)\)*$/.test(test.type)) return "results of other types";
  return undefined;
}

function convert(pkg, out) {
  const require = createRequire(import.meta.url);
  const { tests } = require(join(resolve(pkg), "dist/cjs/testdata/conformance.js"));
  const cases = [], expected = [], misfits = new Map();
  let total = 0;
  const visit = (suite, path) => {
    for (const test of suite.tests ?? []) {
      total += 1;
      const id = [...path, test.original.name].join("/");
      const why = misfit(test, path[0]);
      if (why) {
        misfits.set(why, (misfits.get(why) ?? 0) + 1);
        continue;
      }
      const { original } = test;
      const types = {}, given = [];
      for (const declared of original.typeEnv ?? []) types[declared.name] = typeText(declared.ident.type);
      for (const [name, bound] of Object.entries(original.bindings ?? {})) {
        const value = plain(bound.value);
        given.push(`${JSON.stringify(name)}:${value.digits ?? JSON.stringify(value.value)}`);
      }
      let expect;
      const unchecked = plain(original.value);
      if (test.error) {
        expect = unchecked ? { rejected: true, value: unchecked.digits ?? unchecked.value, integer: "digits" in unchecked } : { rejected: true };
      }
      else if (original.evalError) expect = { unknown: true };
      else if (original.checkOnly) expect = { accepted: true };
      else {
        const value = plain(original.value ?? original.typedResult?.result) ?? { value: true };
        expect = { value: value.digits ?? value.value, integer: "digits" in value };
      }
      const head = JSON.stringify({ id, expr: original.expr, types });
      cases.push(`${head.slice(0, -1)},"given":{${given.join(",")}}}`);
      expected.push(JSON.stringify({ id, expr: original.expr, expect }));
    }
    for (const inner of suite.suites ?? []) visit(inner, [...path, inner.name]);
  };
  visit(tests, []);
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "cases.ndjson"), cases.join("\n") + "\n");
  writeFileSync(join(out, "expected.ndjson"), expected.join("\n") + "\n");
  const reasons = [...misfits].sort((a, b) => b[1] - a[1]);
  writeFileSync(join(out, "misfits.txt"), reasons.map(([why, n]) => `${n}\t${why}\n`).join(""));
  console.log(`${total} cases: ${cases.length} fit, ${total - cases.length} do not:`);
  for (const [why, n] of reasons) console.log(`${String(n).padStart(6)}  ${why}`);
}

// Doubles and lists by value, integers by their digits (JavaScript would round them).
function same(expect, line, answer) {
  if (expect.integer) return new RegExp(`"value":${expect.value}[,}]`).test(line);
  return JSON.stringify(answer.value) === JSON.stringify(expect.value);
}

function compare(out, answersPath = join(out, "answers.ndjson")) {
  const lines = (path) => readFileSync(path, "utf8").split("\n").filter(Boolean);
  const answers = new Map(lines(answersPath).map((line) => [JSON.parse(line).id, line]));
  const counts = { value: [0, 0], unknown: [0, 0], accepted: [0, 0], rejected: [0, 0] };
  for (const line of lines(join(out, "expected.ndjson"))) {
    const { id, expr, expect } = JSON.parse(line);
    const found = answers.get(id) ?? "{}";
    const answer = JSON.parse(found);
    const kind = expect.rejected ? "rejected" : expect.unknown ? "unknown" : expect.accepted ? "accepted" : "value";
    const ok = {
      value: () => "value" in answer && same(expect, found, answer),
      unknown: () => "unknown" in answer,
      accepted: () => !("error" in answer) && "id" in answer,
      rejected: () => "error" in answer || ("value" in expect && "value" in answer && same(expect, found, answer)),
    }[kind]();
    counts[kind][ok ? 0 : 1] += 1;
    if (!ok) console.log(`differs: ${id}: ${expr}\n    expected ${JSON.stringify(expect)}\n    answered ${found}`);
  }
  const names = {
    value: "a value",
    unknown: "an error of evaluation (unknown here)",
    accepted: "a type (accepted)",
    rejected: "rejected by CEL's own checker (or the value without checker)",
  };
  let failed = 0, total = 0;
  for (const [kind, [passed, differs]] of Object.entries(counts)) {
    console.log(`${passed} of ${passed + differs}: ${names[kind]}`);
    failed += differs;
    total += passed + differs;
  }
  console.log(`${total - failed} of ${total} agree`);
  process.exit(failed ? 1 : 0);
}

const [command, ...rest] = process.argv.slice(2);
if (command === "convert" && rest.length === 2) convert(...rest);
else if (command === "compare" && rest.length >= 1) compare(...rest);
else {
  console.error("usage: conformance.mjs convert PACKAGE OUT | compare OUT [ANSWERS]");
  process.exit(2);
}

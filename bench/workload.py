#!/usr/bin/env python3
"""The benchmark's workload: a synthetic inventory, and packs of 5, 20, 100 or 500 rules over it.

    workload.py inventory ROWS FILE [--french]   a synthetic inventory of ROWS workstations (no real person or product)
    workload.py rules N DIR                      DIR/socle and DIR/charge: N rules, for `vigie --rules DIR`

The inventory is a plain CSV; --french writes `;`, CRLF and Windows-1252. The same arguments give the same bytes.
The rules are 20 questions (levels, services by profession, systems, readers, components, a catalogue of 40 products, a
date, an identifier) and variants of them with other thresholds. Five of the first twenty block, the others inform.
"""
import random
import sys
from datetime import date, timedelta
from pathlib import Path

PROFESSIONS = ["infirmier", "kinésithérapeute", "médecin spécialiste", "médecin généraliste", "chirurgien-dentiste",
               "pharmacie", "orthophoniste", "opticien", "taxi", "pédicure-podologue", "fournisseur LPP", "sage-femme",
               "transporteur sanitaire", "audioprothésiste", "laboratoire", "orthoptiste", "centre de santé"]
SHARES = [92, 76, 62, 52, 36, 21, 20, 12, 9, 8, 8, 6, 5.5, 4.5, 3.5, 3, 2.5]
LEVELS = ["1.31", "1.40+Add1", "Add2bis", "Add3", "Add4", "Add6", "Add6 PC/SC", "Add7"]
READERS = ["2.00", "3.00", "3.30", "4.00", "PC/SC transparent"]
BROWSERS = {"Firefox": 52, "Chrome": 60, "Edge": 15, "Safari": 11, "IE": 11}
PRODUCTS = {f"Logiciel-{i:02}": (2 + i % 7, (i * 3) % 10, (i * 7) % 10) for i in range(1, 41)}
AUXILIARIES = ["infirmier", "kinésithérapeute", "orthophoniste", "orthoptiste", "pédicure-podologue"]
PHYSICIANS = ["médecin généraliste", "médecin spécialiste", "centre de santé"]
WITHOUT_RIGHTS = ["taxi", "transporteur sanitaire", "opticien", "fournisseur LPP", "audioprothésiste"]
BLOCKING = ["r02", "r04", "r12", "r14", "r16"]
COLUMNS = ["ps_id", "profession", "departement", "editeur", "logiciel", "version", "palier", "scor", "os", "os_version",
           "lecteur_modele", "lecteur_version", "navigateur", "cryptolib", "adri", "hri", "dmti", "aati", "imti",
           "aldi", "dmp", "idb_clc", "date_inventaire"]
SYSTEMS = [("Windows 7", "6.1.7601", 26), ("Windows XP", "5.1.2600", 2), ("Windows 8.1", "6.3.9600", 8),
           ("Windows 10 1803", "10.0.17134", 20), ("Windows 10 22H2", "10.0.19045", 16),
           ("Windows 11 23H2", "10.0.22631", 6), ("macOS 10.11", "10.11.6", 3), ("macOS 10.12", "10.12.6", 3),
           ("macOS 10.13", "10.13.6", 6), ("macOS 12", "12.7.1", 3), ("macOS 14", "14.2.1", 3),
           ("Linux Debian 9", "4.9.0", 2), ("Linux Ubuntu 22.04", "5.15.0", 2)]


def luhn(digits):
    """The digits followed by their check key."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


def inventory(rows, path, french):
    rng = random.Random(20180630)
    separator, encoding, end = (";", "cp1252", "\r\n") if french else (",", "utf-8", "\n")
    editors = [f"Éditeur {i:02}" for i in range(1, 24)] + ['"Martin%s Durand"' % separator, '"Soft ""Santé"""']
    names = list(PRODUCTS)
    with open(path, "w", encoding=encoding, newline="") as out:
        out.write(separator.join(COLUMNS) + end)
        done, person = 0, 0
        while done < rows:
            person += 1
            identifier = luhn("9%09d" % (person * 7919 % 10**9))
            profession = rng.choices(PROFESSIONS, SHARES)[0]
            department = f"{rng.randrange(1, 96):02}"
            for _ in range(min(rng.choice([1, 2, 3, 4]), rows - done)):
                done += 1
                product = rng.randrange(40)
                system, build, _ = rng.choices(SYSTEMS, [s[2] for s in SYSTEMS])[0]
                browser = rng.choice(list(BROWSERS))
                yes = lambda share: rng.choices(["oui", "non", ""], [share * .94, .94 - share * .94, .06])[0]
                row = [identifier, profession, department, editors[product % 25], names[product],
                       f"{rng.randrange(1, 13)}.{rng.randrange(10)}.{rng.randrange(10)}",
                       rng.choices(LEVELS, [.2, .5, .1, 24.3, 4.3, 32.2, 4.3, 34.1])[0],
                       rng.choices(["", "aucun", "2.00", "2.11"], [6, 20, 24, 50])[0], system, build,
                       rng.choice(["PRIUM-3S", "PRIUM-4", "ACR-39U"]), rng.choices(READERS + [""], [3, 8, 35, 40, 10, 4])[0],
                       f"{browser} {BROWSERS[browser] + rng.randrange(-6, 12)}",
                       rng.choices(["4.9.1", "4.10", "5.0", "5.0.4", "5.1.2", "5.2", ""], [5, 6, 14, 20, 35, 16, 4])[0],
                       *[yes(s) for s in (.62, .25, .55, .48, .4, .3, .35, .2)],
                       str(date(2017, 6, 1) + timedelta(days=rng.randrange(426)))]
                if rng.random() < .02:
                    spoiled = rng.choice([0, 1, 5, 6, 8, 9, 13, 22])
                    row[spoiled] = rng.choice(["", "?", "inconnu"])
                out.write(separator.join(row) + end)


def base_rules():
    """Name, condition as a function of the variant, professions, and values for the examples: pass, fail."""
    quoted = lambda items: "[" + ", ".join(f'"{item}"' for item in items) + "]"
    os = lambda win, mac: (f'os.famille == "Linux" || (os.famille == "Windows" ? os_version >= version("{win}") '
                           f': os_version >= version("{mac}"))')
    def level(start):
        return lambda k: (f"palier in {quoted(LEVELS[(start + k) % 8:])}", {"palier": "Add7"},
                          {"palier": "aucun"})
    def service(name):
        return lambda k: (name, {name: "oui"}, {name: "non"})
    def system(win, mac, extra):
        def rule(k):
            w, m = (win, mac) if k == 0 else (f"10.0.{9000 + 700 * k + extra}", f"{10 + k % 4}.{k}")
            return os(w, m), {"os": "Linux"}, {"os": "Windows", "os_version": "5.1"}
        return rule
    def reader(first, shift):
        def rule(k):
            ok = READERS[first:] if k == 0 else [r for i, r in enumerate(READERS) if (k + shift) >> i & 1]
            bad = [r for r in READERS if r not in ok]
            return f"lecteur_version in {quoted(ok)}", {"lecteur_version": ok[0]}, {"lecteur_version": bad[0]}
        return rule
    def browser(k):
        tests = " : ".join(f'navigateur.famille == "{f}" ? navigateur.version >= version("{m + k}")' for f, m in list(BROWSERS.items())[:-1])
        last = BROWSERS["IE"] + k
        return f'{tests} : navigateur.version >= version("{last}")', {"navigateur": "Chrome 200"}, {"navigateur": "IE 3"}
    def catalogue(k):
        column = "minimum" if k == 0 else f"minimum_{k}"
        return f"version >= logiciel.{column}", {"logiciel": "Logiciel-07", "version": "99999"}, {"logiciel": "Logiciel-07", "version": "0"}
    def window(k):
        first = date(2018, 1, 1) - timedelta(days=k)
        return (f'date_inventaire >= date("{first}") && date_inventaire <= date("2018-06-30")',
                {"date_inventaire": "2018-03-01"}, {"date_inventaire": "2017-06-01"})
    def identifier(k):
        bad = f' && !ps_id.endsWith("{k % 10}")' if k else ""
        ends = {luhn(f"10000000{i:02}")[-1]: luhn(f"10000000{i:02}") for i in range(60)}
        good = next(v for end, v in sorted(ends.items()) if k == 0 or end != str(k % 10))
        return f'ps_id.scheme == "rpps" && ps_id.key_ok{bad}', {"ps_id": good}, {"ps_id": "1"}
    scor = lambda k: (f'scor.version >= version("2.{11 + k}")', {"scor": "3.0"}, {"scor": "aucun"})
    crypto = lambda k: (f'cryptolib >= version("5.{k}")', {"cryptolib": "6.0"}, {"cryptolib": "4.0"})
    rights = [p for p in PROFESSIONS if p not in WITHOUT_RIGHTS]
    return [(level(5), None), (level(6), None), (scor, ["pharmacie", "laboratoire"] + AUXILIARIES),
            (service("adri"), rights), (service("hri"), PHYSICIANS), (service("dmti"), PHYSICIANS),
            (service("aati"), PHYSICIANS + ["chirurgien-dentiste", "sage-femme"]),
            (service("imti"), PHYSICIANS + ["kinésithérapeute"]), (service("aldi"), PHYSICIANS[:2]),
            (service("dmp"), PHYSICIANS + ["pharmacie", "infirmier"]),
            (service("idb_clc"), PHYSICIANS + ["pharmacie", "laboratoire", "chirurgien-dentiste"] + AUXILIARIES),
            (system("6.1", "10.12", 1), None), (system("10.0.19045", "12", 0), None),
            (reader(2, 5), None), (reader(3, 0), None), (crypto, None), (browser, None), (catalogue, None),
            (window, None), (identifier, None)]


def toml(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rules(count, folder):
    folder = Path(folder)
    (folder / "socle").mkdir(parents=True, exist_ok=True)
    (folder / "charge").mkdir(parents=True, exist_ok=True)
    label = lambda text: f"{{ fr = {toml(text)}, en = {toml(text)} }}"
    variants = (count + 19) // 20
    socle(folder / "socle", variants, label)
    source = 'source = { text = "charge de mesure", confidence = "H" }'
    (folder / "charge" / "pack.toml").write_text(
        f'id = "charge"\ntitle = {label("Charge de mesure")}\nkind = "installation"\nversion = "1.0.0"\nsocle = "^1"\n'
        f'engine = "*"\nsince = 2018-01-01\nreviewed = 2018-06-30\ntexts = [{{ title = "charge de mesure" }}]\n', encoding="utf-8")
    written = 0
    for k in range(variants):
        for number, (make, professions) in enumerate(base_rules(), 1):
            base = f"r{number:02}"
            name = base if k == 0 else f"{base}v{k}"
            if written == count or (count == 5 and base not in BLOCKING):
                continue
            written += 1
            condition, good, bad = make(k)
            if professions:
                professions = [PROFESSIONS[(PROFESSIONS.index(p) + k) % 17] for p in professions]
                good, bad = ({"profession": professions[0], **given} for given in (good, bad))
            level = "blocking" if name in BLOCKING else "info"
            lines = [f"title = {label(name)}", 'domain = "charge"', f'level = "{level}"']
            if professions:
                lines.append("scope = '''profession in [%s]'''" % ", ".join(f'"{p}"' for p in professions))
            lines += [source, "", "[[require]]", f"that = '''{condition}'''", f"why = {label('seuil')}", f"remedy = {label('changer')}"]
            examples = [(good, "pass"), (bad, "fail"), ({}, "unknown")]
            if professions:
                examples.append(({"profession": next(p for p in PROFESSIONS if p not in professions)}, "not_applicable"))
            for given, expect in examples:
                record = ", ".join(f"{key} = {toml(value)}" for key, value in given.items())
                lines += ["", "[[example]]", "as_of = 2018-06-30", f"given = {{ {record} }}", f'expect = "{expect}"']
            (folder / "charge" / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def socle(folder, variants, label):
    source = 'source = { text = "charge de mesure", confidence = "H" }'
    version = "'^[0-9]{1,6}([.][0-9]{1,6}){0,2}$'"
    fields = {name: "string" for name in COLUMNS}
    fields.update(dict.fromkeys(["adri", "hri", "dmti", "aati", "imti", "aldi", "dmp", "idb_clc"], "bool"))
    fields.update(ps_id="identifier", profession="profession", scor="service", os="os", version="version",
                  os_version="version", cryptolib="version", lecteur_version="niveau", navigateur="navigateur",
                  logiciel="logiciel", date_inventaire="date")
    patterns = dict.fromkeys(["version", "os_version", "cryptolib"], version)
    patterns.update(scor="'^(aucun|[0-9]{1,6}([.][0-9]{1,6}){0,2})$'", date_inventaire="'^[0-9]{4}-[0-9]{2}-[0-9]{2}$'",
                    palier="'^(aucun|" + "|".join(l.replace(".", "[.]").replace("+", "[+]") for l in LEVELS) + ")$'")
    text = ""
    for name, kind in fields.items():
        text += f'[[field]]\nid = "{name}"\nkinds = ["installation"]\ntype = "{kind}"\nlabel = {label(name)}\n'
        text += f"pattern = {patterns[name]}\n" if name in patterns else ""
        text += 'role = "identifier"\nschemes = ["rpps"]\n' if name == "ps_id" else ""
        text += 'role = "date"\n' if name == "date_inventaire" else ""
    text += f'[[record]]\nid = "navigateur"\nlabel = {label("navigateur")}\n'
    for member, kind, extra in [("famille", "famille", ""), ("version", "version", "pattern = '^[A-Za-z]+ ([0-9]+)$'\n")]:
        text += f'[[record.member]]\nname = "{member}"\ntype = "{kind}"\n{extra}label = {label(member)}\n'
    write = lambda name, body: (folder / f"{name}.toml").write_text(body, encoding="utf-8")
    write("fields", text)
    write("socle", f'version = "1.0.0"\ntitle = {label("Charge de mesure")}\n')
    write("mots", 'oui = ["oui"]\nnon = ["non", "aucun"]\nmarque = ["x"]\ninconnu = ["inconnu", "?"]\n')
    write("prive", "")
    write("parametres", "")
    write("identifiers", f'[[scheme]]\nid = "rpps"\nlabel = {label("RPPS")}\nmasks = ["###########"]\nkey = "luhn"\n{source}\n')
    def table(name, rows, head="", columns=""):
        body = f'id = "{name}"\ntitle = {label(name)}\nordered = false\n{source}\n{head}{columns}'
        for row, extra in rows:
            body += f'[[row]]\nid = "{row}"\nlabel = {label(row)}\n{extra}'
        write(name, body)
    table("profession", [(p, "") for p in PROFESSIONS])
    table("niveau", [(r, "") for r in READERS])
    identity = lambda name: f'[[column]]\nname = "{name}"\ntype = "enum"\nidentity = true\nlabel = {label(name)}\n'
    table("os", [(f, f'famille = "{f}"\n') for f in ("Windows", "macOS", "Linux")], columns=identity("famille")
          + "[[pattern]]\nmatch = '(?i)^(?P<famille>Windows|macOS|Linux)( |$)'\n")
    table("famille", [(f, f'nom = "{f}"\n') for f in BROWSERS], columns=identity("nom")
          + "[[pattern]]\nmatch = '(?i)^(?P<nom>Firefox|Chrome|Edge|Safari|IE)( |$)'\n")
    names = ["minimum"] + [f"minimum_{k}" for k in range(1, variants)]
    columns = "".join(f'[[column]]\nname = "{name}"\ntype = "version"\nlabel = {label(name)}\n' for name in names)
    rows = []
    for product, (major, minor, patch) in PRODUCTS.items():
        # The third number has six digits: what goes beyond is carried to the second.
        minima = [divmod(minor * 10**6 + patch + k * 10**5, 10**6) for k in range(variants)]
        rows.append((product, "".join(f'{name} = "{major}.{m}.{p}"\n' for name, (m, p) in zip(names, minima))))
    table("logiciel", rows, columns=columns)


if __name__ == "__main__":
    arguments = [a for a in sys.argv[1:] if a != "--french"]
    if len(arguments) == 3 and arguments[0] == "inventory":
        inventory(int(arguments[1]), arguments[2], "--french" in sys.argv)
    elif len(arguments) == 3 and arguments[0] == "rules":
        rules(int(arguments[1]), arguments[2])
    else:
        sys.exit(__doc__)

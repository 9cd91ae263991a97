//! The options that raise the bounds of readers: what is larger is refused, since it is rarely an inventory and may be
//! made to exhaust the memory.

use super::collect;
use super::command::Words;
use super::failure::Failure;
use crate::diag::Diagnostic;
use crate::inventory::Options;
use crate::text;
use clap::{ArgMatches, Command};

/// What was said of the bounds.
#[derive(Clone, Debug, Default)]
pub struct Bounds {
    bytes: Option<u64>,
    unpacked: Option<u64>,
    text: Option<u64>,
    ratio: Option<u64>,
    files: Option<u64>,
    records: Option<u64>,
    depth: Option<u64>,
    software: Option<u64>,
    devices: Option<u64>,
    machines: Option<u64>,
    columns: Option<u64>,
    cells: Option<u64>,
    sheets: Option<u64>,
    record: Option<u64>,
}

/// Adds the options.
pub(super) fn options(command: Command, w: Words) -> Command {
    let heading = format!("{}{}", w.pick("Bornes des lecteurs", "Bounds of the readers"), w.pick("\u{a0}", ""));
    let size = ("TAILLE", "SIZE");
    let number = ("N", "N");
    [
        (
            "max-input",
            size,
            "Taille d'un fichier compressé ou lu d'un seul tenant (JSON, classeur, inventaire de machine) : 256MB",
            "Size of a file that is compressed or read whole (JSON, workbook, inventory of a machine): 256MB",
        ),
        ("max-unpacked", size, "Taille d'un fichier décompressé : 16GB", "Size of a file once unpacked: 16GB"),
        ("max-ratio", number, "Taux de compression : 200", "Ratio of compression: 200"),
        ("max-files", number, "Fichiers d'une archive : 100000", "Files of an archive: 100000"),
        (
            "max-records",
            number,
            "Enregistrements d'un document lu d'un seul tenant, lignes d'un journal de machines : 1000000",
            "Records of a document that is read whole, rows of a log of machines: 1000000",
        ),
        (
            "max-columns",
            number,
            "Colonnes d'un document lu d'un seul tenant : 4096",
            "Columns of a document that is read whole: 4096",
        ),
        (
            "max-cells",
            number,
            "Cellules d'un document lu d'un seul tenant : 50331648",
            "Cells of a document that is read whole: 50331648",
        ),
        ("max-sheets", number, "Feuilles d'un classeur : 1024", "Sheets of a workbook: 1024"),
        (
            "max-depth",
            number,
            "Éléments imbriqués d'un inventaire de machine : 64",
            "Elements nested in the inventory of a machine: 64",
        ),
        (
            "max-software",
            number,
            "Logiciels d'un inventaire de machine : 100000",
            "Software in the inventory of a machine: 100000",
        ),
        (
            "max-devices",
            number,
            "Périphériques d'un inventaire de machine : 10000",
            "Devices in the inventory of a machine: 10000",
        ),
        (
            "max-machines",
            number,
            "Machines d'un document qui en dit plusieurs : 100000",
            "Machines of a document that tells of several: 100000",
        ),
        ("max-record", size, "Taille d'un enregistrement CSV : 64MB", "Size of a CSV record: 64MB"),
        ("max-text", size, "Taille d'un texte d'un document : 64kB", "Size of a text in a document: 64kB"),
    ]
    .into_iter()
    .fold(command, |command, (name, value, fr, en)| {
        command.arg(w.option(name, value, fr, en).help_heading(heading.clone()))
    })
}

/// Reads what [`options`] added.
pub(super) fn read(matches: &ArgMatches, faults: &mut Vec<Diagnostic>) -> Bounds {
    let mut value = |name: &'static str, parse: fn(&str) -> Option<u64>| {
        let text = matches.get_one::<String>(name)?;
        collect(parse(text).ok_or_else(|| refused(name, text, parse("1k").is_some())), faults)
    };
    Bounds {
        bytes: value("max-input", size),
        unpacked: value("max-unpacked", size),
        text: value("max-text", size),
        ratio: value("max-ratio", number),
        files: value("max-files", number),
        records: value("max-records", number),
        depth: value("max-depth", number),
        software: value("max-software", number),
        devices: value("max-devices", number),
        machines: value("max-machines", number),
        columns: value("max-columns", number),
        cells: value("max-cells", number),
        sheets: value("max-sheets", number),
        record: value("max-record", size),
    }
}

fn refused(name: &str, value: &str, sized: bool) -> Failure {
    let help = match sized {
        true => text!("écrire une taille : 64kB, 512MB, 2GB", "write a size: 64kB, 512MB, 2GB"),
        false => text!("écrire un nombre à partir de 1", "write a number from 1"),
    };
    vec![
        Diagnostic::error(
            "cli/invalid-value",
            text!("`--{name} {value}` n'est pas compris", "`--{name} {value}` is not understood"),
        )
        .help(help),
    ]
    .into()
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| (1..=1 << 40).contains(number))
}

/// Bytes, or `kB`, `MB`, `GB` (also `Mo`, `MiB`), each 1024 times the one before.
fn size(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_lowercase();
    let unit = unit.trim_end_matches(['b', 'o']).trim_end_matches('i');
    let shift = match unit {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return None,
    };
    number(count)?.checked_mul(1 << shift).filter(|bytes| *bytes <= 1 << 50)
}

impl Bounds {
    /// Sets what was said.
    pub(super) fn apply(&self, options: Options) -> Options {
        let whole = |said: Option<u64>, or: usize| said.map_or(or, |said| usize::try_from(said).unwrap_or(usize::MAX));
        Options {
            document_bytes: self.bytes.unwrap_or(options.document_bytes),
            unpacked_bytes: self.unpacked.unwrap_or(options.unpacked_bytes),
            unpacked_ratio: self.ratio.unwrap_or(options.unpacked_ratio),
            files: whole(self.files, options.files),
            records: whole(self.records, options.records),
            text_bytes: whole(self.text, options.text_bytes),
            document_depth: whole(self.depth, options.document_depth),
            machine_software: whole(self.software, options.machine_software),
            machine_devices: whole(self.devices, options.machine_devices),
            machines: whole(self.machines, options.machines),
            columns: whole(self.columns, options.columns),
            cells: whole(self.cells, options.cells),
            sheets: whole(self.sheets, options.sheets),
            // Places in a record are of 32 bits.
            record_bytes: whole(self.record, options.record_bytes).min(1 << 30),
            ..options
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read() {
        for (text, bytes) in [
            ("512", Some(512)),
            ("64kB", Some(64 << 10)),
            ("64 ko", Some(64 << 10)),
            ("2MiB", Some(2 << 20)),
            ("3Mo", Some(3 << 20)),
            ("1G", Some(1 << 30)),
            ("", None),
            ("MB", None),
            ("0", None),
            ("-1", None),
            ("1.5MB", None),
            ("1TB", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }
}

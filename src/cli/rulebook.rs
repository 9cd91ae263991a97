//! The socle and the packs that the commands work with: those built in, or those of `--rules`.

use super::Common;
use super::failure::{Failure, reason};
use super::survey::{Reading, open_file};
use super::values::PackChoice;
use crate::audit::{self, Edition, Rules};
use crate::diag::{Diagnostic, Text, did_you_mean};
use crate::folder::{Folder, SourceFile};
use crate::pack::{Header, Origin, Pack, Pin, Waivers, default_header};
use crate::socle::{KEY_BYTES, Mask, Socle};
use crate::text;
use crate::value::Date;
use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Longest key file: what is longer is another file.
const MOST_KEY_BYTES: u64 = 64 << 10;

/// Name of the folder of the socle.
const SOCLE: &str = "socle";

/// The socle, and the packs that can be named.
pub(super) struct Rulebook {
    /// The vocabulary.
    pub(super) socle: Socle,
    /// Digest of its folder.
    pub(super) socle_digest: String,
    /// Its folder.
    socle_folder: Folder,
    /// Folders of the packs that can be named, sorted.
    folders: Vec<Folder>,
    origin: Origin,
}

impl Rulebook {
    /// Loads the socle; packs are only found.
    ///
    /// # Errors
    /// A folder that cannot be read, or every fault of the socle.
    pub(super) fn load(common: &Common) -> Result<Rulebook, Failure> {
        let (socle, folders, origin) = match &common.rules {
            None => {
                let folders = Folder::built_in_packs().into_iter().filter_map(Folder::built_in).collect();
                (Folder::built_in(SOCLE), folders, Origin::BuiltIn)
            }
            Some(root) => {
                let socle = root.join(SOCLE);
                let socle = if socle.is_dir() { Some(read_folder(&socle)?) } else { None };
                (socle, pack_folders(root)?, Origin::Own)
            }
        };
        // A folder of rules may hold packs alone: they are then read with the built-in socle.
        let Some(socle) = socle.or_else(|| Folder::built_in(SOCLE)) else {
            return Err(Diagnostic::error("pack/no-socle", text!("il n'y a pas de socle", "there is no socle")).into());
        };
        let texts: Vec<(String, Cow<'_, str>)> =
            socle.files.iter().map(|file| (format!("{SOCLE}/{}", file.path), text_of(file))).collect();
        let vocabulary = Socle::load(&texts)?;
        Ok(Rulebook { socle_digest: socle.digest(), socle: vocabulary, socle_folder: socle, folders, origin })
    }

    /// Adds catalogues of the user's to that of the socle.
    ///
    /// # Errors
    /// A file that cannot be read, or every fault of the catalogues.
    pub(super) fn with_catalogues(mut self, paths: &[PathBuf]) -> Result<Rulebook, Failure> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let bytes = fs::read(path).map_err(|error| Failure::read(path, &error))?;
            files.push((path.to_string_lossy().into_owned(), bytes));
        }
        self.socle.add_catalogues(&files)?;
        Ok(self)
    }

    /// Loads what inventories are read with: the catalogues of the user's are added to that of the socle, and
    /// identifiers masked.
    ///
    /// # Errors
    /// Those of [`Rulebook::load`], a file that cannot be read, or every fault of the catalogues.
    pub(super) fn for_reading(common: &Common, reading: &Reading) -> Result<Rulebook, Failure> {
        let mut book = Rulebook::load(common)?.with_catalogues(&reading.catalogues)?;
        if !reading.registers.is_empty() {
            let inputs = reading.registers.iter().map(|path| open_file(path)).collect();
            audit::read_registers(inputs, &reading.survey().reader, &mut book.socle, &|_| {})?;
        }
        book.masked(reading.mask.as_deref())
    }

    /// Masks identifiers, under the key of a file.
    ///
    /// # Errors
    /// A file that cannot be read, or is no key.
    pub(super) fn masked(mut self, key: Option<&Path>) -> Result<Rulebook, Failure> {
        if let Some(path) = key {
            self.socle.set_mask(mask(path)?);
        }
        Ok(self)
    }

    /// The waivers of a file, on the rules of a run.
    ///
    /// # Errors
    /// A file that cannot be read, or every fault of it.
    pub(super) fn waivers(&self, path: Option<&Path>, rules: &Rules<'_>) -> Result<Option<Waivers>, Failure> {
        let Some(path) = path else { return Ok(None) };
        let bytes = fs::read(path).map_err(|error| Failure::read(path, &error))?;
        let known = self.folders.iter().map(|folder| folder.id.as_str());
        let known: Vec<&str> = known.chain(Folder::built_in_packs()).collect();
        Ok(Some(Waivers::read(&path.to_string_lossy(), &bytes, &rules.packs, &known, &self.socle)?))
    }

    /// The folders that packs were loaded from: that of the socle, theirs, and those of what they extend.
    ///
    /// # Errors
    /// A folder that can no longer be read.
    pub(super) fn sources(&self, choices: &[PackChoice], packs: &[&Pack]) -> Result<Vec<Folder>, Failure> {
        let mut sources = vec![self.socle_folder.clone()];
        let own = choices.iter().filter_map(|choice| match choice {
            PackChoice::Folder(path) => Some(path.clone()),
            PackChoice::Named(pin) => Some(PathBuf::from(&pin.name)).filter(|_| self.family(&pin.name).is_empty()),
        });
        for path in own {
            sources.push(read_folder(&path)?);
        }
        for pack in packs {
            sources.extend(self.family(&pack.id));
            if let Some(base) = &pack.base {
                sources.extend(self.family(&base.id));
            }
        }
        Ok(sources)
    }

    /// The rules of an audit by these packs.
    pub(super) fn rules<'p>(&'p self, packs: &'p [Pack]) -> Rules<'p> {
        let edition = Edition { version: self.socle.version.to_string(), digest: self.socle_digest.clone() };
        Rules { socle: &self.socle, edition, packs: packs.iter().collect() }
    }

    /// Headers of the packs that can be named.
    ///
    /// # Errors
    /// Every fault of their headers.
    pub(super) fn headers(&self) -> Result<Vec<Header>, Failure> {
        let mut faults = Vec::new();
        let mut headers = Vec::new();
        for folder in &self.folders {
            match Header::load(folder, &self.socle) {
                Ok(header) => headers.push(header),
                Err(mut found) => faults.append(&mut found),
            }
        }
        if faults.is_empty() { Ok(headers) } else { Err(faults.into()) }
    }

    /// The packs asked for, or every pack that can be named when none is, in the order asked for.
    ///
    /// # Errors
    /// A pack that is not there, a version that will not do, every fault of the packs.
    pub(super) fn packs(&self, choices: &[PackChoice]) -> Result<Vec<Pack>, Failure> {
        if choices.is_empty() {
            return Ok(Pack::load_all(&self.folders, &self.socle, &[], self.origin)?);
        }
        let mut faults = Vec::new();
        let mut packs: Vec<Pack> = Vec::new();
        for choice in choices {
            match self.pack(choice) {
                Ok(pack) if packs.iter().any(|known| known.id == pack.id) => {}
                Ok(pack) => packs.push(pack),
                Err(Failure::Faults(mut found)) => faults.append(&mut found),
                Err(failure) => return Err(failure),
            }
        }
        if faults.is_empty() { Ok(packs) } else { Err(faults.into()) }
    }

    fn pack(&self, choice: &PackChoice) -> Result<Pack, Failure> {
        match choice {
            PackChoice::Folder(path) => self.own(path),
            PackChoice::Named(pin) => {
                if self.folders.iter().any(|folder| folder.id == pin.name) {
                    return self.named(pin);
                }
                // A folder of that name is a pack all the same.
                let path = Path::new(&pin.name);
                if pin.requirement.is_none() && path.join("pack.toml").is_file() {
                    return self.own(path);
                }
                let name = &pin.name;
                let names = self.folders.iter().map(|folder| folder.id.as_str());
                let list = names.clone().collect::<Vec<_>>().join("`, `");
                let known = text!("packs connus : `{list}`", "known packs: `{list}`");
                Err(Diagnostic::error("pack/unknown", text!("pack inconnu `{name}`", "unknown pack `{name}`"))
                    .help(did_you_mean(name, names).unwrap_or(known))
                    .into())
            }
        }
    }

    /// Loads what inventories or manifests are judged with: as [`Rulebook::for_reading`], but the packs of the binary
    /// are not checked once more.
    ///
    /// # Errors
    /// Those of [`Rulebook::for_reading`].
    pub(super) fn for_judging(common: &Common, reading: &Reading) -> Result<Rulebook, Failure> {
        let mut book = Rulebook::for_reading(common, reading)?;
        if book.origin == Origin::BuiltIn {
            book.origin = Origin::Checked;
        }
        Ok(book)
    }

    /// A pack that can be named, and what it extends.
    fn named(&self, pin: &Pin) -> Result<Pack, Failure> {
        let mut packs = Pack::load_all(&self.family(&pin.name), &self.socle, &[], self.origin)?;
        let Some(at) = packs.iter().position(|pack| pack.id == pin.name) else {
            let name = &pin.name;
            return Err(
                Diagnostic::error("pack/unknown", text!("pack inconnu `{name}`", "unknown pack `{name}`")).into()
            );
        };
        let pack = packs.swap_remove(at);
        if pin.accepts(&pack.version) {
            return Ok(pack);
        }
        let (name, version) = (&pack.id, &pack.version);
        let wanted = pin.requirement.as_ref().map(ToString::to_string).unwrap_or_default();
        Err(Diagnostic::error(
            "pack/version",
            text!(
                "le pack `{name}` est en version {version}, `{wanted}` est demandé",
                "pack `{name}` is at version {version}, `{wanted}` is asked for"
            ),
        )
        .into())
    }

    /// The folder of a pack, with those that its `extends` leads to: other packs may be faulty, they are
    /// not asked for.
    fn family(&self, name: &str) -> Vec<Folder> {
        let mut family: Vec<Folder> = Vec::new();
        let mut wanted = Some(name.to_owned());
        while let Some(name) = wanted.take() {
            let Some(folder) = self.folders.iter().find(|folder| folder.id == name) else { break };
            if family.iter().any(|known| known.id == name) {
                break;
            }
            family.push(folder.clone());
            wanted = Header::load(folder, &self.socle).ok().and_then(|header| header.extends).map(|pin| pin.name);
        }
        family
    }

    /// A pack in a folder of the user's.
    pub(super) fn own(&self, path: &Path) -> Result<Pack, Failure> {
        let folder = read_folder(path)?;
        let base = Header::load(&folder, &self.socle).ok().and_then(|header| header.extends);
        let bases = match base {
            Some(pin) => Pack::load_all(&self.family(&pin.name), &self.socle, &[], self.origin)?,
            None => Vec::new(),
        };
        let bases: Vec<&Pack> = bases.iter().collect();
        Ok(Pack::load(&folder, &self.socle, &bases, Origin::Own)?)
    }

    /// The packs that judge inventories: those asked for, or the one in force on the date.
    ///
    /// # Errors
    /// Those of [`Rulebook::packs`]; no pack in force; packs for different kinds of records.
    pub(super) fn for_inventories(&self, choices: &[PackChoice], as_of: Date) -> Result<Vec<Pack>, Failure> {
        self.for_kind("installation", choices, as_of)
    }

    /// The packs that judge manifests of releases: those asked for, or the one in force on the date; with a release
    /// to compare with, those that compare are added unless one was asked for.
    ///
    /// # Errors
    /// Those of [`Rulebook::for_inventories`].
    pub(super) fn for_releases(
        &self,
        choices: &[PackChoice],
        as_of: Date,
        compared: bool,
    ) -> Result<Vec<Pack>, Failure> {
        let kind = self.kind_of_releases()?;
        let choices = self.of_kind(kind, choices)?;
        let mut packs = self.for_kind(kind, &choices, as_of)?;
        if compared && !packs.iter().any(Pack::compares) {
            packs.extend(self.beside(kind, as_of)?.into_iter().filter(Pack::compares));
        }
        Ok(packs)
    }

    /// Whether some pack asked for judges manifests of releases.
    ///
    /// # Errors
    /// Those of [`Rulebook::packs`].
    pub(super) fn judges_releases(&self, choices: &[PackChoice]) -> Result<bool, Failure> {
        Ok(!self.of_kind(self.kind_of_releases()?, choices)?.is_empty())
    }

    fn kind_of_releases(&self) -> Result<&str, Failure> {
        self.socle.manifests.as_ref().map(|manifests| manifests.kind.as_str()).ok_or_else(|| {
            let message = text!("le socle ne dit rien des manifestes", "the socle says nothing of manifests");
            Diagnostic::error("manifest/no-fields", message).into()
        })
    }

    /// The packs asked for that are not of the kind of manifests: those that judge the base that a release is for.
    ///
    /// # Errors
    /// Those of [`Rulebook::for_inventories`].
    pub(super) fn for_base(&self, choices: &[PackChoice], as_of: Date) -> Result<Vec<Pack>, Failure> {
        self.for_inventories(&self.of_kind("installation", choices)?, as_of)
    }

    /// Ids of the packs asked for that judge no manifest.
    ///
    /// # Errors
    /// Those of [`Rulebook::packs`].
    pub(super) fn not_of_releases(&self, choices: &[PackChoice]) -> Result<Vec<String>, Failure> {
        let kind = self.kind_of_releases()?;
        let mut ids = Vec::new();
        for choice in choices {
            let pack = self.pack(choice)?;
            if pack.kind != kind {
                ids.push(pack.id);
            }
        }
        Ok(ids)
    }

    /// The choices whose pack is of a kind.
    fn of_kind(&self, kind: &str, choices: &[PackChoice]) -> Result<Vec<PackChoice>, Failure> {
        let mut kept = Vec::new();
        for choice in choices {
            if self.pack(choice)?.kind == kind {
                kept.push(choice.clone());
            }
        }
        Ok(kept)
    }

    /// The packs of a kind that no date chooses and that are in force, for the command that has a use for them.
    ///
    /// # Errors
    /// Those of [`Rulebook::packs`].
    pub(super) fn beside(&self, kind: &str, as_of: Date) -> Result<Vec<Pack>, Failure> {
        let headers = self.headers()?;
        let beside = headers.iter().filter(|header| !header.default && header.kind == kind && header.valid_on(as_of));
        let choices: Vec<PackChoice> =
            beside.map(|header| PackChoice::Named(Pin { name: header.id.clone(), requirement: None })).collect();
        if choices.is_empty() { Ok(Vec::new()) } else { self.packs(&choices) }
    }

    fn for_kind(&self, kind: &str, choices: &[PackChoice], as_of: Date) -> Result<Vec<Pack>, Failure> {
        let chosen;
        let choices = if choices.is_empty() {
            let headers = self.headers()?;
            let header = default_header(&headers, kind, as_of).ok_or_else(|| none_in_force(&headers, kind, as_of))?;
            chosen = [PackChoice::Named(Pin { name: header.id.clone(), requirement: None })];
            &chosen
        } else {
            choices
        };
        let packs = self.packs(choices)?;
        let stranger = packs.iter().find(|pack| pack.kind != kind);
        match stranger {
            None => Ok(packs),
            Some(Pack { id, kind: other, .. }) => {
                let (fr, en) = match kind {
                    "installation" => ("des installations", "installations"),
                    _ => ("des versions livrées", "releases"),
                };
                Err(Diagnostic::error(
                    "pack/kind",
                    text!(
                        "le pack `{id}` juge des données de genre `{other}`, pas {fr}",
                        "pack `{id}` judges records of kind `{other}`, not {en}"
                    ),
                )
                .into())
            }
        }
    }
}

/// The text of a file; bytes that are no UTF-8 are replaced, which makes no TOML of it.
fn text_of(file: &SourceFile) -> Cow<'_, str> {
    // SPEED: the lossy conversion goes byte by byte even when there is nothing to lose.
    std::str::from_utf8(&file.bytes).map_or_else(|_| String::from_utf8_lossy(&file.bytes), Cow::Borrowed)
}

/// The mask under the key of a file.
fn mask(path: &Path) -> Result<Mask, Failure> {
    let mut secret = Vec::new();
    let opened = fs::File::open(path).and_then(|file| file.take(MOST_KEY_BYTES + 1).read_to_end(&mut secret));
    opened.map_err(|error| Failure::read(path, &error))?;
    let found = if secret.len() as u64 > MOST_KEY_BYTES { None } else { Mask::new(&secret) };
    found.ok_or_else(|| {
        let (shown, most) = (path.display(), MOST_KEY_BYTES >> 10);
        Diagnostic::error(
            "option/mask-key",
            text!(
                "`{shown}` n'est pas une clé : il faut de {KEY_BYTES} octets à {most} Kio, qui ne soient pas tous le même",
                "`{shown}` is no key: {KEY_BYTES} bytes to {most} KiB are needed, not all the same"
            ),
        )
        .help(text!(
            "en faire une, et la garder secrète : `openssl rand -out vigie.cle 32`",
            "make one, and keep it secret: `openssl rand -out vigie.key 32`"
        ))
        .into()
    })
}

/// No pack is in force on a date: says when each is.
fn none_in_force(headers: &[Header], kind: &str, as_of: Date) -> Failure {
    let spans: Vec<Text> = headers
        .iter()
        .filter(|header| header.default && header.kind == kind)
        .map(|header| {
            let id = &header.id;
            let day = |date: Option<Date>| date.map_or_else(|| "…".to_owned(), |date| date.to_string());
            let (since, until) = (day(header.since), day(header.until));
            text!("`{id}` du {since} au {until}", "`{id}` from {since} to {until}")
        })
        .collect();
    let join = |of: fn(&Text) -> &str| spans.iter().map(of).collect::<Vec<_>>().join(", ");
    let (fr, en) = (join(|text| &text.fr), join(|text| &text.en));
    Diagnostic::error(
        "pack/none-in-force",
        text!("aucun pack n'est en vigueur au {as_of}", "no pack is in force on {as_of}"),
    )
    .help(text!(
        "packs : {fr} ; en choisir un avec `--pack`, ou une autre date avec `--as-of`",
        "packs: {en}; choose one with `--pack`, or another date with `--as-of`"
    ))
    .into()
}

/// Folders of packs in a folder of rules, sorted.
fn pack_folders(root: &Path) -> Result<Vec<Folder>, Failure> {
    let entries = fs::read_dir(root).map_err(|error| Failure::read(root, &error))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.join("pack.toml").is_file());
    paths.sort();
    paths.iter().map(|path| read_folder(path)).collect()
}

/// Reads the TOML files of a folder and of those below it; hidden ones and links to folders are left out.
pub(super) fn read_folder(path: &Path) -> Result<Folder, Failure> {
    let mut files = Vec::new();
    let mut faults = Vec::new();
    collect(path, path, &mut files, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    // `.` and `..` have no name of their own.
    let named = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let id = named.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let shown = path.to_string_lossy().replace('\\', "/");
    Ok(Folder::new(id, shown.trim_end_matches('/'), files))
}

fn collect(root: &Path, place: &Path, files: &mut Vec<SourceFile>, faults: &mut Vec<Diagnostic>) {
    let mut fault = |path: &Path, error: &std::io::Error| {
        let (shown, why) = (path.display(), reason(error));
        let message = Text::new(
            format!("lecture impossible de `{shown}` : {}", why.fr),
            format!("cannot read `{shown}`: {}", why.en),
        );
        faults.push(Diagnostic::error("input/read", message));
    };
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) => return fault(place, &error),
    };
    let mut folders = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(path);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            match fs::read(&path) {
                Ok(bytes) => files.push(SourceFile { path: relative, bytes: bytes.into() }),
                Err(error) => fault(&path, &error),
            }
        }
    }
    for folder in folders {
        collect(root, &folder, files, faults);
    }
}

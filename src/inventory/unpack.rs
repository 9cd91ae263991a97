//! What is wrapped around a file: compression, archives of one file, UTF-16. Taken off as the file is read, one
//! layer after the other, within bounds.

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use blake3::Hash;
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};
use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::sniff::{self, Wrapping};
use super::source::Source;
use super::{HEAD, Options};
use crate::diag::Diagnostic;
use crate::text;

/// Layers taken off one file.
const LAYERS: usize = 3;
/// Bytes below which a file may be packed as tightly as it likes.
const SMALL: u64 = 16 << 20;
/// Files an archive may list.
const MANY_FILES: usize = 1000;

/// The wrapping that is an encoding.
pub(super) const UTF_16: &str = "utf-16";

type Bytes<'r> = Box<dyn Read + Send + 'r>;

/// A file without what was wrapped around it.
pub(super) struct Unwrapped<'r> {
    pub(super) source: Source<Bytes<'r>>,
    /// What it was wrapped in, the outermost first.
    pub(super) wrappings: Vec<&'static str>,
    /// Of the bytes as read, when they are not those of the source.
    pub(super) digest: Option<Hash>,
}

/// Why a file cannot be unwrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Bytes that are not what the format (by its name) says.
    Corrupt(&'static str),
    /// More bytes than allowed.
    TooLarge { bytes: u64 },
    /// So many times its packed size.
    TooTight { ratio: u64 },
    /// An archive of none or several files.
    Files(Vec<String>),
    /// An archive that wants a password, or is packed in a way that is not read.
    Method(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> io::Error {
        io::Error::other(fault)
    }
}

impl Fault {
    /// The fault that made a reader fail, if that was it.
    pub(super) fn of(error: &io::Error) -> Option<&Fault> {
        error.get_ref()?.downcast_ref()
    }

    /// Says it.
    pub(super) fn diagnostic(&self, name: &str) -> Diagnostic {
        match self {
            Fault::Corrupt(format) => Diagnostic::error(
                "inventory/corrupt",
                text!("`{name}` : {format} abîmé ou tronqué", "`{name}`: damaged or truncated {format}"),
            )
            .help(text!("refaire la copie ou l'export", "copy or export it again")),
            Fault::TooLarge { bytes } => {
                let mebibytes = bytes >> 20;
                Diagnostic::error(
                    "inventory/too-large",
                    text!("`{name}` dépasse {mebibytes} Mio", "`{name}` is larger than {mebibytes} MiB"),
                )
                .help(text!("le couper en plusieurs fichiers, ou l'exporter en CSV", "split it, or export it as CSV"))
            }
            Fault::TooTight { ratio } => Diagnostic::error(
                "inventory/too-tight",
                text!(
                    "`{name}` : plus de {ratio} fois sa taille une fois décompressé",
                    "`{name}`: more than {ratio} times its size once unpacked"
                ),
            )
            .help(text!(
                "aucun inventaire n'est ainsi fait ; s'il est sûr, le décompresser d'abord",
                "no inventory is like that; if it is safe, unpack it first"
            )),
            Fault::Files(names) if names.is_empty() => Diagnostic::error(
                "inventory/archive",
                text!("`{name}` : archive sans fichier", "`{name}`: archive without a file"),
            ),
            Fault::Files(names) => {
                let (count, shown) = (names.len(), names.iter().take(3).cloned().collect::<Vec<_>>().join("`, `"));
                Diagnostic::error(
                    "inventory/archive",
                    text!(
                        "`{name}` : archive de {count} fichiers (`{shown}` …)",
                        "`{name}`: archive of {count} files (`{shown}` …)"
                    ),
                )
                .help(text!("les extraire et les donner un par un", "extract them and give them one by one"))
            }
            Fault::Method(method) => Diagnostic::error(
                "inventory/archive",
                text!(
                    "`{name}` : archive ZIP illisible ({method})",
                    "`{name}`: ZIP archive that cannot be read ({method})"
                ),
            )
            .help(text!("l'extraire d'abord", "extract it first")),
        }
    }
}

/// Takes off what is wrapped around a file.
///
/// Each layer is held in memory as it is wrapped, and unwrapped twice: a file that turns out to be damaged has
/// given no row.
pub(super) fn unwrap<'r>(reader: Bytes<'r>, options: &Options) -> io::Result<Unwrapped<'r>> {
    let mut source = Source::new(reader);
    let mut wrappings = Vec::new();
    let mut digest = None;
    while wrappings.len() < LAYERS
        && let Some(wrapping) = sniff::wrapping(source.peek(HEAD)?)
    {
        let wrapped = read_all(source, options.document_bytes)?;
        digest = digest.or_else(|| Some(blake3::hash(&wrapped)));
        let wrapped = Arc::from(wrapped);
        let layer = || -> io::Result<Bounded<Bytes<'r>>> {
            let bytes = Cursor::new(Arc::clone(&wrapped));
            let reader: Bytes<'r> = match wrapping {
                Wrapping::Gzip => Box::new(MultiGzDecoder::new(bytes)),
                Wrapping::Zlib => Box::new(Zlib { decoder: ZlibDecoder::new(bytes), bytes: wrapped.len() as u64 }),
                Wrapping::Zip => only_file(bytes)?,
                Wrapping::Utf16 { little } => Box::new(Utf16::new(bytes, little)),
            };
            let most = (wrapped.len() as u64).saturating_mul(options.unpacked_ratio).max(SMALL);
            let (bytes, ratio) = (options.unpacked_bytes, options.unpacked_ratio);
            Ok(Bounded { reader, name: wrapping.name(), written: 0, most, bytes, ratio })
        };
        io::copy(&mut layer()?, &mut io::sink())?;
        source = Source::new(Box::new(layer()?));
        wrappings.push(wrapping.name());
    }
    Ok(Unwrapped { source, wrappings, digest })
}

impl Wrapping {
    fn name(self) -> &'static str {
        match self {
            Wrapping::Gzip => "gzip",
            Wrapping::Zlib => "zlib",
            Wrapping::Zip => "zip",
            Wrapping::Utf16 { .. } => UTF_16,
        }
    }
}

/// All the bytes of a stream.
pub(super) fn read_all(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(Fault::TooLarge { bytes: limit }.into());
    }
    Ok(bytes)
}

/// The only file of an archive.
fn only_file<'r>(archive: Cursor<Arc<[u8]>>) -> io::Result<Bytes<'r>> {
    let corrupt = |_| io::Error::from(Fault::Corrupt("zip"));
    let mut zip = ZipArchive::new(archive.clone()).map_err(corrupt)?;
    let mut files = Vec::new();
    for index in 0..zip.len().min(MANY_FILES) {
        let file = zip.by_index_raw(index).map_err(corrupt)?;
        // What systems add for themselves.
        let own = ["__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini"];
        let name = file.name().map_err(corrupt)?;
        if !file.is_dir() && !own.iter().any(|own| name.contains(own)) {
            files.push((index, name.chars().filter(|c| !c.is_control()).take(80).collect::<String>()));
        }
    }
    let [(index, _)] = files[..] else {
        return Err(Fault::Files(files.into_iter().map(|(_, name)| name).collect()).into());
    };
    let file = zip.by_index_raw(index).map_err(corrupt)?;
    if file.encrypted() {
        return Err(Fault::Method("AES, ZipCrypto".to_owned()).into());
    }
    let (method, size, crc) = (file.compression(), file.size(), file.crc32());
    let mut packed = archive;
    packed.set_position(file.data_start().ok_or(Fault::Corrupt("zip"))?);
    let packed = packed.take(file.compressed_size());
    let reader: Bytes<'r> = match method {
        CompressionMethod::Stored => Box::new(packed),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
        other => return Err(Fault::Method(format!("{other:?}")).into()),
    };
    Ok(Box::new(Checked { reader, seen: Crc::new(), size, crc }))
}

/// A layer that may not give more than so many bytes.
struct Bounded<R> {
    reader: R,
    name: &'static str,
    written: u64,
    most: u64,
    /// What is said when there are more.
    bytes: u64,
    ratio: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out).map_err(|error| match error.kind() {
            // What decoders say of bytes they cannot read.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
                Fault::Corrupt(self.name).into()
            }
            _ => error,
        })?;
        self.written += count as u64;
        let (bytes, ratio) = (self.bytes, self.ratio);
        match self.written {
            written if written > bytes => Err(Fault::TooLarge { bytes }.into()),
            written if written > self.most => Err(Fault::TooTight { ratio }.into()),
            _ => Ok(count),
        }
    }
}

/// A zlib stream, after which nothing follows.
struct Zlib<R> {
    decoder: ZlibDecoder<R>,
    /// Length of the stream.
    bytes: u64,
}

impl<R: Read> Read for Zlib<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.decoder.read(out)?;
        if count == 0 && !out.is_empty() && self.decoder.total_in() != self.bytes {
            return Err(Fault::Corrupt("zlib").into());
        }
        Ok(count)
    }
}

/// A file of an archive, checked against what the archive says of it.
struct Checked<R> {
    reader: R,
    seen: Crc,
    size: u64,
    crc: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(out)?;
        self.seen.update(&out[..count]);
        // `amount` wraps at 4 GiB.
        let whole = self.seen.sum() == self.crc && u64::from(self.seen.amount()) == self.size & u64::from(u32::MAX);
        if count == 0 && !out.is_empty() && !whole {
            return Err(Fault::Corrupt("zip").into());
        }
        Ok(count)
    }
}

/// UTF-16 as UTF-8, without its byte order mark.
struct Utf16<R> {
    reader: BufReader<R>,
    decoder: Decoder,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Utf16<R> {
    fn new(reader: R, little: bool) -> Utf16<R> {
        let encoding = if little { UTF_16LE } else { UTF_16BE };
        Utf16 {
            reader: BufReader::with_capacity(1 << 16, reader),
            decoder: encoding.new_decoder_with_bom_removal(),
            text: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn decode(&mut self) -> io::Result<()> {
        let bytes = self.reader.fill_buf()?;
        let (len, last) = (bytes.len(), bytes.is_empty());
        let room = self.decoder.max_utf8_buffer_length(len).unwrap_or(4 * len + 64);
        self.text.resize(room, 0);
        let (result, read, written, malformed) = self.decoder.decode_to_utf8(bytes, &mut self.text, last);
        if malformed || result != CoderResult::InputEmpty {
            return Err(Fault::Corrupt(UTF_16).into());
        }
        self.text.truncate(written);
        self.given = 0;
        self.reader.consume(read);
        self.ended = last;
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.decode()?;
        }
        let count = (&self.text[self.given..]).read(out)?;
        self.given += count;
        Ok(count)
    }
}

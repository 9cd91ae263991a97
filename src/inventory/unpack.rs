//! What is wrapped around a file: compression, archives of one file, UTF-16. Taken off as the file is read, one
//! layer after the other, within bounds.

use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;

use blake3::Hash;
use encoding_rs::{CoderResult, Decoder, UTF_16BE, UTF_16LE};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::documents::{Archive, Bytes, most};
use super::recode::{CodePage, Recoded};
use super::sniff::{self, Wrapping};
use super::source::Source;
use super::{HEAD, Options};
use crate::diag::Diagnostic;
use crate::text;

/// Layers taken off one file.
const LAYERS: usize = 3;

/// The wrappings that are encodings.
const UTF_16: &str = "utf-16";
const UTF_32: &str = "utf-32";

/// Whether a wrapping is an encoding.
pub(super) fn is_encoding(wrapping: &str) -> bool {
    [UTF_16, UTF_32].contains(&wrapping) || CodePage::ALL.iter().any(|page| page.name() == wrapping)
}

/// A file without what was wrapped around it.
pub(super) struct Unwrapped<'r> {
    pub(super) content: Content<'r>,
    /// What it was wrapped in, the outermost first.
    pub(super) wrappings: Vec<&'static str>,
    /// Of the bytes as read, when they are not those of the source.
    pub(super) digest: Option<Hash>,
    /// How many these are.
    pub(super) wrapped_bytes: Option<u64>,
}

/// What was wrapped.
pub(super) enum Content<'r> {
    /// A file.
    File(Source<Bytes<'r>>),
    /// An archive of several files.
    Archive(Box<Archive>),
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
    /// An archive of no file.
    NoFile,
    /// An archive of more files than allowed.
    TooMany { files: usize },
    /// A workbook that wants a password.
    Locked,
    /// A document of old Office that is no workbook.
    NoWorkbook,
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
                .help(text!(
                    "le couper en plusieurs fichiers, ou relever la borne : `--max-input` (lu), `--max-unpacked` (décompressé)",
                    "split it, or raise the bound: `--max-input` (read), `--max-unpacked` (unpacked)"
                ))
            }
            Fault::TooTight { ratio } => Diagnostic::error(
                "inventory/too-tight",
                text!(
                    "`{name}` : plus de {ratio} fois sa taille une fois décompressé",
                    "`{name}`: more than {ratio} times its size once unpacked"
                ),
            )
            .help(text!(
                "aucun inventaire n'est ainsi fait ; s'il est sûr, relever la borne : `--max-ratio`",
                "no inventory is like that; if it is safe, raise the bound: `--max-ratio`"
            )),
            Fault::NoFile => Diagnostic::error(
                "inventory/archive",
                text!("`{name}` : archive sans fichier", "`{name}`: archive without a file"),
            ),
            Fault::TooMany { files } => Diagnostic::error(
                "inventory/archive",
                text!("`{name}` : archive de plus de {files} fichiers", "`{name}`: archive of more than {files} files"),
            )
            .help(text!(
                "la couper en plusieurs, ou relever la borne : `--max-files`",
                "split it, or raise the bound: `--max-files`"
            )),
            Fault::Locked => Diagnostic::error(
                "inventory/locked",
                text!("`{name}` : classeur protégé par un mot de passe", "`{name}`: workbook locked by a password"),
            )
            .help(text!("l'enregistrer sans mot de passe", "save it without the password")),
            Fault::NoWorkbook => Diagnostic::error(
                "inventory/not-csv",
                text!(
                    "`{name}` est reconnu comme un document Office ancien (DOC, MSI, MSG…) qui n'est pas un classeur",
                    "`{name}` is recognised as an old Office document (DOC, MSI, MSG…) that is no workbook"
                ),
            )
            .help(text!(
                "donner un classeur, ou un export en CSV (UTF-8)",
                "give a workbook, or an export as CSV (UTF-8)"
            )),
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
    let (mut digest, mut wrapped_bytes) = (None, None);
    while wrappings.len() < LAYERS
        && let Some(wrapping) = sniff::wrapping(source.peek(HEAD)?)
    {
        let wrapped = read_all(source, options.document_bytes)?;
        digest = digest.or_else(|| Some(blake3::hash(&wrapped)));
        wrapped_bytes = wrapped_bytes.or(Some(wrapped.len() as u64));
        let wrapped: Arc<[u8]> = Arc::from(wrapped);
        wrappings.push(wrapping.name());
        let archive = match wrapping {
            Wrapping::Zip => Some(Archive::new(Arc::clone(&wrapped), options)?),
            _ => None,
        };
        match archive.as_ref().map_or(1, Archive::len) {
            0 => return Err(Fault::NoFile.into()),
            1 => {}
            _ => {
                if let Some(archive) = archive {
                    return Ok(Unwrapped {
                        content: Content::Archive(Box::new(archive)),
                        wrappings,
                        digest,
                        wrapped_bytes,
                    });
                }
            }
        }
        let layer = || -> io::Result<Bytes<'r>> {
            if let Some(archive) = &archive {
                return archive.file(0);
            }
            let bytes = Cursor::new(Arc::clone(&wrapped));
            let reader: Bytes<'r> = match wrapping {
                Wrapping::Gzip => Box::new(MultiGzDecoder::new(bytes)),
                Wrapping::Zlib => Box::new(Zlib { decoder: ZlibDecoder::new(bytes), bytes: wrapped.len() as u64 }),
                Wrapping::Utf16 { little } => Box::new(Utf16::new(bytes, little)),
                Wrapping::Utf32 { little } => Box::new(Utf32 { reader: bytes, little, text: Vec::new(), given: 0 }),
                Wrapping::Zip => Box::new(io::empty()),
            };
            Ok(Box::new(Bounded::new(reader, wrapping.name(), wrapped.len() as u64, options)))
        };
        io::copy(&mut layer()?, &mut io::sink())?;
        source = Source::new(layer()?);
    }
    let coded = wrappings.last().is_some_and(|last| is_encoding(last));
    if let Some(page) = options.encoding.filter(|_| !coded)
        && sniff::is_unmarked_text(source.peek(HEAD)?)
    {
        let bytes = read_all(source, options.document_bytes)?;
        digest = digest.or_else(|| Some(blake3::hash(&bytes)));
        wrapped_bytes = wrapped_bytes.or(Some(bytes.len() as u64));
        wrappings.push(page.name());
        let reader: Bytes<'r> = Box::new(Recoded::new(Cursor::new(bytes), page));
        source = Source::new(reader);
    }
    Ok(Unwrapped { content: Content::File(source), wrappings, digest, wrapped_bytes })
}

impl Wrapping {
    fn name(self) -> &'static str {
        match self {
            Wrapping::Gzip => "gzip",
            Wrapping::Zlib => "zlib",
            Wrapping::Zip => "zip",
            Wrapping::Utf16 { .. } => UTF_16,
            Wrapping::Utf32 { .. } => UTF_32,
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

/// A layer that may not give more than so many bytes.
pub(super) struct Bounded<R> {
    reader: R,
    name: &'static str,
    written: u64,
    most: u64,
    /// What is said when there are more.
    bytes: u64,
    ratio: u64,
}

impl<R> Bounded<R> {
    /// A layer of so many bytes, as it is wrapped.
    pub(super) fn new(reader: R, name: &'static str, wrapped: u64, options: &Options) -> Bounded<R> {
        let (bytes, ratio) = (options.unpacked_bytes, options.unpacked_ratio);
        Bounded { reader, name, written: 0, most: most(wrapped, options), bytes, ratio }
    }
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

/// UTF-32 as UTF-8, without its byte order mark.
struct Utf32<R> {
    reader: R,
    little: bool,
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf32<R> {
    /// Decodes some characters; none at the end.
    fn decode(&mut self) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(1 << 14);
        self.reader.by_ref().take(1 << 14).read_to_end(&mut bytes)?;
        self.text.clear();
        self.given = 0;
        let (words, rest) = bytes.as_chunks::<4>();
        for word in words {
            let code = if self.little { u32::from_le_bytes(*word) } else { u32::from_be_bytes(*word) };
            let character = char::from_u32(code).ok_or(Fault::Corrupt(UTF_32))?;
            if character != '\u{feff}' {
                self.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        if rest.is_empty() { Ok(()) } else { Err(Fault::Corrupt(UTF_32).into()) }
    }
}

impl<R: Read> Read for Utf32<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.text.len() {
            self.decode()?;
            // A block that held a mark alone is not the end.
            if self.text.is_empty() {
                self.decode()?;
            }
        }
        let count = (&self.text[self.given..]).read(out)?;
        self.given += count;
        Ok(count)
    }
}

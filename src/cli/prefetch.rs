//! The files of a folder, opened and read ahead while others are parsed: many small files are a wait for the disk or
//! the network, not work for a processor.
//!
//! Files are handed out in order. No more than [`OPEN`] are open at a time, each with at most [`AHEAD`] bytes read;
//! the rest of a larger one is read by whoever takes it.

use super::inputs::Folder;
use crate::inventory::{Documents, Entry, LeftOut};
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncReadExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;

/// Files open at a time.
const OPEN: usize = 64;
/// Bytes of each that are read ahead.
const AHEAD: usize = 256 << 10;
/// Threads that wait for the disk.
const WAITING: usize = 8;

/// A folder whose files are being read.
pub(super) struct Prefetch {
    folder: Arc<Folder>,
    files: Mutex<Receiver<(u32, Reading)>>,
    runtime: Option<Runtime>,
}

type Reading = JoinHandle<io::Result<Started>>;

/// A file whose first bytes were read.
struct Started {
    ahead: Cursor<Vec<u8>>,
    /// The rest; `None` when there is none.
    rest: Option<File>,
    /// Another file may be opened once this one is done with.
    _place: OwnedSemaphorePermit,
}

impl Read for Started {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match (Read::read(&mut self.ahead, out)?, &mut self.rest) {
            (0, Some(rest)) => Read::read(rest, out),
            (count, _) => Ok(count),
        }
    }
}

impl Prefetch {
    /// Starts reading.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(super) fn start(folder: Arc<Folder>) -> io::Result<Prefetch> {
        let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(WAITING).build()?;
        let (sender, files) = channel(OPEN);
        let places = Arc::new(Semaphore::new(OPEN));
        let listed = Arc::clone(&folder);
        runtime.spawn(async move {
            for (number, (_, path)) in (0u32..).zip(&listed.files) {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
                let reading = tokio::spawn(start(path.clone(), place));
                // Nobody asks any more.
                if sender.send((number, reading)).await.is_err() {
                    return;
                }
            }
        });
        Ok(Prefetch { folder, files: Mutex::new(files), runtime: Some(runtime) })
    }
}

async fn start(path: PathBuf, place: OwnedSemaphorePermit) -> io::Result<Started> {
    let mut file = tokio::fs::File::open(&path).await?;
    let mut ahead = Vec::new();
    (&mut file).take(AHEAD as u64).read_to_end(&mut ahead).await?;
    let rest = if ahead.len() == AHEAD { Some(file.into_std().await) } else { None };
    Ok(Started { ahead: Cursor::new(ahead), rest, _place: place })
}

impl Documents for Prefetch {
    fn next(&self) -> Option<Entry> {
        let (number, reading) = self.files.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv()?;
        let runtime = self.runtime.as_ref()?;
        let started = runtime.block_on(reading).map_err(io::Error::other).flatten();
        Some(Entry { number, reader: started.map(|started| Box::new(started) as Box<dyn Read + Send>) })
    }

    fn path(&self, number: u32) -> &str {
        &self.folder.files[number as usize].0
    }

    fn name(&self, number: u32) -> String {
        self.folder.name_of(number as usize)
    }

    fn left_out(&self) -> LeftOut {
        self.folder.left
    }

    fn open(&self, number: u32) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.folder.files[number as usize].1)?))
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

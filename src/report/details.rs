//! Owns the output of failing packages until the table is done: in memory while
//! it is small, in an unnamed temporary file beyond.
//! Must not know where it will be written.

use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::SpooledTempFile;

/// What is kept in memory, in bytes.
const MEMORY: usize = 8 * 1024 * 1024;

/// Texts, in the order in which they will be written.
#[derive(Debug)]
pub(super) struct Details {
    spool: SpooledTempFile,
}

impl Details {
    pub(super) fn new() -> Self {
        Self { spool: SpooledTempFile::new(MEMORY) }
    }

    pub(super) fn push(&mut self, text: &str) -> io::Result<()> {
        self.spool.write_all(text.as_bytes())
    }

    /// Writes all of it.
    pub(super) fn write_to(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.spool.seek(SeekFrom::Start(0))?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            match self.spool.read(&mut piece)? {
                0 => return Ok(()),
                count => out.write_all(&piece[..count])?,
            }
        }
    }
}

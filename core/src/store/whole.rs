//! A file whose answers are counts that may fall short of what was asked, as the
//! browser's are, made a backend that does all or fails.
//!
//! At its quota Chromium answers a write with 4294967288 and writes nothing, and a
//! truncation to a larger size returns without growing; Firefox writes a part. Taken as
//! success, redb's next opening finds pages that were never written.

use std::fmt::Debug;
use std::io::{self, ErrorKind};

use redb::StorageBackend;

/// A file as the browser has it. Counts are what it says, true or not.
pub trait PartialFile: Debug + Send + Sync + 'static {
    /// Its size, bytes.
    fn size(&self) -> io::Result<u64>;
    /// Reads from `offset` on; returns how many bytes it says it read.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<u64>;
    /// Writes from `offset` on; returns how many bytes it says it wrote.
    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<u64>;
    /// Cuts or extends it with zeros.
    fn truncate(&self, size: u64) -> io::Result<()>;
    /// Puts what was written on the disk.
    fn flush(&self) -> io::Result<()>;
    /// Closes it.
    fn close(&self);
}

/// A backend over such a file.
#[derive(Debug)]
pub struct Whole<F>(pub F);

impl<F: PartialFile> StorageBackend for Whole<F> {
    fn len(&self) -> io::Result<u64> {
        self.0.size()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let wanted = out.len() as u64;
        let read = self.0.read_at(offset, out)?;
        if read == wanted {
            return Ok(());
        }
        // A file that ends too soon is damaged; one that has the bytes and does not give
        // them, or gives more than there is room for, fails.
        let size = self.0.size()?;
        let ends = read < wanted && size < offset.saturating_add(wanted);
        let kind = if ends {
            ErrorKind::UnexpectedEof
        } else {
            ErrorKind::Other
        };
        Err(io::Error::new(
            kind,
            format!("{wanted} bytes wanted at {offset}, the file of {size} gave {read}"),
        ))
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.truncate(len)?;
        let size = self.0.size()?;
        if size == len {
            return Ok(());
        }
        Err(io::Error::new(
            ErrorKind::StorageFull,
            format!("a file of {len} bytes is asked for, it has {size}: there is no room"),
        ))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.flush()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let wanted = data.len() as u64;
        let written = self.0.write_at(offset, data)?;
        if written == wanted {
            return Ok(());
        }
        Err(io::Error::new(
            ErrorKind::StorageFull,
            format!(
                "{wanted} bytes to write at {offset}, the file says that it took {written}: \
                 there is no room"
            ),
        ))
    }

    fn close(&self) -> io::Result<()> {
        self.0.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has 100 bytes, and says what it is told to say.
    #[derive(Debug)]
    struct Says {
        count: u64,
    }

    impl PartialFile for Says {
        fn size(&self) -> io::Result<u64> {
            Ok(100)
        }
        fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<u64> {
            Ok(self.count)
        }
        fn write_at(&self, _: u64, _: &[u8]) -> io::Result<u64> {
            Ok(self.count)
        }
        fn truncate(&self, _: u64) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
        fn close(&self) {}
    }

    #[test]
    fn a_write_of_fewer_or_more_bytes_than_asked_for_is_out_of_room() {
        for count in [0, 9, 11, 4_294_967_288] {
            let error = Whole(Says { count }).write(0, &[1; 10]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull, "{count}");
            assert!(error.to_string().contains(&format!("took {count}:")));
        }
        assert!(Whole(Says { count: 10 }).write(0, &[1; 10]).is_ok());
    }

    #[test]
    fn a_read_that_falls_short_is_damage_only_at_the_end_of_the_file() {
        let kind = |count, offset| {
            let read = Whole(Says { count }).read(offset, &mut [0; 10]);
            read.map_err(|error| error.kind())
        };
        assert_eq!(kind(10, 90), Ok(()));
        assert_eq!(kind(9, 91), Err(io::ErrorKind::UnexpectedEof));
        assert_eq!(kind(9, 90), Err(io::ErrorKind::Other));
        assert_eq!(kind(11, 91), Err(io::ErrorKind::Other));
    }

    #[test]
    fn a_file_that_is_not_as_long_as_it_was_made_is_out_of_room() {
        let file = Whole(Says { count: 0 });
        assert!(file.set_len(100).is_ok());
        for length in [99, 101] {
            let error = file.set_len(length).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        }
    }
}

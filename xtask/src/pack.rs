//! What the page weighs: its files packed once, here, so that no server does it a
//! request at a time, and a bound on what a newcomer waits for.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Bytes, in brotli, of all that is downloaded before the board can be written
/// on: the last build's, and a twentieth for what is to come. Who needs more says
/// why where it is raised (docs/performance.md has what is in it).
const BUDGET: u64 = 1_017_000;

/// What the page works without at first: a miner is loaded when somebody mines,
/// the service worker when the page is ready, the types by no browser.
const LATER: [&str; 3] = ["miner", "offline.js", "tablon.d.ts"];

/// Write `NAME.br` and `NAME.gz` beside every file of the page that they make
/// smaller. Gives the bytes, in brotli, on the way to a usable page.
pub(crate) fn all(dist: &Path) -> Result<u64> {
    let mut path_to_ready = 0;
    for file in files(dist)? {
        let cannot = || format!("cannot pack {}", file.display());
        let plain = fs::read(&file).with_context(cannot)?;
        let brotli = brotli(&plain).with_context(cannot)?;
        for (ending, packed) in [("br", &brotli), ("gz", &gzip(&plain).with_context(cannot)?)] {
            if packed.len() < plain.len() {
                let mut name = file.clone().into_os_string();
                name.push(format!(".{ending}"));
                fs::write(name, packed).with_context(cannot)?;
            }
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if !LATER.iter().any(|later| name.starts_with(later)) {
            path_to_ready += brotli.len().min(plain.len()) as u64;
        }
    }
    Ok(path_to_ready)
}

/// The page is no heavier than its budget.
pub(crate) fn check(weight: u64) -> Result<()> {
    ensure!(
        weight <= BUDGET,
        "a newcomer downloads {weight} bytes in brotli before the board can be written on; \
         the budget in xtask/src/pack.rs is {BUDGET}"
    );
    Ok(())
}

// Those of a former packing are not packed again.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read {}", folder.display());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if !path.extension().is_some_and(|e| e == "br" || e == "gz") {
            found.push(path);
        }
    }
    Ok(found)
}

fn brotli(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    // The best that there is; a window that holds the largest file, as browsers take it.
    let (quality, window) = (11, 24);
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, quality, window);
    writer.write_all(plain)?;
    Ok(writer.into_inner())
}

fn gzip(plain: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    writer.write_all(plain)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn packed_files_unpack_to_what_they_were_and_later_ones_do_not_count() {
        let folder = std::env::temp_dir().join(format!("tablon-pack-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let text = "let tablon = 1;\n".repeat(200);
        fs::write(folder.join("page.js"), &text).unwrap();
        fs::write(folder.join("miner.js"), &text).unwrap();
        fs::write(folder.join("tiny.js"), "x").unwrap();
        let weight = all(&folder).unwrap();
        let read = |name: &str| fs::read(folder.join(name)).unwrap();

        let (packed, mut unpacked) = (read("page.js.br"), String::new());
        brotli::Decompressor::new(&packed[..], 4096)
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);
        unpacked.clear();
        flate2::read::GzDecoder::new(&read("page.js.gz")[..])
            .read_to_string(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, text);

        // One byte cannot shrink: it goes out as it is.
        assert!(!folder.join("tiny.js.br").exists());
        assert_eq!(weight, packed.len() as u64 + 1);
        // Packed twice, nothing is packed of what was packed.
        assert_eq!(all(&folder).unwrap(), weight);
        assert!(!folder.join("page.js.br.gz").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_page_over_its_budget_is_refused_with_both_figures() {
        assert!(check(BUDGET).is_ok());
        let error = check(BUDGET + 1).unwrap_err().to_string();
        assert!(error.contains(&(BUDGET + 1).to_string()), "{error}");
        assert!(error.contains(&BUDGET.to_string()), "{error}");
    }
}

//! The store's backend in a real browser's private file system.

use std::io::ErrorKind;

use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition};
use tablon_web::last_words::scope;
use tablon_web::worker::opfs::OpfsFile;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::FileSystemDirectoryHandle;

const TABLE: TableDefinition<u32, &[u8]> = TableDefinition::new("notes");

async fn root() -> FileSystemDirectoryHandle {
    JsFuture::from(scope().navigator().storage().get_directory())
        .await
        .unwrap()
        .unchecked_into()
}

#[wasm_bindgen_test]
async fn bytes_written_are_there_when_the_file_is_opened_again() {
    let root = root().await;
    let file = OpfsFile::open(&root, "reopen").await.unwrap();
    file.set_len(0).unwrap();
    file.set_len(10_000).unwrap();
    file.write(9_000, b"hola").unwrap();
    file.sync_data().unwrap();
    file.close().unwrap();

    let file = OpfsFile::open(&root, "reopen").await.unwrap();
    assert_eq!(file.len().unwrap(), 10_000);
    let mut bytes = [1; 6];
    file.read(8_999, &mut bytes).unwrap();
    assert_eq!(&bytes, b"\0hola\0");
}

#[wasm_bindgen_test]
async fn pages_go_through_one_array_and_other_lengths_beside_it() {
    let file = OpfsFile::open(&root().await, "pages").await.unwrap();
    file.set_len(0).unwrap();
    let bytes = |length: usize, first: usize| -> Vec<u8> {
        (first..first + length).map(|at| (at % 251) as u8).collect()
    };
    for (offset, length) in [(0, 4096), (4096, 8192), (12_288, 4096), (16_384, 100)] {
        file.write(offset, &bytes(length, offset as usize)).unwrap();
    }
    for (offset, length) in [
        (0, 4096),
        (4096, 4096),
        (1, 4096),
        (0, 16_484),
        (12_000, 300),
    ] {
        let mut read = vec![0; length];
        file.read(offset, &mut read).unwrap();
        assert_eq!(read, bytes(length, offset as usize), "{length} at {offset}");
    }
    // A page that the file ends in.
    let error = file.read(16_384, &mut [0; 4096]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "4096 bytes wanted at 16384, the file of 16484 gave 100"
    );
}

#[wasm_bindgen_test]
async fn a_read_past_the_end_is_an_error_that_counts_the_bytes() {
    let file = OpfsFile::open(&root().await, "short").await.unwrap();
    file.set_len(100).unwrap();
    let error = file.read(90, &mut [0; 20]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(
        error.to_string(),
        "20 bytes wanted at 90, the file of 100 gave 10"
    );
}

/// Until what it returns is called, a method of every file answers as `answer` does,
/// where `sound` is the browser's own.
fn spoilt(method: &str, answer: &str) -> js_sys::Function {
    let source = format!(
        "const kind = FileSystemSyncAccessHandle.prototype; const sound = kind.{method};
         kind.{method} = {answer}; return () => {{ kind.{method} = sound; }};"
    );
    let mend = js_sys::Function::new_no_args(&source).call0(&JsValue::NULL);
    mend.unwrap().unchecked_into()
}

const CHROMIUM_AT_QUOTA: &str = "() => 4294967288";
const FIREFOX_AT_QUOTA: &str = "function (data, options) {
    return sound.call(this, data.subarray(0, data.length >> 1), options);
}";

#[wasm_bindgen_test]
async fn a_write_that_the_browser_counts_otherwise_is_a_full_disk() {
    let file = OpfsFile::open(&root().await, "quota").await.unwrap();
    file.set_len(16_384).unwrap();
    for (answer, told) in [
        (CHROMIUM_AT_QUOTA, [4_294_967_288_u64; 2]),
        (FIREFOX_AT_QUOTA, [2_048, 50]),
        ("() => 0", [0; 2]),
    ] {
        let mend = spoilt("write", answer);
        let errors = [4_096, 100].map(|size| file.write(8_192, &vec![1; size]).unwrap_err());
        mend.call0(&JsValue::NULL).unwrap();
        for (error, told) in errors.iter().zip(told) {
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{answer}");
            let words = format!("the file says that it took {told}:");
            assert!(error.to_string().contains(&words), "{error}");
        }
    }
    file.write(8_192, &[1; 4_096]).unwrap();
}

#[wasm_bindgen_test]
async fn a_file_that_does_not_grow_is_a_full_disk() {
    let file = OpfsFile::open(&root().await, "stuck").await.unwrap();
    file.set_len(100).unwrap();
    let mend = spoilt("truncate", "() => {}");
    let error = file.set_len(200).unwrap_err();
    mend.call0(&JsValue::NULL).unwrap();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(file.len().unwrap(), 100);
}

#[wasm_bindgen_test]
async fn a_read_that_the_browser_counts_otherwise_is_no_damage() {
    let file = OpfsFile::open(&root().await, "misread").await.unwrap();
    file.set_len(8_192).unwrap();
    for answer in ["() => 5", "() => 4294967288"] {
        let mend = spoilt("read", answer);
        let error = file.read(0, &mut [0; 4_096]).unwrap_err();
        mend.call0(&JsValue::NULL).unwrap();
        assert_eq!(error.kind(), ErrorKind::Other, "{error}");
    }
}

#[wasm_bindgen_test]
async fn a_second_tab_is_refused_with_the_browsers_reason_until_the_first_closes() {
    let root = root().await;
    let first = OpfsFile::open(&root, "exclusive").await.unwrap();
    let error = OpfsFile::open(&root, "exclusive").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResourceBusy);
    assert!(
        error
            .to_string()
            .starts_with("NoModificationAllowedError: "),
        "{error}"
    );
    drop(first);
    OpfsFile::open(&root, "exclusive").await.unwrap();
}

#[wasm_bindgen_test]
async fn a_closed_file_is_an_error_not_a_panic() {
    let file = OpfsFile::open(&root().await, "closed").await.unwrap();
    file.close().unwrap();
    assert_eq!(file.len().unwrap_err().kind(), ErrorKind::NotFound);
}

async fn database(name: &str) -> Result<Database, redb::DatabaseError> {
    let file = OpfsFile::open(&root().await, name).await.unwrap();
    Database::builder()
        .set_cache_size(1 << 20)
        .create_with_backend(file)
}

fn put(database: &Database, key: u32, value: &[u8]) {
    let transaction = database.begin_write().unwrap();
    transaction
        .open_table(TABLE)
        .unwrap()
        .insert(key, value)
        .unwrap();
    transaction.commit().unwrap();
}

#[wasm_bindgen_test]
async fn a_database_keeps_every_commit_over_a_reload() {
    let first = database("commits").await.unwrap();
    for key in 0..50 {
        put(&first, key, &vec![key as u8; 5_000]);
    }
    // As a killed tab does it: nothing is closed in an orderly way. The browser
    // closes the handle, which here only `drop` can do.
    drop(first);

    let second = database("commits").await.unwrap();
    let transaction = second.begin_read().unwrap();
    let table = transaction.open_table(TABLE).unwrap();
    assert_eq!(table.iter().unwrap().count(), 50);
    assert_eq!(table.get(7).unwrap().unwrap().value(), &[7; 5_000][..]);
}

#[wasm_bindgen_test]
async fn a_database_torn_in_the_middle_of_a_commit_opens_at_the_last_one() {
    let first = database("torn").await.unwrap();
    put(&first, 1, b"safe");
    // Written, never committed: dropping it undoes it.
    let open = first.begin_write().unwrap();
    open.open_table(TABLE)
        .unwrap()
        .insert(2, &[9; 100_000][..])
        .unwrap();
    let root = root().await;
    drop(open);
    drop(first);

    // Spoil what lies behind the committed data, as a torn write would.
    let file = OpfsFile::open(&root, "torn").await.unwrap();
    let length = file.len().unwrap();
    file.set_len(length + 4_096).unwrap();
    file.write(length, &[0xff; 4_096]).unwrap();
    drop(file);

    let second = database("torn").await.unwrap();
    let transaction = second.begin_read().unwrap();
    let table = transaction.open_table(TABLE).unwrap();
    assert_eq!(table.get(1).unwrap().unwrap().value(), b"safe");
    assert!(table.get(2).unwrap().is_none());
}

#[wasm_bindgen_test]
async fn a_file_that_is_no_database_is_refused() {
    let file = OpfsFile::open(&root().await, "garbage").await.unwrap();
    file.set_len(0).unwrap();
    file.write(0, &[0x5a; 100_000]).unwrap();
    drop(file);
    assert!(database("garbage").await.is_err());
    // And it is free again, to be put aside.
    OpfsFile::open(&root().await, "garbage").await.unwrap();
}

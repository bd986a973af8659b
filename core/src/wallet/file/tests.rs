use super::*;

const PASSWORD: &str = "correct horse";

fn quick() -> Cost {
    Cost::new(Cost::LEAST_MEMORY, 1).unwrap()
}

fn identity() -> Identity {
    Identity::from_entropy([7; 16])
}

fn file() -> Vec<u8> {
    seal(&identity(), PASSWORD, [1; 16], [2; 24], quick()).unwrap()
}

// The file with some bytes changed and the checksum made anew: what a hostile
// hand can do, and an accident cannot.
fn forged(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = file();
    file.truncate(LENGTH - CHECKSUM);
    change(&mut file);
    file.extend(checksum(&file));
    file
}

#[test]
fn its_password_alone_opens_a_file() {
    let file = file();
    assert_eq!(file.len(), 111);
    assert_eq!(address_in(&file), Ok(identity().address()));
    let opened = open(&file, PASSWORD).unwrap();
    assert_eq!(opened.words(), identity().words());
    for wrong in ["", "correct horsf", "Correct horse", "correct  horse"] {
        assert_eq!(open(&file, wrong).unwrap_err(), FileError::WrongPassword);
    }
}

#[test]
fn another_keyboard_types_the_same_password() {
    let nonce = [2; 24];
    let composed = seal(&identity(), "ñandú\u{a0}gris", [1; 16], nonce, quick()).unwrap();
    let decomposed = "n\u{303}andu\u{301} gris";
    assert!(open(&composed, decomposed).is_ok());
    let again = seal(&identity(), decomposed, [1; 16], nonce, quick()).unwrap();
    assert_eq!(again, composed);
}

#[test]
fn every_changed_byte_is_called_damage_and_not_a_wrong_password() {
    let file = file();
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut changed = file.clone();
            changed[at] ^= 1 << bit;
            let expected = if at < MAGIC.len() {
                FileError::NotAWallet
            } else {
                FileError::Damaged { received: 111 }
            };
            assert_eq!(
                open(&changed, PASSWORD).unwrap_err(),
                expected,
                "byte {at}, bit {bit}"
            );
        }
    }
}

#[test]
fn a_file_cut_short_or_lengthened_is_damaged() {
    let file = file();
    for length in MAGIC.len()..file.len() {
        assert_eq!(
            open(&file[..length], PASSWORD).unwrap_err(),
            FileError::Damaged { received: length }
        );
    }
    let longer = forged(|file| file.push(0));
    assert_eq!(
        address_in(&longer),
        Err(FileError::Damaged { received: 112 })
    );
    let empty = forged(|file| file.truncate(MAGIC.len()));
    assert_eq!(address_in(&empty), Err(FileError::Damaged { received: 12 }));
    for other in [&b""[..], b"TABLON", b"{\"version\":3}"] {
        assert_eq!(address_in(other), Err(FileError::NotAWallet));
    }
}

#[test]
fn a_newer_version_is_named_whatever_its_length() {
    for longer in [0, 40] {
        let newer = forged(|file| {
            file[8] = 2;
            file.extend(vec![0; longer]);
        });
        assert_eq!(
            open(&newer, PASSWORD).unwrap_err().to_string(),
            "the wallet file is of version 2, this page knows version 1"
        );
    }
}

#[test]
fn a_hostile_cost_is_refused_before_it_is_paid() {
    for (memory, passes, lanes, message) in [
        (
            u32::MAX,
            1,
            1,
            "4294967295 KiB of memory for the password, 8 to 262144 are taken",
        ),
        (
            262_145,
            1,
            1,
            "262145 KiB of memory for the password, 8 to 262144 are taken",
        ),
        (
            7,
            1,
            1,
            "7 KiB of memory for the password, 8 to 262144 are taken",
        ),
        (8, 0, 1, "0 passes for the password, 1 to 16 are taken"),
        (8, 17, 1, "17 passes for the password, 1 to 16 are taken"),
        (8, 1, 4, "4 lanes for the password, 1 is taken"),
        (8, 1, 0, "0 lanes for the password, 1 is taken"),
    ] {
        let hostile = forged(|file| {
            file[9..13].copy_from_slice(&u32::to_le_bytes(memory));
            file[13..15].copy_from_slice(&[passes, lanes]);
        });
        assert_eq!(
            open(&hostile, PASSWORD).unwrap_err().to_string(),
            format!("the wallet file asks for too much: {message}")
        );
    }
}

#[test]
fn each_forged_byte_under_a_new_checksum_opens_nothing() {
    for at in 13..LENGTH - CHECKSUM {
        let forged = forged(|file| file[at] ^= 1);
        let error = open(&forged, PASSWORD).unwrap_err();
        assert!(
            matches!(error, FileError::WrongPassword | FileError::Cost(_)),
            "byte {at}: {error}"
        );
    }
}

#[test]
fn a_file_that_wears_anothers_address_is_refused() {
    // Sealed with a password that its maker gives along with it.
    let (salt, nonce) = ([1; 16], [2; 24]);
    let other = Address([9; 20]);
    let mut file = file()[..HEADER].to_vec();
    file[55..].copy_from_slice(&other.0);
    let key = quick().stretch(PASSWORD, &salt).unwrap();
    let payload = Payload {
        msg: &[7; 16],
        aad: &file,
    };
    let cipher = XChaCha20Poly1305::new((&*key).into());
    let sealed = cipher.encrypt(&nonce.into(), payload).unwrap();
    file.extend(sealed);
    file.extend(checksum(&file));
    assert_eq!(
        open(&file, PASSWORD).unwrap_err(),
        FileError::OtherAddress {
            shown: other,
            held: identity().address()
        }
    );
}

#[test]
fn a_password_out_of_bounds_seals_nothing() {
    for (password, message) in [
        (
            "siete77".to_owned(),
            "the password has 7 characters, at least 8 are needed",
        ),
        (
            "ñ".repeat(129),
            "the password has 129 characters, at most 128 are taken",
        ),
        (
            "12345678\n".into(),
            "the password has the control character U+000A at character 9",
        ),
    ] {
        let error = seal(&identity(), &password, [1; 16], [2; 24], quick()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    for password in ["ñandúes!".to_owned(), "🌵".repeat(128)] {
        assert!(seal(&identity(), &password, [1; 16], [2; 24], quick()).is_ok());
    }
}

#[test]
fn a_file_travels_as_text_and_lines_may_break() {
    let file = file();
    let text = to_text(&file);
    assert_eq!(text.len(), 148);
    assert_eq!(from_text(&text), Ok(file.clone()));
    let broken = format!("  {}\r\n{}\n", &text[..76], &text[76..]);
    assert_eq!(from_text(&broken), Ok(file));
    assert_eq!(from_text("VEFC TE+9"), Err(FileError::NotText { at: 7 }));
    assert_eq!(from_text("VEFñ"), Err(FileError::NotText { at: 4 }));
    assert_eq!(
        from_text(&text[..145]),
        Err(FileError::Damaged { received: 108 })
    );
    assert_eq!(from_text(""), Ok(vec![]));
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(
        bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
    ) {
        proptest::prop_assert!(open(&bytes, PASSWORD).is_err());
        // And once more with all that the first checks look at.
        let mut file = MAGIC.to_vec();
        file.push(VERSION);
        file.extend([8, 0, 0, 0]);
        file.extend(bytes);
        file.extend(checksum(&file));
        proptest::prop_assert!(address_in(&file).is_err() || file.len() == LENGTH);
    }

    #[test]
    fn what_is_sealed_opens_again(
        entropy in proptest::array::uniform16(proptest::num::u8::ANY),
        salt in proptest::array::uniform16(proptest::num::u8::ANY),
        nonce in proptest::array::uniform24(proptest::num::u8::ANY),
        password in "\\PC{8,60}",
    ) {
        let identity = Identity::from_entropy(entropy);
        // Composing can leave fewer than eight characters.
        if let Ok(file) = seal(&identity, &password, salt, nonce, quick()) {
            let opened = open(&from_text(&to_text(&file)).unwrap(), &password).unwrap();
            proptest::prop_assert_eq!(*opened.entropy(), entropy);
        }
    }

    #[test]
    fn no_text_makes_the_reader_of_text_panic(text in "\\PC{0,80}") {
        let _ = from_text(&text);
    }
}

#!/bin/sh
# Cargo's RUSTC_WRAPPER for fuzzing, with any compiler: this project's crates get the
# counters that libFuzzer reads and the checks of a debug build, and nothing else does.
# Counting the branches of arithmetic and of the database, which say nothing of an
# input, took nine tenths of a run of `node_step`.
crate=
before=
for each; do
    [ "$before" = --crate-name ] && crate=$each
    before=$each
done
# Those of cargo-fuzz.
for each; do
    shift
    case $each in
    -Cpasses=sancov-module | -Cllvm-args=-sanitizer-coverage-* | -Cdebug-assertions) ;;
    *) set -- "$@" "$each" ;;
    esac
done
case $crate in
tablon_*)
    set -- "$@" -Cdebug-assertions -Ccodegen-units=1 -Cpasses=sancov-module \
        -Cllvm-args=-sanitizer-coverage-level=3 \
        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
        -Cllvm-args=-sanitizer-coverage-pc-table
    ;;
esac
exec "$@"

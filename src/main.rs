//! The program `pdsim`; everything is in the library, for tests and other programs to use.

use std::process::ExitCode;

fn main() -> ExitCode {
    pdsim::cli::main(std::env::args_os())
}

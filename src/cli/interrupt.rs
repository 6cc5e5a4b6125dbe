//! Ctrl-C, and the system's request to end: the first one asks for an orderly end, the second one
//! ends at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::exit::Exit;

/// Set by the first signal.
static ASKED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on the first signal is only noted.
///
/// Where the system gives no handler it ends the program, as it did before.
pub fn listen() {
    ASKED.get_or_init(|| {
        let asked = Arc::new(AtomicBool::new(false));
        // In this order: what ends the program looks at the flag before the first signal sets it.
        let code = i32::from(Exit::Interrupted.code());
        for signal in [SIGINT, SIGTERM] {
            let shutdown = flag::register_conditional_shutdown(signal, code, Arc::clone(&asked));
            if shutdown.is_ok() {
                let _ = flag::register(signal, Arc::clone(&asked));
            }
        }
        asked
    });
}

/// Whether somebody asked for an end.
pub fn is_asked() -> bool {
    let asked = ASKED.get();
    asked.is_some_and(|asked| asked.load(Ordering::SeqCst))
}

/// How a command ends that did its work: as it would have, unless somebody asked for an end
/// meanwhile.
pub fn or(exit: Exit) -> Exit {
    if is_asked() { Exit::Interrupted } else { exit }
}

//! Whom the recipients of one PDS have blocked.

use crate::des::Table;
use crate::protocol::Account;

/// The blocks that are known on one PDS.
#[derive(Debug, Clone, Default)]
pub struct BlockList {
    blocked: Table<(u32, u32), ()>,
}

impl BlockList {
    /// `recipient` blocks `sender`; again is no error.
    pub fn block(&mut self, recipient: Account, sender: Account) {
        self.blocked.insert((recipient.0, sender.0), ());
    }

    /// Whether `recipient` has blocked `sender`.
    pub fn blocks(&self, recipient: Account, sender: Account) -> bool {
        !self.blocked.is_empty() && self.blocked.get((recipient.0, sender.0)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_a_direction() {
        let mut blocks = BlockList::default();
        blocks.block(Account(1), Account(2));
        assert!(blocks.blocks(Account(1), Account(2)));
        assert!(!blocks.blocks(Account(2), Account(1)));
    }
}

//! Records in flight, stored densely under small indices that stay valid until they are removed.

/// A store of `T` with stable `u32` indices; freed places are used again, last freed first.
#[derive(Debug, Clone)]
pub struct Slab<T> {
    records: Vec<T>,
    free: Vec<u32>,
}

impl<T: Copy> Default for Slab<T> {
    fn default() -> Self {
        Self {
            records: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T: Copy> Slab<T> {
    /// Stores a record and returns its index.
    ///
    /// # Panics
    /// If more than 2^32 records are in flight at once.
    pub fn insert(&mut self, record: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.records[index as usize] = record;
            return index;
        }
        self.records.push(record);
        crate::units::cast::id_u32(self.records.len() - 1)
    }

    /// Takes the record out; its index may be given to another one afterwards.
    pub fn remove(&mut self, index: u32) -> T {
        self.free.push(index);
        self.records[index as usize]
    }

    /// Gives the place of a record back that nobody needs any more.
    pub fn forget(&mut self, index: u32) {
        self.free.push(index);
    }

    /// Takes everything out, in the order of the indices.
    pub fn drain(&mut self) -> Vec<T> {
        let mut is_free = vec![false; self.records.len()];
        for index in self.free.drain(..) {
            is_free[index as usize] = true;
        }
        let records = self.records.drain(..).zip(is_free);
        records
            .filter(|(_, is_free)| !is_free)
            .map(|(record, _)| record)
            .collect()
    }

    /// How many records are stored.
    pub fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }

    /// Whether nothing is stored.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, index: u32) -> &T {
        &self.records[index as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, index: u32) -> &mut T {
        &mut self.records[index as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_place_is_used_again_and_the_others_stay() {
        let mut slab = Slab::default();
        let (a, b) = (slab.insert('a'), slab.insert('b'));
        assert_eq!(slab.remove(a), 'a');
        let c = slab.insert('c');
        assert_eq!((slab[b], slab[c], slab.len()), ('b', 'c', 2));
        assert_eq!(c, a);
        slab.remove(b);
        assert_eq!(slab.drain(), ['c']);
        assert!(slab.is_empty());
    }
}

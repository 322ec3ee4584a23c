//! Owns the order of rows: results come in the order in which packages end, rows go out in the
//! order of the listing.
//! Must not know what a result is.

use std::collections::BTreeMap;

/// Holds back results until all earlier ones are there.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    next: usize,
    held: BTreeMap<usize, T>,
}

impl<T> InOrder<T> {
    /// Takes a result; returns those that can go out now, with their index.
    pub(crate) fn push(&mut self, index: usize, result: T) -> Vec<(usize, T)> {
        self.held.insert(index, result);
        let mut ready = Vec::new();
        while let Some(result) = self.held.remove(&self.next) {
            ready.push((self.next, result));
            self.next += 1;
        }
        ready
    }
}

impl<T> Default for InOrder<T> {
    /// The first result that goes out has the index 0.
    fn default() -> Self {
        Self { next: 0, held: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn out_as_listed(order in Just((0..20usize).collect::<Vec<_>>()).prop_shuffle()) {
            let mut held = InOrder::default();
            let out: Vec<usize> = order
                .iter()
                .flat_map(|index| held.push(*index, *index))
                .map(|(index, _)| index)
                .collect();
            prop_assert_eq!(out, (0..20).collect::<Vec<_>>());
        }
    }
}

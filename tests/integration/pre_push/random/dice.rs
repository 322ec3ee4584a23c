//! Owns the random numbers: splitmix64, which gives the same ones on every machine.
//! Must not know what they are used for.

#[derive(Clone)]
pub(in crate::pre_push) struct Random(u64);

impl Random {
    pub(in crate::pre_push) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// For one edit, whatever other edits come before it.
    pub(in crate::pre_push) fn of_edit(seed: u64, number: usize) -> Self {
        let mut own = Self(seed ^ (number as u64 + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        own.next();
        own
    }

    pub(in crate::pre_push) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(in crate::pre_push) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or(0)
    }

    /// True in this percentage of cases.
    pub(in crate::pre_push) fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(in crate::pre_push) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())).cloned() }
    }
}

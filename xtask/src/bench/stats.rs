//! Owns the arithmetic on samples. It must not know what was sampled.

/// The middle one, or the mean of the middle two; NaN if there are none.
pub(crate) fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    let mut samples: Vec<f64> = samples.into_iter().collect();
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples[..] {
        [] => f64::NAN,
        _ if samples.len() % 2 == 1 => samples[middle],
        _ => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}

/// A limit that the project set itself.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

impl Bound {
    /// A figure that could not be measured (NaN) meets no limit.
    pub(crate) fn met_by(self, figure: f64) -> bool {
        match self {
            Self::AtMost(limit) => figure <= limit,
            Self::AtLeast(limit) => figure >= limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "halves are exact")]
    fn median_of_odd_and_even() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median([7.0]), 7.0);
        assert!(median([]).is_nan());
    }

    #[test]
    fn bounds_include_their_limit() {
        assert!(Bound::AtMost(1.1).met_by(1.1));
        assert!(!Bound::AtMost(1.1).met_by(1.11));
        assert!(Bound::AtLeast(8.0).met_by(8.0));
        assert!(!Bound::AtLeast(8.0).met_by(7.9));
        assert!(!Bound::AtMost(1.0).met_by(f64::NAN));
        assert!(!Bound::AtLeast(1.0).met_by(f64::NAN));
    }
}

//! Owns which packages with tests outside may share one `go test`: those of which no test binary
//! links two.
//! Must not know processes, or how it is known what a test binary links.

use std::collections::HashSet;

use crate::domain::package::Package;

/// How long a list of packages for `-coverpkg` may be, in bytes. Each test binary repeats it in its
/// summary, so the output of all binaries together grows with its square.
const LIST_CAP: usize = 16 * 1024;

/// Divides packages with tests outside, given by index, into as few groups as their links allow,
/// each in order.
///
/// Whether one package's tests link another package is almost transitive (what they link, they link
/// with all its imports). So the order in which the packages with the fewest links come first, each
/// into the first group that takes it, needs no more groups than the longest chain of imports is
/// long: it is the perfect order of a comparability graph.
pub(super) fn groups(packages: &[Package], members: &[usize]) -> Vec<Vec<usize>> {
    let mut order = members.to_vec();
    order.sort_by_key(|index| packages[*index].external_links.as_ref().map_or(0, HashSet::len));
    let mut groups: Vec<Group<'_>> = Vec::new();
    for index in order {
        let package = &packages[index];
        match groups.iter_mut().find(|group| group.takes(package)) {
            Some(group) => group.add(index, package),
            None => groups.push(Group::of(index, package)),
        }
    }
    let mut groups: Vec<_> = groups.into_iter().map(|group| group.members).collect();
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

struct Group<'a> {
    members: Vec<usize>,
    /// Their import paths.
    paths: HashSet<&'a str>,
    /// What their tests link.
    links: HashSet<&'a str>,
    /// The length of the list.
    length: usize,
    /// Not if it is not known what the tests of its only member link.
    open: bool,
}

impl<'a> Group<'a> {
    fn of(index: usize, package: &'a Package) -> Self {
        let (members, paths, links) = (Vec::new(), HashSet::new(), HashSet::new());
        let open = package.external_links.is_some();
        let mut group = Self { members, paths, links, length: 0, open };
        group.add(index, package);
        group
    }

    fn takes(&self, package: &Package) -> bool {
        let Some(links) = package.external_links.as_ref().filter(|_| self.open) else {
            return false;
        };
        self.length + package.import_path.len() < LIST_CAP
            && !self.links.contains(package.import_path.as_str())
            && !self.paths.iter().any(|path| links.contains(*path))
    }

    fn add(&mut self, index: usize, package: &'a Package) {
        self.members.push(index);
        self.paths.insert(&package.import_path);
        self.links.extend(package.external_links.iter().flatten().map(String::as_str));
        self.length += package.import_path.len() + ",".len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::floor::{Floor, Source};
    use crate::domain::percent::Percent;

    fn package(index: usize, links: Option<&[usize]>) -> Package {
        let path = |index: &usize| format!("m/p{index}");
        Package {
            position: index,
            module: 0,
            import_path: path(&index),
            label: String::new(),
            dir: "".into(),
            external_tests: Some(format!("m/tests/p{index}")),
            external_links: links.map(|links| links.iter().chain([&index]).map(path).collect()),
            tested: true,
            test_imports: Vec::new(),
            floor: Floor {
                percent: Percent::from_hundredths(0).unwrap(),
                source: Source::Default,
                fell_from: None,
            },
        }
    }

    fn groups_of(links: &[Option<&[usize]>]) -> Vec<Vec<usize>> {
        let packages: Vec<_> =
            links.iter().enumerate().map(|(index, links)| package(index, *links)).collect();
        groups(&packages, &(0..packages.len()).collect::<Vec<_>>())
    }

    #[test]
    fn strangers_share_a_group() {
        assert_eq!(groups_of(&[]), [[0; 0]; 0]);
        assert_eq!(
            groups_of(&[Some(&[]), Some(&[0]), Some(&[]), Some(&[0, 1])]),
            [vec![0, 2], vec![1], vec![3]]
        );
        // Each other's tests link the other, which no import could do.
        assert_eq!(groups_of(&[Some(&[1]), Some(&[0])]), [[0], [1]]);
    }

    #[test]
    fn who_is_not_known_is_alone() {
        assert_eq!(groups_of(&[Some(&[]), None, Some(&[]), None]), [vec![1], vec![3], vec![0, 2]]);
    }

    #[test]
    fn a_list_has_an_end() {
        let none: &[usize] = &[];
        let groups = groups_of(&[Some(none); 5000]);
        let length = |group: &[usize]| -> usize {
            group.iter().map(|index| format!("m/p{index},").len()).sum()
        };
        assert!(groups.iter().all(|group| length(group) <= LIST_CAP));
        assert_eq!(groups.len(), length(&groups.concat()).div_ceil(LIST_CAP));
        let long = Package { import_path: "x".repeat(2 * LIST_CAP), ..package(1, Some(none)) };
        assert_eq!(super::groups(&[package(0, Some(none)), long], &[0, 1]), [[0], [1]]);
    }

    proptest! {
        /// Each package links some earlier ones, with all that those link.
        #[test]
        fn no_more_groups_than_the_longest_chain(
            imports in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..30),
        ) {
            let (mut links, mut depths) = (Vec::<Vec<usize>>::new(), Vec::<usize>::new());
            for (index, imports) in imports.iter().enumerate() {
                let direct = imports.iter().filter(|_| index > 0).map(|import| import.index(index));
                let mut all: Vec<usize> = direct.flat_map(|import| [&links[import][..], &[import]].concat()).collect();
                all.sort_unstable();
                all.dedup();
                depths.push(1 + all.iter().map(|import| depths[*import]).max().unwrap_or(0));
                links.push(all);
            }
            let groups = groups_of(&links.iter().map(|links| Some(&links[..])).collect::<Vec<_>>());
            prop_assert_eq!(groups.len(), *depths.iter().max().unwrap());
            let mut members = groups.concat();
            members.sort_unstable();
            prop_assert_eq!(members, (0..links.len()).collect::<Vec<_>>());
            for group in &groups {
                prop_assert!(group.iter().all(|one| !group.iter().any(|other| links[*one].contains(other))));
            }
        }
    }
}

//! Owns the list of what is linked into the programs, and the licence of each part. It must not
//! know where the list goes.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Lists, from the answer of `cargo metadata`, every dependency that goes into a package's binaries
/// (not those of tests and build scripts), one per line: name, version, licence.
pub(super) fn list(metadata: &Value, root: &str) -> Result<String> {
    let packages: HashMap<&str, &Value> = by_id(&metadata["packages"]);
    let nodes: HashMap<&str, &Value> = by_id(&metadata["resolve"]["nodes"]);
    let is_root = |package: &&&Value| package["name"] == root;
    let start = packages.values().find(is_root).and_then(|package| package["id"].as_str());
    let start = start.with_context(|| format!("cargo knows no package {root}"))?;

    let (mut found, mut open) = (BTreeSet::from([start]), vec![start]);
    while let Some(id) = open.pop() {
        let node = nodes.get(id).with_context(|| format!("cargo did not resolve {id}"))?;
        for dependency in node["deps"].as_array().into_iter().flatten().filter(is_linked) {
            let id = dependency["pkg"].as_str().context("a dependency without an id")?;
            if found.insert(id) {
                open.push(id);
            }
        }
    }
    found.remove(start);
    let lines: Result<BTreeSet<String>> =
        found.into_iter().map(|id| line(packages.get(id).copied())).collect();
    Ok(lines?.into_iter().collect())
}

fn by_id(values: &Value) -> HashMap<&str, &Value> {
    let values = values.as_array().into_iter().flatten();
    values.filter_map(|value| Some((value["id"].as_str()?, value))).collect()
}

/// Whether this is a normal dependency; those of tests and build scripts have a kind.
fn is_linked(dependency: &&Value) -> bool {
    let kinds = dependency["dep_kinds"].as_array();
    kinds.into_iter().flatten().any(|kind| kind["kind"].is_null())
}

fn line(package: Option<&Value>) -> Result<String> {
    let field = |name: &str| package.and_then(|package| package[name].as_str());
    let (name, version) =
        field("name").zip(field("version")).context("a dependency without a name")?;
    let licence = field("license").unwrap_or_default();
    ensure!(!licence.is_empty(), "{name} {version} names no licence");
    Ok(format!("{name}\t{version}\t{licence}\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata(of_deep: &Value) -> Value {
        let package = |name: &str, licence: &Value| {
            let id = format!("{name}#1");
            json!({ "id": id, "name": name, "version": "1.2.3", "license": licence })
        };
        let names = ["root", "linked", "deep", "test", "build"];
        let mit = json!("MIT");
        let licence = |name: &str| if name == "deep" { of_deep } else { &mit };
        let packages: Vec<Value> = names.iter().map(|name| package(name, licence(name))).collect();
        let dependency = |name: &str, kind: Value| json!({ "pkg": format!("{name}#1"), "dep_kinds": [{ "kind": kind }] });
        let nodes = json!([
            { "id": "root#1", "deps": [
                dependency("linked", Value::Null),
                dependency("test", json!("dev")),
                dependency("build", json!("build")),
            ]},
            { "id": "linked#1", "deps": [dependency("deep", Value::Null)] },
            { "id": "deep#1", "deps": [dependency("linked", Value::Null)] },
        ]);
        json!({ "packages": packages, "resolve": { "nodes": nodes } })
    }

    #[test]
    fn what_is_linked_is_listed_once_and_by_name() {
        let list = list(&metadata(&json!("Zlib OR MIT")), "root").unwrap();
        assert_eq!(list, "deep\t1.2.3\tZlib OR MIT\nlinked\t1.2.3\tMIT\n");
    }

    #[test]
    fn a_part_without_a_licence_is_an_error() {
        let error = list(&metadata(&Value::Null), "root").unwrap_err();
        assert_eq!(error.to_string(), "deep 1.2.3 names no licence");
    }
}

//! Owns the Go code of the benchmark's module: generated functions with branches that tests reach
//! only in part, and files that use the heavy half of the standard library. It must not know which
//! package gets what.

use std::fmt::Write as _;

/// How many functions a file has.
pub(crate) const FUNCTIONS: usize = 12;

/// A file whose imports take long to compile and link, and its test.
pub(crate) struct Heavy {
    pub(crate) name: &'static str,
    pub(crate) code: &'static str,
    pub(crate) test: &'static str,
}

macro_rules! heavy {
    ($($name:literal),* $(,)?) => {
        [$(Heavy {
            name: $name,
            code: include_str!(concat!("heavy/", $name, ".go")),
            test: include_str!(concat!("heavy/", $name, "_test.go")),
        }),*]
    };
}

pub(crate) const HEAVY: [Heavy; 12] = heavy![
    "http", "sql", "json", "types", "tls", "html", "zip", "format", "slog", "text", "xml", "rpc",
];

/// The same code under another package clause.
pub(crate) fn in_package(name: &str, code: &str) -> String {
    code.replacen("package heavy", &format!("package {name}"), 1)
}

/// Pseudo-random numbers that are the same everywhere (Knuth's MMIX constants).
pub(crate) struct Lcg(u64);

impl Lcg {
    pub(crate) fn new(seed: usize) -> Self {
        Self(seed as u64)
    }

    /// From 1 to `limit`.
    fn upto(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Uses the high bits: the low ones of such a generator repeat soon.
        (self.0 >> 33) % limit + 1
    }
}

/// A file of functions `calcN`, from number `first` on.
pub(crate) fn functions(package: &str, first: usize, random: &mut Lcg) -> String {
    let mut text = format!(
        "package {package}\n\n\
         import (\n\t\"fmt\"\n\t\"sort\"\n\t\"strings\"\n)\n"
    );
    for number in first..first + FUNCTIONS {
        let template = match number % 3 {
            0 => ARITHMETIC,
            1 => TEXT,
            _ => COLLECTION,
        };
        text.push('\n');
        text += &fill(template, number, random);
    }
    text
}

/// Replaces `N` by the number and each `$` by something random.
fn fill(template: &str, number: usize, random: &mut Lcg) -> String {
    let mut text = String::new();
    for (index, part) in template.replace("calcN", &format!("calc{number}")).split('$').enumerate()
    {
        if index > 0 {
            let _ = write!(text, "{}", random.upto(89));
        }
        text += part;
    }
    text
}

const ARITHMETIC: &str = r"// calcN wanders about.
func calcN(n int) int {
	total := n*$ + $
	if total%$ == 0 {
		total += $
	} else if total%$ > $ {
		total -= n
	}
	for i := 0; i < $; i++ {
		switch (total + i) % 4 {
		case 0:
			total += i * $
		case 1:
			total ^= i << 2
		case 2:
			if i > $ {
				total /= 2
			}
		default:
			total -= $
		}
	}
	if total < 0 {
		return -total
	}
	return total
}
";

const TEXT: &str = r##"// calcN counts in words.
func calcN(n int) int {
	var b strings.Builder
	for i := 0; i < n%$+2; i++ {
		if i%3 == 1 {
			fmt.Fprintf(&b, "%03d,", i*$)
		} else {
			b.WriteString("word,")
		}
	}
	count := 0
	for _, word := range strings.Split(b.String(), ",") {
		switch {
		case word == "":
			continue
		case strings.HasPrefix(word, "w"):
			count += $
		case len(word) > $:
			count -= $
		default:
			count++
		}
	}
	if strings.Count(b.String(), "word") > $ {
		count *= 2
	}
	return count
}
"##;

const COLLECTION: &str = r"// calcN sorts things out.
func calcN(n int) int {
	seen := make(map[int][]int)
	for i := 0; i < $+5; i++ {
		key := (i*n + $) % 7
		if len(seen[key]) > $ {
			delete(seen, key)
			continue
		}
		seen[key] = append(seen[key], i*$)
	}
	keys := make([]int, 0, len(seen))
	for key := range seen {
		keys = append(keys, key)
	}
	sort.Ints(keys)
	sum := 0
	for place, key := range keys {
		values := seen[key]
		if place%2 == 0 && len(values) > 1 {
			sum += values[0] * $
		} else {
			sum += len(values)
		}
	}
	if sum > $*n {
		sum %= 1 + $
	}
	return sum
}
";

/// Tests of two thirds of the functions, so that coverage is partial; the first few with
/// values that reach more branches.
pub(crate) fn tests(package: &str, functions: usize) -> String {
    let mut text = format!(
        "package {package}\n\nimport \"testing\"\n\n\
         func TestWeigh(t *testing.T) {{\n\
         \tif Weigh(4) != Weigh(4) {{\n\t\tt.Error(\"not twice the same\")\n\t}}\n\
         \tif Weigh(0) != 0 {{\n\t\tt.Error(\"nothing weighs something\")\n\t}}\n\
         }}\n"
    );
    for number in (0..functions).filter(|number| number % 4 != 3) {
        let inputs = if number < 8 { "1, 2, 3, 50, -9" } else { "3" };
        let _ = write!(
            text,
            "\nfunc TestCalc{number}(t *testing.T) {{\n\
             \tfor _, n := range []int{{{inputs}}} {{\n\
             \t\tfirst, second := calc{number}(n), calc{number}(n)\n\
             \t\tif first != second {{\n\
             \t\t\tt.Errorf(\"%d: %d, then %d\", n, first, second)\n\
             \t\t}}\n\t}}\n}}\n"
        );
    }
    text
}

/// Tests in a package of their own; only this one imports what a server needs.
pub(crate) fn outside_tests(package: &str, import: &str) -> String {
    format!(
        "package {package}_test\n\n\
         import (\n\t\"fmt\"\n\t\"net/http\"\n\t\"net/http/httptest\"\n\t\"testing\"\n\n\
         \t\"{import}\"\n)\n\n\
         func TestServed(t *testing.T) {{\n\
         \thandler := func(w http.ResponseWriter, _ *http.Request) {{\n\
         \t\tfmt.Fprint(w, {package}.Weigh(3))\n\t}}\n\
         \tanswer := httptest.NewRecorder()\n\
         \thandler(answer, httptest.NewRequest(http.MethodGet, \"/\", nil))\n\
         \tif want := fmt.Sprint({package}.Weigh(3)); answer.Body.String() != want {{\n\
         \t\tt.Errorf(\"%s, want %s\", answer.Body, want)\n\t}}\n}}\n"
    )
}

//! The valid spelling nearest to a wrong one.
//!
//! Distance: optimal string alignment (Damerau-Levenshtein without crossing edits; Boytsov,
//! "Indexing methods for approximate dictionary searching", 2011), after folding case and `_` to
//! `-`. A spelling is near within a third of the longer word, at least one edit and at most four.

/// The candidate nearest to `word`, the first of equals; `None` where none is near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other = fold(candidate);
        let distance = edits(&folded, &other);
        let near = (folded.len().max(other.len()) / 3).clamp(1, 4);
        if distance <= near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Longest word that is compared; a longer one is no slip of the pen.
const LONGEST: usize = 64;

fn fold(word: &str) -> Vec<char> {
    let fold_one = |c: char| {
        if c == '_' {
            '-'
        } else {
            c.to_ascii_lowercase()
        }
    };
    word.chars().take(LONGEST).map(fold_one).collect()
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        edits(&fold(a), &fold(b))
    }

    #[test]
    fn each_kind_of_edit_counts_once() {
        assert_eq!(distance("worker", "workers"), 1);
        assert_eq!(distance("workerss", "workers"), 1);
        assert_eq!(distance("wirkers", "workers"), 1);
        assert_eq!(distance("wokrers", "workers"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn the_nearest_of_several_wins_and_far_ones_do_not_count() {
        let keys = ["capacity", "overflow", "workers"];
        assert_eq!(nearest("worker", keys), Some("workers"));
        assert_eq!(nearest("Over_Flow", keys), Some("overflow"));
        assert_eq!(
            nearest("time_series", ["events", "time-series"]),
            Some("time-series")
        );
        assert_eq!(nearest("threads", keys), None);
        assert_eq!(nearest("at", ["key", "max"]), None);
    }
}

//! Open Jackson networks: queues that feed each other behave as if each stood alone.
//!
//! The rate through node i solves `gamma(i) = external(i) + sum over j of gamma(j) r(j, i)`; each
//! node is then an M/M/c of its own with that rate. Source: J. R. Jackson (1957).

/// The rate through each node, given the rates from outside and `routing[j][i]`, the share of
/// what leaves node j that goes to node i. `None` where what enters can never leave.
///
/// # Panics
/// If the routing is not a square of the size of `external`.
pub fn through_rates(external: &[f64], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = external.len();
    assert!(
        routing.len() == n && routing.iter().all(|row| row.len() == n),
        "the routing is not a square of the number of nodes"
    );
    // (I - R)^T gamma = external, as rows with the right-hand side last.
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let own = |j: usize| f64::from(u8::from(i == j));
            let left = (0..n).map(|j| own(j) - routing[j][i]);
            left.chain([external[i]]).collect()
        })
        .collect();
    for column in 0..n {
        eliminate(&mut rows, column)?;
    }
    Some((0..n).map(|i| rows[i][n] / rows[i][i]).collect())
}

/// Clears `column` from all rows but its own. The pivot is the largest one left.
fn eliminate(rows: &mut [Vec<f64>], column: usize) -> Option<()> {
    let size = |row: &Vec<f64>| libm::fabs(row[column]);
    let pivot = (column..rows.len()).max_by(|&a, &b| size(&rows[a]).total_cmp(&size(&rows[b])))?;
    rows.swap(column, pivot);
    let pivot_row = rows[column].clone();
    if libm::fabs(pivot_row[column]) < 1e-12 {
        return None;
    }
    for (index, row) in rows.iter_mut().enumerate() {
        if index != column {
            let factor = row[column] / pivot_row[column];
            row.iter_mut()
                .zip(&pivot_row)
                .for_each(|(x, p)| *x -= factor * p);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_that_returns_multiplies_the_rate() {
        // gamma1 = 1 + gamma2 / 4, gamma2 = gamma1: 4/3 each.
        let rates = through_rates(&[1.0, 0.0], &[vec![0.0, 1.0], vec![0.25, 0.0]]).unwrap();
        assert!(
            rates.iter().all(|rate| (rate - 4.0 / 3.0).abs() < 1e-12),
            "{rates:?}"
        );
    }

    #[test]
    fn a_tandem_passes_its_rate_on() {
        let rates = through_rates(&[2.0, 1.0], &[vec![0.0, 1.0], vec![0.0, 0.0]]).unwrap();
        assert!((rates[0] - 2.0).abs() < 1e-12 && (rates[1] - 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_closed_loop_has_no_stationary_rate() {
        assert_eq!(
            through_rates(&[1.0, 0.0], &[vec![0.0, 1.0], vec![1.0, 0.0]]),
            None
        );
    }
}

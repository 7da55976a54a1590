//! Powers modulo an odd number.

use super::limbs::{add_multiple, less};

/// Arithmetic modulo an odd number whose upper bit is set, with numbers in Montgomery's form.
pub(super) struct Montgomery<'a> {
    modulus: &'a [u64],
    /// The inverse of the modulus modulo 2^64, negated.
    negated_inverse: u64,
    one: Vec<u64>,
}

impl<'a> Montgomery<'a> {
    pub(super) fn new(modulus: &'a [u64]) -> Self {
        // Newton's iteration doubles the bits that are right; an odd number is its own inverse in three.
        let low = modulus[0];
        let inverse = (0..5).fold(low, |inverse, _| {
            inverse.wrapping_mul(2_u64.wrapping_sub(low.wrapping_mul(inverse)))
        });
        let mut montgomery = Self {
            modulus,
            negated_inverse: inverse.wrapping_neg(),
            one: Vec::new(),
        };
        // 2^1024 less the modulus: zero, from which the modulus is taken away without regard to the limb above.
        let mut one = vec![0; modulus.len()];
        montgomery.reduce(&mut one);
        montgomery.one = one;
        montgomery
    }

    pub(super) fn power(&self, base: &[u64], exponent: &[u64]) -> Vec<u64> {
        let base = self.form(base);
        let mut power = self.one.clone();
        for limb in exponent.iter().rev() {
            for bit in (0..64).rev() {
                power = self.product(&power, &power);
                if limb >> bit & 1 == 1 {
                    power = self.product(&power, &base);
                }
            }
        }
        // Out of Montgomery's form.
        let mut one = vec![0; self.modulus.len()];
        one[0] = 1;
        self.product(&power, &one)
    }

    /// Takes the modulus away once; the limb above is dropped.
    fn reduce(&self, number: &mut Vec<u64>) {
        let mut borrow = false;
        for (limb, other) in number.iter_mut().zip(self.modulus) {
            let (less, is_short) = limb.overflowing_sub(*other);
            let (less, is_shorter) = less.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (less, is_short || is_shorter);
        }
        number.truncate(self.modulus.len());
    }

    fn product(&self, a: &[u64], b: &[u64]) -> Vec<u64> {
        let size = self.modulus.len();
        let mut sum = vec![0; 2 * size + 2];
        for (at, limb) in a.iter().enumerate() {
            add_multiple(&mut sum[at..], b, *limb);
            // Makes the lowest limb zero.
            let times = sum[at].wrapping_mul(self.negated_inverse);
            add_multiple(&mut sum[at..], self.modulus, times);
        }
        sum.drain(..size);
        let is_over = sum[size] > 0 || !less(&sum[..size], self.modulus);
        sum.truncate(size + 1);
        if is_over {
            self.reduce(&mut sum);
        }
        sum.truncate(size);
        sum
    }

    /// A number in Montgomery's form: doubled once for each bit of a full one.
    fn form(&self, number: &[u64]) -> Vec<u64> {
        let mut number = number.to_vec();
        for _ in 0..64 * self.modulus.len() {
            number = self.doubled(&number);
        }
        number
    }

    fn doubled(&self, number: &[u64]) -> Vec<u64> {
        let mut sum = number.to_vec();
        sum.push(0);
        add_multiple(&mut sum, number, 1);
        let size = self.modulus.len();
        if sum[size] > 0 || !less(&sum[..size], self.modulus) {
            self.reduce(&mut sum);
        }
        sum.truncate(size);
        sum
    }
}

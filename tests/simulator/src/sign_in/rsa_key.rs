//! An RSA key that is made when the first simulator needs one: none is stored anywhere.
//!
//! ring signs, but makes no such keys. Numbers are little-endian limbs of 64 bits.

use std::sync::OnceLock;

use ring::rand::{SecureRandom, SystemRandom};
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

/// The public exponent, which is prime.
const E: u64 = 65_537;

/// Half of a modulus of 2048 bits.
const LIMBS: usize = 16;

/// A key for RS256.
#[derive(Debug)]
pub(crate) struct RsaKey(KeyPair);

impl RsaKey {
    /// The key of all simulators of this process: making one takes a moment.
    pub(crate) fn shared() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    /// A key that nobody knows.
    pub(crate) fn unknown() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    /// # Panics
    ///
    /// Panics when the system has no random numbers.
    fn make() -> Self {
        // What two factors have in common with each other is too rare to be looked for.
        let (mut p, mut q) = (prime(), prime());
        if less(&p, &q) {
            std::mem::swap(&mut p, &mut q);
        }
        let (before_p, before_q) = (minus(&p, 1), minus(&q, 1));
        let components = KeyPairComponents {
            public_key: PublicKeyComponents {
                n: bytes(&product(&p, &q)),
                e: bytes(&[E]),
            },
            d: bytes(&inverse_of_e(&product(&before_p, &before_q))),
            dP: bytes(&inverse_of_e(&before_p)),
            dQ: bytes(&inverse_of_e(&before_q)),
            // By Fermat's little theorem.
            qInv: bytes(&Montgomery::new(&p).power(&q, &minus(&p, 2))),
            p: bytes(&p),
            q: bytes(&q),
        };
        Self(KeyPair::from_components(&components).expect("a key that fits together"))
    }

    /// The signature of RS256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .expect("a signature");
        signature
    }

    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.0.public().as_ref())
            .verify(message, signature)
            .is_ok()
    }
}

/// A random prime whose two upper bits are set, so that two of them have a product of the full length.
///
/// One Fermat test is enough: of random numbers of this size hardly any passes it that is not prime.
fn prime() -> Vec<u64> {
    let random = SystemRandom::new();
    loop {
        let mut bytes = [0; 8 * LIMBS];
        random.fill(&mut bytes).expect("random numbers");
        let (parts, _) = bytes.as_chunks::<8>();
        let mut candidate: Vec<u64> = parts.iter().map(|part| u64::from_le_bytes(*part)).collect();
        candidate[0] |= 1;
        candidate[LIMBS - 1] |= 0b11 << 62;
        let has_small_factor = (3..10_000).step_by(2).any(|n| rest(&candidate, n) == 0);
        // An inverse of the exponent is needed.
        if has_small_factor || rest(&candidate, E) == 1 {
            continue;
        }
        let field = Montgomery::new(&candidate);
        let mut two = vec![0; LIMBS];
        two[0] = 2;
        if is_one(&field.power(&two, &minus(&candidate, 1))) {
            return candidate;
        }
    }
}

/// The lower and the upper half.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the upper half goes into the other part"
)]
fn split(number: u128) -> (u64, u64) {
    (number as u64, (number >> 64) as u64)
}

/// Adds `factor` times `other` to `sum`, which has room for it. Plainly written, because nearly all time is
/// spent here, and tests are built without optimization.
fn add_multiple(sum: &mut [u64], other: &[u64], factor: u64) {
    let (mut at, mut carry, factor) = (0, 0, u128::from(factor));
    while at < other.len() {
        let whole = u128::from(other[at]) * factor + u128::from(sum[at]) + carry;
        sum[at] = split(whole).0;
        carry = whole >> 64;
        at += 1;
    }
    while carry > 0 && at < sum.len() {
        let whole = u128::from(sum[at]) + carry;
        sum[at] = split(whole).0;
        carry = whole >> 64;
        at += 1;
    }
}

fn product(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut product = vec![0; a.len() + b.len()];
    for (at, limb) in a.iter().enumerate() {
        add_multiple(&mut product[at..], b, *limb);
    }
    product
}

/// What is left when a small number is taken away; there is enough.
fn minus(number: &[u64], small: u64) -> Vec<u64> {
    let mut number = number.to_vec();
    let mut borrow = small;
    for limb in &mut number {
        let (less, is_short) = limb.overflowing_sub(borrow);
        (*limb, borrow) = (less, u64::from(is_short));
    }
    number
}

fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

fn is_one(number: &[u64]) -> bool {
    number[0] == 1 && number[1..].iter().all(|limb| *limb == 0)
}

/// The quotient by a small number, and the rest.
fn divided(number: &[u64], by: u64) -> (Vec<u64>, u64) {
    let (mut quotient, mut rest) = (number.to_vec(), 0);
    for limb in quotient.iter_mut().rev() {
        let whole = (u128::from(rest) << 64) | u128::from(*limb);
        *limb = split(whole / u128::from(by)).0;
        rest = split(whole % u128::from(by)).0;
    }
    (quotient, rest)
}

fn rest(number: &[u64], by: u64) -> u64 {
    divided(number, by).1
}

/// The inverse of the public exponent: the least multiple of the modulus that is one less than a
/// multiple of the exponent says which.
fn inverse_of_e(modulus: &[u64]) -> Vec<u64> {
    let rest = rest(modulus, E);
    let times = (1..E).find(|times| (times * rest + 1).is_multiple_of(E));
    let mut sum = vec![0; modulus.len() + 1];
    sum[0] = 1;
    add_multiple(&mut sum, modulus, times.expect("no common factor"));
    divided(&sum, E).0
}

/// Big-endian, without zeros in front.
fn bytes(number: &[u64]) -> Vec<u8> {
    let bytes = number.iter().rev().flat_map(|limb| limb.to_be_bytes());
    bytes.skip_while(|byte| *byte == 0).collect()
}

/// Arithmetic modulo an odd number whose upper bit is set, with numbers in Montgomery's form.
struct Montgomery<'a> {
    modulus: &'a [u64],
    /// The inverse of the modulus modulo 2^64, negated.
    negated_inverse: u64,
    one: Vec<u64>,
}

impl<'a> Montgomery<'a> {
    fn new(modulus: &'a [u64]) -> Self {
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

    fn power(&self, base: &[u64], exponent: &[u64]) -> Vec<u64> {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_verified_and_nothing_else() {
        let key = RsaKey::shared();
        let signature = key.sign(b"message");
        assert_eq!(signature.len(), 256);
        assert!(key.verifies(b"message", &signature));
        assert!(!key.verifies(b"another", &signature));
        assert!(!RsaKey::unknown().verifies(b"message", &signature));
    }
}

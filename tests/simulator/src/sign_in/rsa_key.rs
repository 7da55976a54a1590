//! An RSA key that is made when the first simulator needs one: none is stored anywhere.
//!
//! ring signs, but makes no such keys.

use std::sync::OnceLock;

use ring::rand::{SecureRandom, SystemRandom};
use ring::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, UnparsedPublicKey};

use super::limbs::{add_multiple, bytes, divided, is_one, less, minus, product, rest};
use super::montgomery::Montgomery;

/// The public exponent, which is prime.
const E: u64 = 65_537;

/// Half of a modulus of 2048 bits.
const LIMBS: usize = 16;

/// A key for RS256.
#[derive(Debug)]
pub(super) struct RsaKey(KeyPair);

impl RsaKey {
    /// The key of all simulators of this process: making one takes a moment.
    pub(super) fn shared() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        KEY.get_or_init(Self::make)
    }

    /// A key that nobody knows.
    pub(super) fn unknown() -> &'static Self {
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
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
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

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
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

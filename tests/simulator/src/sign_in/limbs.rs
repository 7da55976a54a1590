//! Natural numbers of any size, as little-endian limbs of 64 bits.

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
pub(super) fn add_multiple(sum: &mut [u64], other: &[u64], factor: u64) {
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

pub(super) fn product(a: &[u64], b: &[u64]) -> Vec<u64> {
    let mut product = vec![0; a.len() + b.len()];
    for (at, limb) in a.iter().enumerate() {
        add_multiple(&mut product[at..], b, *limb);
    }
    product
}

/// What is left when a small number is taken away; there is enough.
pub(super) fn minus(number: &[u64], small: u64) -> Vec<u64> {
    let mut number = number.to_vec();
    let mut borrow = small;
    for limb in &mut number {
        let (less, is_short) = limb.overflowing_sub(borrow);
        (*limb, borrow) = (less, u64::from(is_short));
    }
    number
}

pub(super) fn less(a: &[u64], b: &[u64]) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

pub(super) fn is_one(number: &[u64]) -> bool {
    number[0] == 1 && number[1..].iter().all(|limb| *limb == 0)
}

/// The quotient by a small number, and the rest.
pub(super) fn divided(number: &[u64], by: u64) -> (Vec<u64>, u64) {
    let (mut quotient, mut rest) = (number.to_vec(), 0);
    for limb in quotient.iter_mut().rev() {
        let whole = (u128::from(rest) << 64) | u128::from(*limb);
        *limb = split(whole / u128::from(by)).0;
        rest = split(whole % u128::from(by)).0;
    }
    (quotient, rest)
}

pub(super) fn rest(number: &[u64], by: u64) -> u64 {
    divided(number, by).1
}

/// Big-endian, without zeros in front.
pub(super) fn bytes(number: &[u64]) -> Vec<u8> {
    let bytes = number.iter().rev().flat_map(|limb| limb.to_be_bytes());
    bytes.skip_while(|byte| *byte == 0).collect()
}

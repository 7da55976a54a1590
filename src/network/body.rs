//! Reading answers that may be of any length.

use reqwest::Response;

/// What was read of an answer.
#[derive(Debug)]
pub struct Body {
    /// Its bytes, unpacked.
    pub bytes: Vec<u8>,
    /// Whether there is more of it, which was left.
    pub is_cut: bool,
}

/// Room made before anything has come, whatever the answer says of its length.
const FIRST: usize = 64 * 1024;

impl Body {
    /// Reads an answer up to so many bytes. Packed ones are counted as they are unpacked.
    pub async fn read(mut response: Response, most: usize) -> Result<Self, reqwest::Error> {
        let mut bytes = Vec::with_capacity(FIRST.min(most));
        while let Some(chunk) = response.chunk().await? {
            let room = most - bytes.len();
            bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Ok(Self {
                    bytes,
                    is_cut: true,
                });
            }
        }
        Ok(Self {
            bytes,
            is_cut: false,
        })
    }
}

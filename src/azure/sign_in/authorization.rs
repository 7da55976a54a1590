//! What authorizes requests, kept fresh.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{AccessToken, Identity, SignIn, SignInError};
use crate::azure::{Caller, Credential, Error, backoff};
use crate::network::Network;
use crate::secret::{NewSecrets, Secret};

/// How long before its end a token is renewed, if it lives long enough for that.
const AHEAD: Duration = Duration::from_mins(5);

/// How long before its end a token is not used any more: the request has to arrive, too.
const SAFETY: Duration = Duration::from_secs(10);

/// The longest pause before a renewal that failed is tried again while the token still holds.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a client asks before each request.
#[derive(Debug)]
pub struct Authorization(Kind);

#[derive(Debug)]
enum Kind {
    Given { header: HeaderValue, caller: Caller },
    Obtained(Box<Obtained>),
}

/// A token that is obtained, and again whenever that is due.
///
/// A renewal is a task of its own. A request waits for it only where there is no token that holds,
/// and a request that is given up, as when the step is interrupted, does not break it off.
#[derive(Debug)]
struct Obtained {
    source: Arc<Source>,
    token: RefCell<Option<Token>>,
    /// The renewal that is under way, of which there is never a second one.
    renewal: Mutex<Option<JoinHandle<Renewal>>>,
    /// When the next one may begin after one that failed, while the token holds.
    not_before: Cell<Option<Instant>>,
    trouble: RefCell<Option<Trouble>>,
    secrets: NewSecrets,
}

/// A renewal that failed while the token still holds.
#[derive(Debug)]
struct Trouble {
    error: SignInError,
    pause: Duration,
    is_told: bool,
}

#[derive(Debug)]
struct Token {
    header: HeaderValue,
    /// From when on it should be renewed.
    due: Instant,
    /// From when on it cannot be used.
    end: Instant,
    /// Whether the service has taken it.
    is_accepted: bool,
    /// Whether it was got in the place of one that was refused, and did not help.
    is_in_vain: bool,
}

/// What one renewal gave.
#[derive(Debug)]
struct Renewal {
    /// What nobody may see of it.
    secrets: Vec<Secret>,
    /// The token, and when it was asked for.
    token: Result<(AccessToken, Instant), SignInError>,
}

/// Who gives tokens, and by which client they are asked.
#[derive(Debug)]
struct Source {
    identity: Identity,
    network: Network,
}

impl Authorization {
    /// Authorizes by a token that is given. Fails if no request can carry it.
    pub fn given(credential: &Credential) -> Result<Self, Error> {
        let header = credential.header().map_err(|_| Error::UnusableToken)?;
        let caller = match credential {
            Credential::Basic(_) => Caller::PersonalToken,
            Credential::Bearer(_) => Caller::EntraToken,
        };
        Ok(Self(Kind::Given { header, caller }))
    }

    /// Authorizes as `sign_in` says; nothing is sent before the first request. Tokens are asked
    /// for over `network`, and what must not be seen of them goes into `secrets` before it is used.
    pub fn new(sign_in: &SignIn, network: &Network, secrets: NewSecrets) -> Result<Self, Error> {
        let identity = match sign_in {
            SignIn::Token(credential) => return Self::given(credential),
            SignIn::Identity(identity) => identity.clone(),
        };
        let network = match identity {
            Identity::Entra(_) => network.clone(),
            Identity::Managed(_) => network.direct()?,
        };
        Ok(Self(Kind::Obtained(Box::new(Obtained {
            source: Arc::new(Source { identity, network }),
            token: RefCell::default(),
            renewal: Mutex::default(),
            not_before: Cell::default(),
            trouble: RefCell::default(),
            secrets,
        }))))
    }

    /// The value of the `Authorization` header. Where a token has to be waited for, that takes `time`
    /// at most.
    pub(in crate::azure) async fn header(&self, time: Duration) -> Result<HeaderValue, Error> {
        let obtained = match &self.0 {
            Kind::Given { header, .. } => return Ok(header.clone()),
            Kind::Obtained(obtained) => obtained,
        };
        let header = tokio::time::timeout(time, obtained.header()).await;
        header
            .unwrap_or_else(|_| Err(obtained.source.late()))
            .map_err(Error::SignIn)
    }

    /// Takes note that the service has taken `header`.
    pub(in crate::azure) fn accepted(&self, header: &HeaderValue) {
        if let Kind::Obtained(obtained) = &self.0
            && let Some(token) = obtained.token.borrow_mut().as_mut()
            && token.header == *header
        {
            token.is_accepted = true;
        }
    }

    /// Takes note that the service has not taken `header`; says whether another may be tried. A token
    /// that was never taken is not the reason, and another would be refused, too.
    pub(in crate::azure) fn refused(&self, header: &HeaderValue) -> bool {
        let Kind::Obtained(obtained) = &self.0 else {
            return false;
        };
        let mut token = obtained.token.borrow_mut();
        match token.as_ref() {
            Some(own) if own.header == *header => {
                let may_help = own.is_accepted && !own.is_in_vain;
                if may_help {
                    *token = None;
                }
                may_help
            }
            _ => true,
        }
    }

    /// Takes note that the service has not taken `header` either, which was got because another was
    /// refused: it is not the token.
    pub(in crate::azure) fn refused_again(&self, header: &HeaderValue) {
        if let Kind::Obtained(obtained) = &self.0
            && let Some(token) = obtained.token.borrow_mut().as_mut()
            && token.header == *header
        {
            token.is_in_vain = true;
        }
    }

    /// Whose token the service has seen.
    pub(in crate::azure) fn caller(&self) -> Caller {
        match &self.0 {
            Kind::Given { caller, .. } => caller.clone(),
            Kind::Obtained(obtained) => Caller::Principal(obtained.source.identity.principal()),
        }
    }

    /// What went wrong with a renewal while the token still holds, and when it is tried again. Told
    /// once for each row of failures.
    pub(in crate::azure) fn take_trouble(&self) -> Option<(SignInError, Duration)> {
        let Kind::Obtained(obtained) = &self.0 else {
            return None;
        };
        let mut trouble = obtained.trouble.borrow_mut();
        let trouble = trouble.as_mut().filter(|trouble| !trouble.is_told)?;
        trouble.is_told = true;
        Some((trouble.error.clone(), trouble.pause))
    }
}

impl Obtained {
    async fn header(&self) -> Result<HeaderValue, SignInError> {
        if let Ok(mut renewal) = self.renewal.try_lock() {
            if renewal.as_ref().is_some_and(JoinHandle::is_finished) {
                let settled = self.settle(&mut renewal).await;
                if self.holding().is_none() {
                    return settled;
                }
            }
            if renewal.is_none() && self.is_due() {
                *renewal = Some(self.begin());
            }
        }
        if let Some(header) = self.holding() {
            return Ok(header);
        }
        let mut renewal = self.renewal.lock().await;
        // Whoever waited before may have what is needed.
        if let Some(header) = self.holding() {
            return Ok(header);
        }
        self.settle(&mut renewal).await
    }

    /// Waits for the renewal that is under way, or for a new one. May be dropped at any await.
    async fn settle(
        &self,
        renewal: &mut Option<JoinHandle<Renewal>>,
    ) -> Result<HeaderValue, SignInError> {
        let done = renewal.get_or_insert_with(|| self.begin()).await;
        *renewal = None;
        let done = done.unwrap_or_else(|_| Renewal {
            secrets: Vec::new(),
            token: Err(self.source.late()),
        });
        for secret in done.secrets {
            self.secrets.add(secret);
        }
        let error = match done
            .token
            .and_then(|(token, asked)| Token::new(&token, asked))
        {
            Ok(token) => {
                let header = token.header.clone();
                self.token.replace(Some(token));
                self.trouble.replace(None);
                self.not_before.set(None);
                return Ok(header);
            }
            Err(error) => error,
        };
        let now = Instant::now();
        let left = self.token.borrow().as_ref().map(|token| token.end - now);
        if let Some(left) = left.filter(|left| !left.is_zero()) {
            let pause = backoff::pause((left / 4).min(LONGEST_PAUSE), error.retry_after());
            self.not_before.set(Some(now + pause));
            let mut trouble = self.trouble.borrow_mut();
            let is_told = trouble.as_ref().is_some_and(|trouble| trouble.is_told);
            *trouble = Some(Trouble {
                error: error.clone(),
                pause,
                is_told,
            });
        }
        Err(error)
    }

    fn begin(&self) -> JoinHandle<Renewal> {
        let source = Arc::clone(&self.source);
        tokio::spawn(async move { source.renew().await })
    }

    /// Whether a new token should be there before the one at hand ends.
    fn is_due(&self) -> bool {
        let now = Instant::now();
        let token = self.token.borrow();
        let is_near = token.as_ref().is_none_or(|token| token.due <= now);
        is_near && self.not_before.get().is_none_or(|moment| moment <= now)
    }

    /// The token at hand, if it can be used.
    fn holding(&self) -> Option<HeaderValue> {
        let token = self.token.borrow();
        let token = token.as_ref().filter(|token| Instant::now() < token.end)?;
        Some(token.header.clone())
    }
}

impl Token {
    fn new(token: &AccessToken, asked: Instant) -> Result<Self, SignInError> {
        let credential = Credential::Bearer(token.text.clone());
        let lifetime = token.lifetime;
        Ok(Self {
            header: credential.header().map_err(|_| SignInError::Unusable)?,
            due: asked + lifetime - AHEAD.min(lifetime / 4),
            end: asked + lifetime - SAFETY.min(lifetime / 8),
            is_accepted: false,
            is_in_vain: false,
        })
    }
}

impl Source {
    async fn renew(&self) -> Renewal {
        let mut secrets = Vec::new();
        let asked = Instant::now();
        let token = self.identity.token(&self.network, &mut secrets).await;
        Renewal {
            secrets,
            token: token.map(|token| (token, asked)),
        }
    }

    fn late(&self) -> SignInError {
        let reason = "no answer came in time".to_owned();
        SignInError::unavailable(&self.identity.issuer(), reason)
    }
}

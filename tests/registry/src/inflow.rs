use std::fmt;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;

use crate::content::to_usize;
use crate::fault::Disturbance;
use crate::journal::Row;
use crate::pace::Pace;

/// A connection that ends here and now, by the client's doing or by a fault.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the exchange was broken off")
    }
}

impl std::error::Error for Broken {}

/// A request's body on its way in: counted, paced and disturbed as told.
pub(crate) struct Inflow {
    body: Incoming,
    row: Arc<Row>,
    paces: Vec<Arc<Pace>>,
    fault: Disturbance,
    received: u64,
}

impl Inflow {
    pub(crate) fn new(
        body: Incoming,
        row: Arc<Row>,
        pace: Option<Arc<Pace>>,
        fault: Disturbance,
    ) -> Self {
        let slow = fault.rate.map(|rate| Arc::new(Pace::new(rate)));
        Self {
            body,
            row,
            paces: pace.into_iter().chain(slow).collect(),
            fault,
            received: 0,
        }
    }

    /// The next bytes, `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Broken> {
        let left = self.left().await?;
        let Some(bytes) = self.frame().await? else {
            return Ok(None);
        };
        let bytes = if bytes.len() as u64 > left {
            bytes.slice(..to_usize(left))
        } else {
            bytes
        };
        self.received += bytes.len() as u64;
        self.row
            .received
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        for pace in &self.paces {
            pace.pass(bytes.len()).await;
        }
        Ok(Some(bytes))
    }

    /// How many bytes may still come before the body is cut or stands still.
    async fn left(&self) -> Result<u64, Broken> {
        let until = |at: crate::fault::At| at.of(0).saturating_sub(self.received);
        match (self.fault.cut.map(until), self.fault.stall.map(until)) {
            (Some(0), _) => Err(Broken),
            (_, Some(0)) => pending().await,
            (cut, stall) => Ok(cut.into_iter().chain(stall).min().unwrap_or(u64::MAX)),
        }
    }

    async fn frame(&mut self) -> Result<Option<Bytes>, Broken> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| Broken)?;
            if let Ok(bytes) = frame.into_data() {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// All that is left, up to `limit` bytes; `None` if it is more.
    pub(crate) async fn collect(&mut self, limit: u64) -> Result<Option<Bytes>, Broken> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            if (all.len() + bytes.len()) as u64 > limit {
                return Ok(None);
            }
            all.extend_from_slice(&bytes);
        }
        Ok(Some(all.into()))
    }

    /// Reads what is left and forgets it.
    pub(crate) async fn drain(&mut self) -> Result<(), Broken> {
        while self.next().await?.is_some() {}
        Ok(())
    }
}

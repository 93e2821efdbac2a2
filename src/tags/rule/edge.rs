use super::attributes::Attributes;
use crate::tags::evaluation::{Evaluation, Found};

/// `type=edge`: the word `edge` on one branch, the default one if none is named.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    branch: String,
}

impl Edge {
    pub(super) fn read(attributes: &Attributes) -> Self {
        Self {
            branch: attributes.get("branch").unwrap_or_default().into(),
        }
    }

    pub(super) fn find(&self, run: &Evaluation<'_>) -> Option<Found> {
        let branch = run.context.branch()?;
        let edge = match self.branch.as_str() {
            "" => run.context.details.default_branch.as_deref()?,
            named => named,
        };
        (edge == branch).then(|| Found::plain("edge".into()))
    }

    /// Whether it can't tell without knowing the default branch.
    pub(crate) fn needs_default_branch(&self) -> bool {
        self.branch.is_empty()
    }
}

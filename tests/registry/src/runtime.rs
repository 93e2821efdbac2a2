use std::sync::LazyLock;

use tokio::runtime::{Builder, Runtime};

/// The threads that all servers of this crate live on, so that a test may block its own.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("test-registry")
        .enable_all()
        .build()
        .expect("threads can be started")
});

//! Many at once.

use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Lets so many tasks begin at the same moment, and gives what became of them.
pub(crate) async fn race<T: Send + 'static, F>(many: u64, task: impl Fn(u64) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(usize::try_from(many).unwrap()));
    let mut tasks = JoinSet::new();
    for n in 0..many {
        let (start, task) = (Arc::clone(&start), task(n));
        tasks.spawn(async move {
            start.wait().await;
            task.await
        });
    }
    tasks.join_all().await
}

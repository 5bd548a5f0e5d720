//! No answer is no no: an outage is never told as something that is missing or not allowed.

use super::guarded;
use crate::ground::{Ground, walk};

/// Rows that need no storage.
const NEED_NOTHING: [&str; 9] = [
    "GET /api/v2/config/",
    "POST /api/v2/config/",
    "DELETE /api/v2/config/",
    "GET /api/v2/projects/",
    "GET /api/v2/inventories/",
    "GET /api/v2/credentials/",
    "GET /api/v2/job_templates/",
    "GET /api/v2/workflow_job_templates/",
    "GET /api/v2/instance_groups/",
];

#[tokio::test]
async fn while_storage_is_lost_every_row_that_needs_it_is_503() {
    let ground = Ground::new().await;
    let tenant = ground.tenant("root", ["mia", "gil"]).await;
    let root = ground.of_awx("write").await;
    assert_eq!(root.gets("/api/v2/me/").await.status, 200);
    ground.world.break_storage();
    for row in guarded().filter(|row| !NEED_NOTHING.contains(&row.name().as_str())) {
        let answer = walk(&root, row, |_, thing| tenant.id(thing).to_owned()).await;
        assert_eq!(answer.status, 503, "{}: {}", row.name(), answer.body);
        assert!(!answer.header("retry-after").is_empty(), "{}", row.name());
    }
    ground.world.mend_storage();
    assert_eq!(root.gets("/api/v2/me/").await.status, 200);
}

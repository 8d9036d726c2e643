"""What Django cannot say: cascades in the database, long index names, room for heap-only updates."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE marketplace_tasks ADD CONSTRAINT marketplace_tasks_job_id_fk
    FOREIGN KEY (job_id) REFERENCES marketplace_jobs (id) ON DELETE CASCADE;
ALTER TABLE task_attempts ADD CONSTRAINT task_attempts_job_id_fk
    FOREIGN KEY (job_id) REFERENCES marketplace_jobs (id) ON DELETE CASCADE;
ALTER TABLE task_attempts ADD CONSTRAINT task_attempts_task_id_fk
    FOREIGN KEY (task_id) REFERENCES marketplace_tasks (id) ON DELETE CASCADE;
ALTER TABLE marketplace_jobs SET (fillfactor = 70);
CREATE INDEX ix_marketplace_tasks_job_position ON marketplace_tasks (job_id, position);
CREATE INDEX ix_marketplace_tasks_job_status ON marketplace_tasks (job_id, status);
"""

BACKWARD = """
DROP INDEX ix_marketplace_tasks_job_status;
DROP INDEX ix_marketplace_tasks_job_position;
ALTER TABLE marketplace_jobs RESET (fillfactor);
ALTER TABLE task_attempts DROP CONSTRAINT task_attempts_task_id_fk;
ALTER TABLE task_attempts DROP CONSTRAINT task_attempts_job_id_fk;
ALTER TABLE marketplace_tasks DROP CONSTRAINT marketplace_tasks_job_id_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tasks", "0001_initial")]

    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]

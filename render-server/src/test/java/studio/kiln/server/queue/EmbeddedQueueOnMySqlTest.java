package studio.kiln.server.queue;

import org.junit.jupiter.api.Tag;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

@Tag("needs-docker")
class EmbeddedQueueOnMySqlTest extends JobQueueContract {
    @Override
    Database database() {
        return TestDatabases.mysql();
    }

    @Override
    JobQueue queue(Database database) {
        return new EmbeddedQueue(database);
    }
}

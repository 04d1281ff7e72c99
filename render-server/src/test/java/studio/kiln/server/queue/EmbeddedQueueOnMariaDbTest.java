package studio.kiln.server.queue;

import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

class EmbeddedQueueOnMariaDbTest extends JobQueueContract {
    @Override
    Database database() {
        return TestDatabases.mariadb();
    }

    @Override
    JobQueue queue(Database database) {
        return new EmbeddedQueue(database);
    }
}

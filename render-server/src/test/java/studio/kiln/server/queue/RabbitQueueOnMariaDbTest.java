package studio.kiln.server.queue;

import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

class RabbitQueueOnMariaDbTest extends RabbitQueueTest {
    @Override
    Database database() {
        return TestDatabases.mariadb();
    }
}

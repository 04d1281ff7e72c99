package studio.kiln.server.queue;

import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TestDatabases;

class RabbitQueueOnMariaDbTest extends JobQueueContract {
    private final Broker broker = new Broker(RabbitQueueTest.uri(TestServices.rabbitmq()), "t" + Ids.next());

    @Override
    Database database() {
        return TestDatabases.mariadb();
    }

    @Override
    JobQueue queue(Database database) {
        return new RabbitQueue(database, broker);
    }
}

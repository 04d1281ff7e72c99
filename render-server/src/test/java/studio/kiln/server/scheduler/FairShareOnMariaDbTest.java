package studio.kiln.server.scheduler;

import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

class FairShareOnMariaDbTest extends FairShareTest {
    @Override
    Database database() {
        return TestDatabases.mariadb();
    }
}

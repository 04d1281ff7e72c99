package studio.kiln.server.scheduler;

import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

class ClaimPlanOnMariaDbTest extends ClaimPlanContract {
    @Override
    Database database() {
        return TestDatabases.mariadb();
    }

    @Override
    String explain() {
        return "explain";
    }
}

package studio.kiln.server.scheduler;

import org.junit.jupiter.api.Tag;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

@Tag("needs-docker")
class ClaimPlanOnMySqlTest extends ClaimPlanContract {
    @Override
    Database database() {
        return TestDatabases.mysql();
    }

    @Override
    String explain() {
        return "explain format=traditional";
    }
}

package studio.kiln.server.scheduler;

import java.nio.file.Path;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.TestDatabases;

class SchedulerOnMariaDbTest extends SchedulerTest {
    private final Endpoint at = TestServices.mariadb();
    private final String url = TestDatabases.newUrl(at);

    @Override
    Database database(Path folder) {
        return Database.remote(url, at.user(), at.password());
    }
}

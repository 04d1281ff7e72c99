package studio.kiln.server.persistence;

import org.junit.jupiter.api.Tag;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;

@Tag("needs-docker")
class MySqlContractTest extends RemoteDatabaseContract {
    @Override
    Endpoint server() {
        return TestServices.mysql();
    }
}

package studio.kiln.server.persistence;

import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.TestServices;

class MariaDbContractTest extends RemoteDatabaseContract {
    @Override
    Endpoint server() {
        return TestServices.mariadb();
    }
}

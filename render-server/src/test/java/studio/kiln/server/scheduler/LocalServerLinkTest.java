package studio.kiln.server.scheduler;

import org.junit.jupiter.api.Tag;
import studio.kiln.server.node.ServerLink;

@Tag("contract")
class LocalServerLinkTest extends ServerLinkContract {
    @Override
    void connect() {
        node = "00000000000000000000000000000007";
        link = farm.link;
    }

    @Override
    ServerLink anew() {
        return farm.freshLink();
    }

    @Override
    void disconnect() {
        // it is a part of the farm
    }
}

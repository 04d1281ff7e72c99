package studio.kiln.server.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Sha256;

/** Tells a node's data folder from copies of it. */
final class NodeMachine {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMachine.class);
    private static final Path MACHINE_ID = Path.of("/etc/machine-id");

    private NodeMachine() {}

    /**
     * The same for every process on one machine that uses the same folder, and another one for a copy of the folder, on this
     * machine or elsewhere. A machine that is set up anew is another one.
     *
     * @param file in the folder that is never written again
     */
    static String fingerprint(Path file) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(Files.isReadable(MACHINE_ID) ? Files.readString(MACHINE_ID).strip() : "")
                .append('\n');
        try {
            text.append(InetAddress.getLocalHost().getHostName());
        } catch (UnknownHostException e) {
            LOG.debug("This machine does not know its own name", e);
        }
        text.append('\n').append(file.toRealPath()).append('\n');
        // a copy is another file, also where it has the same path, as in containers
        text.append(Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class)
                .fileKey());
        return Sha256.of(text.toString()).hex();
    }
}

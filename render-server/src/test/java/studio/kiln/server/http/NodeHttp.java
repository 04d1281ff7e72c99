package studio.kiln.server.http;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.UUID;
import studio.kiln.core.KilnVersion;
import studio.kiln.core.api.ServerAddress;
import studio.kiln.core.asset.Sha256;
import studio.kiln.server.audit.AuditLog;
import studio.kiln.server.node.HttpServerLink;
import studio.kiln.server.node.InputCache;
import studio.kiln.server.node.NodeProtocol;
import studio.kiln.server.ops.Activity;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.scheduler.Scheduler;
import studio.kiln.server.security.AccessVersion;
import studio.kiln.server.security.AccountGate;
import studio.kiln.server.security.Credentials;
import studio.kiln.server.security.Guard;
import studio.kiln.server.security.NodeCredentials;
import studio.kiln.server.security.Places;

/** The routes of nodes over real HTTP, before a scheduler. */
public final class NodeHttp implements AutoCloseable {
    public final NodeCredentials credentials;
    private final AccessVersion access;
    private final Scheduler scheduler;
    private final String version;
    private final HttpServer http;

    public NodeHttp(Database database, Scheduler scheduler, String scriptVersion) throws IOException {
        this.scheduler = scheduler;
        this.version = NodeProtocol.version(KilnVersion.get(), scriptVersion);
        access = new AccessVersion(database);
        access.start();
        credentials = new NodeCredentials(database, access);
        RouteTable table =
                new RouteTable(new NodeRoutes(scheduler.nodes(), scheduler.nodeDesk(), credentials, 1L << 30).routes());
        AccountGate gate = new AccountGate(
                new Places(List.of(), List.of()),
                new Credentials(database, access),
                credentials,
                new AuditLog(database),
                access,
                UUID.randomUUID().toString());
        http = HttpServer.start(HttpServer.Listening.loopback(0), table, gate, Guard.OPEN, new Activity());
    }

    public URI base() {
        return URI.create("http://127.0.0.1:" + http.port());
    }

    public String version() {
        return version;
    }

    /** A node that has joined. */
    public record Joined(String id, String secret) {}

    public Joined join(String name) {
        String secret = NodeCredentials.secret();
        String token = credentials.invite(null, "root").token();
        return new Joined(credentials.join(token, Sha256.of(secret), name, 1), secret);
    }

    public HttpServerLink link(Joined node) throws IOException {
        return new HttpServerLink(
                new ServerAddress(base(), node.secret()),
                node.id(),
                version,
                new InputCache(Files.createTempDirectory("kiln-inputs"), 0));
    }

    @Override
    public void close() {
        scheduler.nodeDesk().close();
        http.close();
        access.close();
    }
}

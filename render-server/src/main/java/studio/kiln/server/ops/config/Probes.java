package studio.kiln.server.ops.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import studio.kiln.server.cache.Redis;
import studio.kiln.server.cache.RedisProbe;
import studio.kiln.server.ops.Entrance;
import studio.kiln.server.ops.Finding;
import studio.kiln.server.ops.ServerConfig;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.persistence.DatabaseProbe;
import studio.kiln.server.persistence.DatabaseSettings;
import studio.kiln.server.queue.Broker;
import studio.kiln.server.queue.BrokerProbe;
import studio.kiln.server.security.TlsContext;
import studio.kiln.server.storage.BlobStore;
import studio.kiln.server.storage.StoreSettings;

/** Tries each component that a configuration names with the rights that a server needs. Leaves nothing behind. */
public final class Probes {
    private Probes() {}

    /**
     * What was found, in the order in which a server opens its parts.
     *
     * @throws BadConfiguration when the values do not go together
     */
    public static List<Finding> all(Configuration configuration) {
        ServerConfig config = configuration.server();
        SharedServices shared = SharedServices.of(configuration.variables());
        List<Finding> findings = new ArrayList<>();
        findings.add(Finding.good(
                "configuration",
                (configuration.file() == null ? "variables only" : configuration.file() + " is in order") + ", mode "
                        + config.entrance().mode()));
        findings.add(folder(config.home()));
        switch (DatabaseSettings.of(configuration.variables())) {
            case DatabaseSettings.Embedded _ ->
                findings.add(Finding.good("database", "embedded, in the data folder; one server at a time"));
            case DatabaseSettings.Remote remote -> findings.addAll(DatabaseProbe.of(remote));
        }
        Broker broker = shared.broker();
        findings.add(
                broker == null
                        ? Finding.note("broker", "none; jobs are carried by the database alone")
                        : BrokerProbe.of(broker));
        Redis redis = shared.redis();
        findings.add(
                redis == null
                        ? Finding.note("redis", "none; events reach other servers up to 2 s later, progress not at all")
                        : RedisProbe.of(redis));
        findings.add(store(StoreSettings.of(configuration.variables()), config.home()));
        findings.add(entrance(config));
        return findings;
    }

    private static Finding folder(Path home) {
        try {
            Files.createDirectories(home);
            Files.delete(Files.createTempFile(home, "doctor", null));
            return Finding.good("data folder", home + " can be written");
        } catch (IOException e) {
            return Finding.gap(
                    "data folder",
                    home + " cannot be written (" + e.getMessage() + ")",
                    "make it and give it to the user that runs the server, or set another with 'home' or KILN_HOME");
        }
    }

    private static Finding store(StoreSettings settings, Path home) {
        if (settings instanceof StoreSettings.Local) {
            return Finding.good("store", "in the data folder; several servers need one that they share");
        }
        try (BlobStore store = settings.open(home)) {
            store.check();
            return Finding.good("store", settings + " stores, gives and removes");
        } catch (IOException | RuntimeException e) {
            return Finding.gap("store", e.getMessage(), "see the keys of 'store', and what its user may do there");
        }
    }

    private static Finding entrance(ServerConfig config) {
        Entrance entrance = config.entrance();
        try {
            if (entrance.tls() != null) {
                TlsContext.of(entrance.tls());
            }
        } catch (IOException e) {
            return Finding.gap(
                    "certificate", e.getMessage(), "see tls.cert, tls.key, tls.pkcs12 and tls.password of the file");
        }
        // Without a port 'kiln serve' has one of its own.
        String at = entrance.bind() + (config.port() == 0 ? "" : ":" + config.port());
        try (ServerSocket _ = new ServerSocket(config.port(), 1, InetAddress.getByName(entrance.bind()))) {
            return Finding.good(
                    "address", at + (entrance.tls() == null ? " without encryption" : " with the certificate"));
        } catch (IOException e) {
            return Finding.note(
                    "address",
                    at + " cannot be listened on (" + e.getMessage() + ")",
                    "a server that runs already has it; else set another 'bind' or 'port'");
        }
    }
}

package studio.kiln.server.cli.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.StatusLine;
import studio.kiln.server.ops.SharedServices;
import studio.kiln.server.ops.services.Endpoint;
import studio.kiln.server.ops.services.ServiceFailure;
import studio.kiln.server.ops.services.Services;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.DatabaseSettings;

/** What a measurement runs on: the embedded database, or services of its own. */
final class BenchServices implements AutoCloseable {
    private static final List<String> NAMES = List.of("mariadb", "rabbitmq", "redis");
    private static final List<String> H2 = List.of("WRITE_DELAY");
    private static final List<String> MARIADB = List.of(
            "version",
            "innodb_flush_log_at_trx_commit",
            "innodb_flush_method",
            "innodb_doublewrite",
            "log_bin",
            "sync_binlog");

    private final @Nullable Services services;
    private final DatabaseSettings database;
    private final SharedServices shared;

    private BenchServices(@Nullable Services services, DatabaseSettings database, SharedServices shared) {
        this.services = services;
        this.database = database;
        this.shared = shared;
    }

    static BenchServices none() {
        return new BenchServices(null, new DatabaseSettings.Embedded(), SharedServices.NONE);
    }

    static BenchServices start(Path work, StatusLine status) throws InterruptedException {
        Services services = new Services(work.resolve("services"), status::show);
        status.say("Starting MariaDB, RabbitMQ and Redis\u2026");
        try {
            services.up(NAMES);
        } catch (ServiceFailure e) {
            services.down(NAMES);
            throw new CliFailure(ExitCode.FAILED, "SERVICES_MISSING", String.valueOf(e.getMessage()));
        }
        Endpoint maria = services.endpoint("mariadb");
        Endpoint rabbit = services.endpoint("rabbitmq");
        Endpoint redis = services.endpoint("redis");
        return new BenchServices(
                services,
                new DatabaseSettings.Remote(
                        "jdbc:mariadb://" + maria.host() + ":" + maria.port() + "/" + maria.database(),
                        maria.user(),
                        maria.password()),
                SharedServices.of(Map.of(
                        "KILN_BROKER_URL",
                        "amqp://" + rabbit.user() + ":" + rabbit.password() + "@" + rabbit.host() + ":" + rabbit.port(),
                        "KILN_REDIS_URL",
                        "redis://:" + redis.password() + "@" + redis.host() + ":" + redis.port())));
    }

    DatabaseSettings database() {
        return database;
    }

    SharedServices shared() {
        return shared;
    }

    /** Drops every table, so that the next measurement does not see what the last one left. */
    void empty() {
        if (!(database instanceof DatabaseSettings.Remote at)) {
            return;
        }
        try (Connection connection = DriverManager.getConnection(at.url(), at.user(), at.password());
                Statement statement = connection.createStatement()) {
            List<String> tables = new ArrayList<>();
            try (ResultSet found = statement.executeQuery("show tables")) {
                while (found.next()) {
                    tables.add(found.getString(1));
                }
            }
            statement.execute("set foreign_key_checks = 0");
            for (String table : tables) {
                statement.execute("drop table `" + table + "`");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("The database of the measurement cannot be emptied", e);
        }
    }

    /** CPU time that the services have had. */
    long cpuNanos() {
        if (services == null) {
            return 0;
        }
        return NAMES.stream()
                .map(services::endpoint)
                .mapToLong(at ->
                        ProcessHandle.of(at.process()).map(BenchServices::nanos).orElse(0L))
                .sum();
    }

    private static long nanos(ProcessHandle process) {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos()
                + process.descendants()
                        .mapToLong(child -> child.info()
                                .totalCpuDuration()
                                .orElse(Duration.ZERO)
                                .toNanos())
                        .sum();
    }

    /** What the database says of how it keeps what it has acknowledged. */
    Map<String, String> durability(Database of) {
        Map<String, String> settings = new LinkedHashMap<>();
        of.run(tx -> tx.doWork(connection -> {
            boolean h2 = database instanceof DatabaseSettings.Embedded;
            try (Statement statement = connection.createStatement()) {
                for (String name : h2 ? H2 : MARIADB) {
                    String sql = h2
                            ? "select setting_value from information_schema.settings where setting_name = '" + name
                                    + "'"
                            : "select @@" + name;
                    try (ResultSet value = statement.executeQuery(sql)) {
                        settings.put((h2 ? "H2 " : "MariaDB ") + name, value.next() ? value.getString(1) : "not set");
                    }
                }
                if (h2) {
                    settings.put("H2", org.h2.engine.Constants.FULL_VERSION);
                } else {
                    settings.put("RabbitMQ", "durable quorum queues, publisher confirms");
                    settings.put("Redis", "only what can be rebuilt");
                }
            }
        }));
        return settings;
    }

    @Override
    public void close() throws InterruptedException {
        if (services != null) {
            services.down(NAMES);
        }
    }
}

package studio.kiln.server.persistence;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hibernate.SessionFactory;
import org.hibernate.StatelessSession;
import org.hibernate.Transaction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The database of a server. Safe for any number of threads; an interrupted thread does no harm to it. A transaction that
 * has returned survives the sudden end of the process and of the machine.
 */
public final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Database.class);
    private static final String FILE = "database";
    private static final String FILE_OF_EARLIER = "kiln.mv.db";
    private static final int MOST_TRIES = 12;
    private static final String CONNECT_MS = "5000";
    private static final ThreadLocal<Boolean> IN_TRANSACTION = ThreadLocal.withInitial(() -> false);

    private final Dialect dialect;
    private final HikariDataSource pool;
    private final Durability durability;
    private final SessionFactory sessions;

    private Database(Dialect dialect, HikariDataSource pool, Durability durability, SessionFactory sessions) {
        this.dialect = dialect;
        this.pool = pool;
        this.durability = durability;
        this.sessions = sessions;
    }

    /**
     * Opens the embedded database in a folder, and makes or migrates it. A file that is to be migrated is copied to
     * {@code folder/backups} first.
     *
     * @throws DatabaseUnavailable with what is wrong and what to do
     */
    public static Database embedded(Path folder) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new DatabaseUnavailable(
                    "The data folder " + folder + " cannot be made (" + e.getMessage() + "); choose another.", e);
        }
        refuseFilesOfOthers(folder);
        Dialect dialect = new Dialect.H2();
        HikariDataSource pool = h2Pool(folder);
        // The mapping needs no connection, so it is set up while the file is opened.
        FutureTask<SessionFactory> mapping = new FutureTask<>(() -> Mapping.factory(pool, dialect));
        Thread.ofPlatform().name("kiln-mapping").daemon().start(mapping);
        try {
            connect(pool, folder);
            Migrations.run(pool, dialect, folder.resolve("backups"));
            return new Database(dialect, pool, new Durability.OfH2(), await(mapping));
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /**
     * Opens a studio's database, which several servers may use, and makes or migrates its tables.
     *
     * @param url {@code jdbc:mariadb://HOST:PORT/NAME} or {@code jdbc:mysql://HOST:PORT/NAME}
     * @throws DatabaseUnavailable with what is wrong and what to do
     */
    public static Database remote(String url, String user, String password) {
        String address = driverAddress(url);
        Dialect.MySql dialect = dialectOf(address, user, password);
        HikariDataSource pool = mySqlPool(dialect, address, user, password);
        try {
            Migrations.run(pool, dialect, Path.of("unused"));
            return new Database(dialect, pool, new Durability.OfTheDatabase(), Mapping.factory(pool, dialect));
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /**
     * The address as the driver takes it. Over a connection without TLS MySQL takes a password only under its own public key,
     * which the driver has to ask for; whoever says how to speak to the server is not overruled.
     */
    static String driverAddress(String url) {
        String address = url.replaceFirst("^jdbc:mysql:", "jdbc:mariadb:");
        boolean said = Stream.of("sslMode=", "allowPublicKeyRetrieval=", "serverRsaPublicKeyFile=")
                .anyMatch(address::contains);
        return said ? address : address + (address.contains("?") ? "&" : "?") + "allowPublicKeyRetrieval=true";
    }

    private static Dialect.MySql dialectOf(String url, String user, String password) {
        Properties login = new Properties();
        login.setProperty("user", user);
        login.setProperty("password", password);
        login.setProperty("connectTimeout", CONNECT_MS);
        try (Connection connection = DriverManager.getConnection(url, login)) {
            DatabaseMetaData facts = connection.getMetaData();
            boolean maria = facts.getDatabaseProductName().contains("MariaDB")
                    || facts.getDatabaseProductVersion().contains("MariaDB");
            int major = facts.getDatabaseMajorVersion();
            int minor = facts.getDatabaseMinorVersion();
            if (maria ? major < 10 || (major == 10 && minor < 6) : major < 8) {
                throw new DatabaseUnavailable("The database at " + url + " is " + (maria ? "MariaDB " : "MySQL ")
                        + major + "." + minor + ", which is too old; Kiln needs MySQL 8.0 or MariaDB 10.6.");
            }
            return new Dialect.MySql(maria ? "MariaDB" : "MySQL", major + "." + minor);
        } catch (SQLException e) {
            throw new DatabaseUnavailable(
                    "The database at " + url + " cannot be used: " + rootMessage(e)
                            + ". See that it runs, and that address, user and password are right.",
                    e);
        }
    }

    // One driver for both; it talks the older protocol of MySQL as well.
    private static HikariDataSource mySqlPool(Dialect.MySql dialect, String url, String user, String password) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("kiln");
        pool.setDriverClassName("org.mariadb.jdbc.Driver");
        pool.setJdbcUrl(url);
        pool.setUsername(user);
        pool.setPassword(password);
        // The session's clock and order of text are the same whatever the server's settings are. A word in a query that
        // compares by another order than its column is no constant to the optimizer, which then sorts what an index has
        // in order: every claim would sort all that waits.
        pool.setConnectionInitSql("set time_zone = '+00:00', innodb_lock_wait_timeout = 10, collation_connection = "
                + dialect.collation());
        pool.addDataSourceProperty("timezone", "UTC");
        pool.addDataSourceProperty("connectTimeout", CONNECT_MS);
        pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
        pool.setMaximumPoolSize(16);
        pool.setMinimumIdle(1);
        pool.setAutoCommit(false);
        // So long does a request wait for a database that is away.
        pool.setConnectionTimeout(Duration.ofSeconds(5).toMillis());
        return pool;
    }

    private static void connect(HikariDataSource pool, Path folder) {
        try (Connection connection = pool.getConnection()) {
            connection.rollback();
        } catch (SQLException | RuntimeException e) {
            throw unusable(folder, e);
        }
    }

    private static DatabaseUnavailable unusable(Path folder, Exception e) {
        return new DatabaseUnavailable(
                "The database in " + folder + " cannot be opened: " + rootMessage(e)
                        + ". If another Kiln uses this folder, use that one or end it with 'kiln stop'; if the file is"
                        + " damaged, put back the newest copy from " + folder.resolve("backups") + ".",
                e);
    }

    // An H2 that opens a file of a newer one damages it.
    private static void refuseFilesOfOthers(Path folder) {
        if (Files.exists(folder.resolve(FILE_OF_EARLIER)) && !Files.exists(folder.resolve(FILE + ".mv.db"))) {
            throw new DatabaseUnavailable("The data folder " + folder
                    + " was made by a Kiln from before its first release, whose database this one cannot read; choose"
                    + " another with KILN_HOME, or move " + FILE_OF_EARLIER + " out of it to begin anew.");
        }
    }

    /** The address of the embedded database in a folder. */
    static String h2Url(Path folder) {
        // "async" is the file access that survives an interrupted thread; the default one closes the file under
        // everybody.
        return "jdbc:h2:async:" + folder.toAbsolutePath().resolve(FILE)
                + ";WRITE_DELAY=0;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000;TRACE_LEVEL_FILE=0;TIME ZONE=UTC"
                + ";QUERY_CACHE_SIZE=256;CACHE_SIZE=65536";
    }

    private static <T> T await(FutureTask<T> task) {
        try {
            return task.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the database was opened", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("The mapping of the database is wrong: " + rootMessage(e), e);
        }
    }

    // Connects when it is asked for its first connection.
    private static HikariDataSource h2Pool(Path folder) {
        HikariDataSource pool = new HikariDataSource();
        pool.setPoolName("kiln");
        pool.setJdbcUrl(h2Url(folder));
        pool.setDriverClassName("org.h2.Driver");
        pool.setUsername("kiln");
        pool.setPassword("");
        pool.setMaximumPoolSize(16);
        pool.setMinimumIdle(1);
        pool.setIdleTimeout(Duration.ofMinutes(5).toMillis());
        pool.setMaxLifetime(0);
        pool.setAutoCommit(false);
        pool.setConnectionTimeout(Duration.ofSeconds(30).toMillis());
        return pool;
    }

    /**
     * Does something in one transaction and gives its result once it is committed. A deadlock or lock time-out rolls back
     * and tries again, so the work may run several times and must have no other effect than on the database.
     */
    public <T extends @Nullable Object> T tx(Function<StatelessSession, T> work) {
        if (IN_TRANSACTION.get()) {
            throw new IllegalStateException("A transaction is under way on this thread; pass its session on");
        }
        IN_TRANSACTION.set(true);
        try {
            for (int tries = 1; ; tries++) {
                try {
                    return once(work);
                } catch (RuntimeException e) {
                    if (tries >= MOST_TRIES || !mayRetry(e)) {
                        throw e;
                    }
                    LOG.debug("A transaction lost against another and is tried again", e);
                    LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(tries * 4_000_000L) + 500_000L);
                }
            }
        } finally {
            IN_TRANSACTION.remove();
        }
    }

    /** As {@link #tx} for work without a result. */
    public void run(java.util.function.Consumer<StatelessSession> work) {
        this.<@Nullable Void>tx(session -> {
            work.accept(session);
            return null;
        });
    }

    /** Reads in one transaction; what is read belongs together as far as the database's isolation says. */
    public <T extends @Nullable Object> T read(Function<StatelessSession, T> work) {
        return tx(work);
    }

    private <T extends @Nullable Object> T once(Function<StatelessSession, T> work) {
        try (StatelessSession session = sessions.openStatelessSession()) {
            Transaction transaction = session.beginTransaction();
            try {
                T result = work.apply(session);
                durability.commit(session, transaction::commit);
                return result;
            } catch (Throwable e) {
                rollback(transaction, e);
                leaveClosed(e);
                throw e;
            }
        }
    }

    private static void rollback(Transaction transaction, Throwable cause) {
        try {
            if (transaction.isActive() || transaction.getStatus().canRollback()) {
                transaction.rollback();
            }
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
        }
    }

    private void leaveClosed(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && dialect.mayBeClosed(sql)) {
                LOG.warn("The database may have closed itself and is opened again: {}", rootMessage(e));
                pool.getHikariPoolMXBean().softEvictConnections();
                return;
            }
        }
    }

    private boolean mayRetry(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLException sql && dialect.mayRetry(sql)) {
                return true;
            }
        }
        return false;
    }

    /** The database's clock, in UTC; on H2 the same instant all through one transaction. */
    public static Instant now(StatelessSession session) {
        return session.createSelectionQuery("select instant", Instant.class).getSingleResult();
    }

    /** The next number under a name of the table {@code counter}; waits for other transactions that took one. */
    public static long nextNumber(StatelessSession session, String counter) {
        int rows = session.createMutationQuery("update CounterRow set last = last + 1 where name = :name")
                .setParameter("name", counter)
                .executeUpdate();
        if (rows != 1) {
            throw new IllegalStateException("There is no counter " + counter);
        }
        return session.createSelectionQuery("select last from CounterRow where name = :name", Long.class)
                .setParameter("name", counter)
                .getSingleResult();
    }

    /**
     * Locks rows until the transaction ends, without waiting for others that have them; part of the caller's transaction.
     * Where the database has no quick form of this, no row is locked and the answer is always all of them: the caller's first
     * write then waits.
     *
     * @param table a name of ours, never of a request
     * @return those that no other transaction has
     */
    public Set<String> lockIfFree(StatelessSession session, String table, Collection<String> ids) {
        return dialect.lockIfFree(table)
                .map(sql -> Set.copyOf(session.createNativeQuery(sql, String.class)
                        .setParameterList("ids", ids)
                        .getResultList()))
                .orElseGet(() -> Set.copyOf(ids));
    }

    /** Writes a copy of the embedded database, as a zip, while it is used. */
    public void backup(Path zip) {
        Migrations.backup(pool, zip);
    }

    /** Closes it in good order; a kill instead loses nothing that was committed. */
    @Override
    public void close() {
        sessions.close();
        pool.close();
    }

    private static String rootMessage(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }
}

package studio.kiln.server.persistence;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** What differs between the databases that Kiln runs on, as far as it is not a matter of mapping. */
interface Dialect {
    /** Folder of the migrations on the class path. */
    String migrations();

    /** The database's own name, by which Hibernate chooses its dialect without asking a connection. */
    String product();

    String productVersion();

    /** The character set's order in which the tables compare text: byte by byte, without padding. Empty: the default. */
    String collation();

    /** A name as it has to be quoted to keep its letters. */
    String quoted(String name);

    /** Whether Kiln copies the database before it brings it to a newer form; else that is its administrator's work. */
    boolean isOurs();

    /** Whether Hibernate has to quote names that are words of the database's language. */
    boolean quotesKeywords();

    /** Whether the transaction lost against another and may be tried again: deadlock, lock time-out, concurrent update. */
    boolean mayRetry(SQLException e);

    /** Whether the database may have closed itself, so that no connection to it is of use any more. */
    boolean mayBeClosed(SQLException e);

    /** Selects and locks those of the rows {@code :ids} of a table that no other has; empty where that form is slow. */
    Optional<String> lockIfFree(String table);

    /** The embedded H2 of offline mode. */
    final class H2 implements Dialect {
        private static final int LOCK_TIMEOUT = 50200;
        private static final int DEADLOCK = 40001;
        private static final int CONCURRENT_UPDATE = 90131;
        /** General error, input and output failed, file damaged, closed. */
        private static final Set<Integer> CLOSING = Set.of(50000, 90028, 90030, 90031, 90098);

        @Override
        public String migrations() {
            return "db/migration/h2";
        }

        @Override
        public String product() {
            return "H2";
        }

        @Override
        public String productVersion() {
            return org.h2.engine.Constants.VERSION;
        }

        @Override
        public String collation() {
            return "";
        }

        @Override
        public String quoted(String name) {
            return '"' + name + '"';
        }

        @Override
        public boolean isOurs() {
            return true;
        }

        @Override
        public boolean quotesKeywords() {
            return false;
        }

        @Override
        public boolean mayRetry(SQLException e) {
            int code = e.getErrorCode();
            return code == LOCK_TIMEOUT || code == DEADLOCK || code == CONCURRENT_UPDATE;
        }

        // It closes itself when its file cannot be written; the next connection opens it again.
        @Override
        public boolean mayBeClosed(SQLException e) {
            return CLOSING.contains(e.getErrorCode());
        }

        // FOR UPDATE SKIP LOCKED makes H2 read the whole table: 1.2 s at 100,000 rows, measured.
        @Override
        public Optional<String> lockIfFree(String table) {
            return Optional.empty();
        }
    }

    /**
     * A studio's MySQL 8 or newer, or MariaDB.
     *
     * @param product {@code MySQL} or {@code MariaDB}
     */
    record MySql(String product, String productVersion) implements Dialect {
        private static final int LOCK_TIMEOUT = 1205;
        private static final int DEADLOCK = 1213;
        /** MariaDB: the row has changed since it was read. */
        private static final int RECORD_CHANGED = 1020;

        @Override
        public String migrations() {
            return "db/migration/mysql";
        }

        @Override
        public String collation() {
            return product.equals("MariaDB") ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
        }

        @Override
        public String quoted(String name) {
            return '`' + name + '`';
        }

        @Override
        public boolean isOurs() {
            return false;
        }

        @Override
        public boolean quotesKeywords() {
            return true;
        }

        @Override
        public boolean mayRetry(SQLException e) {
            int code = e.getErrorCode();
            return code == LOCK_TIMEOUT || code == DEADLOCK || code == RECORD_CHANGED;
        }

        @Override
        public boolean mayBeClosed(SQLException e) {
            return false;
        }

        @Override
        public Optional<String> lockIfFree(String table) {
            return Optional.of("select id from " + table + " where id in (:ids) order by id for update skip locked");
        }
    }
}

package studio.kiln.server.persistence;

import java.sql.SQLException;

/** What differs between the databases that Kiln runs on, as far as it is not a matter of mapping. */
interface Dialect {
    /** Folder of the migrations on the class path. */
    String migrations();

    /** The database's own name, by which Hibernate chooses its dialect without asking a connection. */
    String product();

    String productVersion();

    /** Whether the transaction lost against another and may be tried again: deadlock, lock time-out, concurrent update. */
    boolean mayRetry(SQLException e);

    /** The embedded H2 of offline mode. */
    final class H2 implements Dialect {
        private static final int LOCK_TIMEOUT = 50200;
        private static final int DEADLOCK = 40001;
        private static final int CONCURRENT_UPDATE = 90131;

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
        public boolean mayRetry(SQLException e) {
            int code = e.getErrorCode();
            return code == LOCK_TIMEOUT || code == DEADLOCK || code == CONCURRENT_UPDATE;
        }
    }
}

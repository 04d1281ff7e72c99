package studio.kiln.server.persistence;

import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;

/** The database cannot be opened or does not answer; the message says what to do. */
public final class DatabaseUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1;
    /** H2: the database has been closed. */
    private static final int CLOSED = 90098;

    public DatabaseUnavailable(String message) {
        super(message);
    }

    public DatabaseUnavailable(String message, Throwable cause) {
        super(message, cause);
    }

    /** Whether the database did not answer at all. */
    public static boolean isCauseOf(Throwable e) {
        for (Throwable t = e; t != null; t = t.getCause()) {
            if (t instanceof SQLTransientConnectionException
                    || t instanceof SQLNonTransientConnectionException
                    || t instanceof SQLRecoverableException
                    || (t instanceof SQLException sql
                            && (sql.getErrorCode() == CLOSED
                                    || String.valueOf(sql.getSQLState()).startsWith("08")))) {
                return true;
            }
        }
        return false;
    }
}

package studio.kiln.server.persistence;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;

/**
 * The same statement for many rows, sent together. Hibernate sends changes by query, and rows whose id the database gives,
 * one by one; each costs a way to the database and back.
 */
public final class Batch {
    private Batch() {}

    /**
     * Runs a statement once for each row.
     *
     * @param sql of ours, with a {@code ?} for each value
     * @param rows texts, numbers, truth values, words of enumerations, instants and nulls
     * @return whether each changed exactly one row, as far as the database says
     */
    public static boolean run(StatelessSession tx, String sql, Collection<@Nullable Object[]> rows) {
        return rows.isEmpty() || tx.doReturningWork(connection -> run(connection, sql, rows));
    }

    private static boolean run(Connection connection, String sql, Collection<@Nullable Object[]> rows)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            if (rows.size() == 1) {
                bind(statement, rows.iterator().next());
                return statement.executeUpdate() == 1;
            }
            for (@Nullable Object[] row : rows) {
                bind(statement, row);
                statement.addBatch();
            }
            boolean each = true;
            for (int changed : statement.executeBatch()) {
                each &= changed == 1 || changed == Statement.SUCCESS_NO_INFO;
            }
            return each;
        }
    }

    private static void bind(PreparedStatement statement, @Nullable Object[] row) throws SQLException {
        for (int i = 0; i < row.length; i++) {
            switch (row[i]) {
                case null -> statement.setNull(i + 1, Types.NULL);
                case Enum<?> word -> statement.setString(i + 1, word.name());
                case Instant at -> statement.setObject(i + 1, LocalDateTime.ofInstant(at, ZoneOffset.UTC));
                default -> statement.setObject(i + 1, row[i]);
            }
        }
    }
}

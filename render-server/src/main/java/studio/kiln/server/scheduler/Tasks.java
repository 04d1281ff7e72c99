package studio.kiln.server.scheduler;

import java.util.Optional;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.server.persistence.Database;
import studio.kiln.server.persistence.Ids;
import studio.kiln.server.persistence.TaskRow;

/** Finds tasks by what people and programs call them: the id, or the short number. */
final class Tasks {
    private Tasks() {}

    static Optional<TaskRow> find(StatelessSession tx, String name) {
        if (Ids.isId(name)) {
            return Optional.ofNullable(tx.<@Nullable TaskRow>get(TaskRow.class, name));
        }
        if (!name.matches("\\d{1,15}")) {
            return Optional.empty();
        }
        return tx.createSelectionQuery("from TaskRow where number = :number", TaskRow.class)
                .setParameter("number", Long.parseLong(name))
                .uniqueResultOptional();
    }

    /** @throws studio.kiln.core.api.ApiException 404 */
    static TaskRow get(StatelessSession tx, String name) {
        return find(tx, name).orElseThrow(() -> Refusal.notFound("task", name));
    }

    /** @throws studio.kiln.core.api.ApiException 404 */
    static String id(Database database, String name) {
        return database.read(tx -> get(tx, name).id);
    }
}
